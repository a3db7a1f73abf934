"""Windows of time: which hour, day, week or month a row belongs to.

A window is named by its **key**, a text such as ``2026-05-01`` (the window's first day; for hours
``2026-05-01-13:00``), the same text that Dagster uses as its partition key. A day begins at midnight
of its table's time zone, or else of the company's; hours are always UTC, since a local hour may occur twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo, available_timezones

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import DateType

from lakehouse.errors import LakehouseError, explain

__all__ = ["Every", "Partitions", "daily", "hourly", "monthly", "weekly"]


class Every(StrEnum):
    """The length of a window."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Partitions:
    """A table's windows: their length, the contract's column that holds the window, the first one.

    The column is a date (hour: a timestamp) and holds the window's start. ``declared_timezone`` is the
    dataset's own time zone; without one its windows are in the company's, which a lake gives them.
    """

    every: Every
    column: str
    start: str
    declared_timezone: str | None = None
    company_timezone: str = "UTC"

    @property
    def timezone(self) -> str:
        """The time zone in which the windows begin: hours in UTC, always."""
        return "UTC" if self.every is Every.HOUR else self.declared_timezone or self.company_timezone

    def check(self) -> None:
        """Raise :class:`LakehouseError` where the time zone is unknown or the first window is none."""
        if self.timezone not in available_timezones():
            raise LakehouseError(
                explain(
                    "the time zone is unknown",
                    expected="a name such as Europe/Berlin or UTC",
                    found=repr(self.timezone),
                )
            )
        self.parse(self.start)

    def check_range(self, first: str, last: str, where: str) -> None:
        """Raise :class:`LakehouseError` where a range of keys leaves the table's windows, or is none."""
        current = self.current_key()
        if not self.parse(self.start) <= self.parse(first) <= self.parse(last) <= self.parse(current):
            raise LakehouseError(
                explain(
                    "this is not a range of the dataset's windows",
                    where=where,
                    expected=f"windows from {self.start} to {current}, the earlier one first",
                    found=f"{first} to {last}",
                )
            )

    def window_of(self, value: Column, *, is_date: bool = False) -> Column:
        """The start of the window that a UTC timestamp (or, with ``is_date``, a date) lies in."""
        if self.every is Every.HOUR:
            return F.date_trunc("hour", value)
        day = value if is_date else F.to_date(F.from_utc_timestamp(value, self.timezone))
        if self.every is Every.DAY:
            return day
        return F.to_date(F.date_trunc(self.every.value, day))

    def window_of_column(self, frame: DataFrame, column: str) -> Column:
        """:meth:`window_of` for a column of a frame, whichever of the two types it has."""
        is_date = isinstance(frame.schema[column].dataType, DateType)
        return self.window_of(frame[column], is_date=is_date)

    def rows_in(self, frame: DataFrame, column: str, keys: Sequence[str]) -> Column:
        """True for the rows whose ``column``, a UTC timestamp or a date, lies in one of some windows.

        Windows without a gap between them are one range of the column, by which files are skipped;
        others are looked for one by one within such a range.
        """
        if not keys:
            return F.lit(False)
        first, last = min(keys), max(keys)
        is_date = isinstance(frame.schema[column].dataType, DateType)
        begin, end = (self._begins(key, is_date=is_date) for key in (first, self._after(last)))
        within: Column = (frame[column] >= begin) & (frame[column] < end)
        if len(set(keys)) == len(self.keys_between(first, last)):
            return within
        return within & self.window_of_column(frame, column).isin([F.expr(self.literal(key)) for key in keys])

    def rows_since(self, frame: DataFrame, column: str, key: str) -> Column:
        """True for the rows whose ``column``, a UTC timestamp or a date, lies in a window or after it."""
        begin = self._begins(key, is_date=isinstance(frame.schema[column].dataType, DateType))
        since: Column = frame[column] >= begin
        return since

    def starts_in(self, keys: Sequence[str]) -> str:
        """A SQL condition, true where the table's own column holds the start of one of some windows."""
        if not keys:
            return "false"
        first, last = min(keys), max(keys)
        if self.every is Every.DAY and len(set(keys)) == len(self.keys_between(first, last)):
            return f"`{self.column}` BETWEEN {self.literal(first)} AND {self.literal(last)}"
        return f"`{self.column}` IN ({', '.join(self.literal(key) for key in keys)})"

    def literal(self, key: str) -> str:
        """The window's start as a SQL literal. The key is parsed first, never pasted."""
        start = self.parse(key)
        if self.every is Every.HOUR:
            return f"TIMESTAMP '{start:%Y-%m-%d %H:%M:%S}+00:00'"
        return f"DATE '{start:%Y-%m-%d}'"

    def parse(self, key: str) -> datetime:
        """A key's start (naive, in the windows' own zone), or an error that shows the form expected."""
        form = self._form
        try:
            start = datetime.strptime(key, form)  # noqa: DTZ007 - the zone is the partitions' own
        except ValueError:
            start = None
        if start is None or self.key_of(start) != key:
            raise LakehouseError(
                explain(
                    "this is not the key of a window",
                    expected=f"the start of a {self.every.value} such as {self.key_of(datetime(2026, 5, 4))}",  # noqa: DTZ001
                    found=repr(key),
                )
            )
        return start

    def key_of(self, start: date | datetime) -> str:
        """The key of the window that a moment (in the windows' own zone) lies in."""
        moment = start if isinstance(start, datetime) else datetime(start.year, start.month, start.day)  # noqa: DTZ001
        return self._floor(moment).strftime(self._form)

    def keys_between(self, first: str, last: str) -> tuple[str, ...]:
        """All keys from ``first`` to ``last``, both included."""
        moment, end = self.parse(first), self.parse(last)
        found = []
        while moment <= end:
            found.append(self.key_of(moment))
            moment = self._next(moment)
        return tuple(found)

    def current_key(self, now: datetime | None = None) -> str:
        """The key of the window that is running at ``now`` (default: this moment)."""
        now = now or datetime.now(UTC)
        return self.key_of(now.astimezone(ZoneInfo(self.timezone)).replace(tzinfo=None))

    def _begins(self, key: str, *, is_date: bool) -> Column:
        """The moment at which a window begins, to compare a UTC timestamp or a date with."""
        if is_date or self.every is Every.HOUR:
            return F.expr(self.literal(key))
        return F.to_utc_timestamp(F.lit(f"{self.parse(key)}"), self.timezone)

    def _after(self, key: str) -> str:
        return self.key_of(self._next(self.parse(key)))

    @property
    def _form(self) -> str:
        return "%Y-%m-%d-%H:%M" if self.every is Every.HOUR else "%Y-%m-%d"

    def _floor(self, moment: datetime) -> datetime:
        if self.every is Every.HOUR:
            return moment.replace(minute=0, second=0, microsecond=0)
        day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
        if self.every is Every.WEEK:
            return day - timedelta(days=day.weekday())
        return day.replace(day=1) if self.every is Every.MONTH else day

    def _next(self, moment: datetime) -> datetime:
        if self.every is Every.MONTH:
            return (moment.replace(day=28) + timedelta(days=4)).replace(day=1)
        step = {Every.HOUR: timedelta(hours=1), Every.DAY: timedelta(days=1), Every.WEEK: timedelta(days=7)}
        return moment + step[self.every]


def hourly(column: str, *, start: str) -> Partitions:
    """Windows of an hour, in UTC; ``start`` like ``2026-05-01-00:00``, ``column`` a timestamp."""
    return Partitions(Every.HOUR, column, start)


def daily(column: str, *, start: str, timezone: str | None = None) -> Partitions:
    """Windows of a day in ``timezone`` or the company's; ``start`` like ``2026-05-01``, ``column`` a date."""
    return Partitions(Every.DAY, column, start, timezone)


def weekly(column: str, *, start: str, timezone: str | None = None) -> Partitions:
    """Windows of a week from Monday; ``start`` is a Monday, ``column`` a date."""
    return Partitions(Every.WEEK, column, start, timezone)


def monthly(column: str, *, start: str, timezone: str | None = None) -> Partitions:
    """Windows of a calendar month; ``start`` is a first of a month, ``column`` a date."""
    return Partitions(Every.MONTH, column, start, timezone)
