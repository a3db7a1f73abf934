"""When the shop's tables are dumped, and how: the customary first way into the lake.

The cadence of the demo: one whole dump on day 60, then weekly, then daily for the last seven days.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from pathlib import Path

from lakehouse.capture.dumps import TableDump, dump_tables
from lakehouse.capture.loads import Load
from supercorp.database import SCHEMA
from supercorp.history import HistoryResult, run_history
from supercorp.truths import load_truths
from supercorp.world import LAST_DAY

__all__ = ["SHOP_DUMPS", "SOURCE", "Capture", "capture_history", "dump_days", "dump_shop"]

SOURCE = "shop"
# Whole where rows are deleted or the table is small; by change time where it grows without end.
SHOP_DUMPS = (
    TableDump("customers", "full", "updated_at", SCHEMA),
    TableDump("addresses", "full", "updated_at", SCHEMA),
    TableDump("products", "full", "updated_at", SCHEMA),
    TableDump("orders", "incremental", "updated_at", SCHEMA),
    TableDump("order_lines", "incremental", "updated_at", SCHEMA),
    TableDump("payments", "incremental", "updated_at", SCHEMA),
)
_FIRST_DUMP_DAY = 60
_DAILY_DAYS = 7


@dataclass(frozen=True, slots=True)
class Capture:
    """A history run and dumped: what the database got, and the loads that the bucket got."""

    history: HistoryResult
    loads: tuple[Load, ...]


def dump_days(first_day: date, last_day: date) -> tuple[date, ...]:
    """The days at whose end the demo dumps; a history too short for day 60 begins a third of the way in."""
    length = (last_day - first_day).days + 1
    begin = min(_FIRST_DUMP_DAY, max(length // 3, 1)) - 1
    daily_from = max(length - _DAILY_DAYS, 0)
    numbers = {*range(begin, daily_from, 7), *range(max(daily_from, begin), length)}
    return tuple(first_day + timedelta(days=number) for number in sorted(numbers))


def dump_shop(url: str, bucket: Path, day: date) -> tuple[Load, ...]:
    """One round: what changed in the six tables, as of the end of ``day``, in one snapshot."""
    end_of_day = datetime.combine(day + timedelta(days=1), clock_time(), UTC)
    written = dump_tables(url, bucket, SOURCE, SHOP_DUMPS, now=end_of_day)
    return tuple(load for load in written.values() if load)


def capture_history(
    url: str,
    bucket: Path,
    size: str = "small",
    seed: int = 7,
    *,
    last_day: date = LAST_DAY,
    days: int | None = None,
    truth_file: Path | None = None,
    fresh: bool = False,
    say: Callable[[str], None] | None = None,
) -> Capture:
    """Run the history and dump at the demo's cadence; a second run writes nothing.

    A last round after the end makes up for one that a kill prevented.
    """
    length = days or load_truths().size(size).days
    rounds = set(dump_days(last_day - timedelta(days=length - 1), last_day))
    loads: list[Load] = []

    def dump_if_due(day: date) -> None:
        if day in rounds:
            loads.extend(dump_shop(url, bucket, day))

    history = run_history(
        url,
        size,
        seed,
        last_day=last_day,
        days=days,
        on_day=dump_if_due,
        truth_file=truth_file,
        fresh=fresh,
        say=say,
    )
    loads.extend(dump_shop(url, bucket, last_day))
    return Capture(history, tuple(loads))
