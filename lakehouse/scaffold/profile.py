"""What the rows of a table look like: types, missing values, keys, few or negative values. No JVM."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from pyspark.sql.types import (
    BooleanType,
    DataType,
    DateType,
    NumericType,
    StringType,
    TimestampNTZType,
    TimestampType,
)

from lakehouse.contract import Protection
from lakehouse.dataset import Dataset
from lakehouse.engine import deltalog, sql
from lakehouse.errors import TableError, explain
from lakehouse.lake import Lake
from lakehouse.modes import History
from lakehouse.spec import ColumnSpec

__all__ = ["ColumnProfile", "Profile", "profile_table"]

_FEW = 10
"""So many different values at most make a list of allowed ones."""
_SHORT = 40
_OFTEN = 3
"""So often at least each of them occurs, on average."""
_MEASURABLE = (NumericType, DateType, TimestampType, TimestampNTZType)
_COUNTABLE = (*_MEASURABLE, StringType, BooleanType)


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    """One column. ``least`` is its smallest number or time; ``values`` are all it has, where they are few.

    ``pii`` is the kind of personal data it seems to hold, ``pseudonym`` tells that it arrives as one.
    Neither has ``least`` or ``values``.
    """

    name: str
    type: DataType
    nulls: int
    distinct: int | None = None
    least: Any = None
    values: tuple[str, ...] = ()
    pii: str | None = None
    pseudonym: bool = False


@dataclass(frozen=True, slots=True)
class Profile:
    """A table's rows: where they were seen, how many, their columns, and the key they seem to have."""

    of: str
    rows: int
    columns: tuple[ColumnProfile, ...]
    key: tuple[str, ...]
    key_is_known: bool = False
    """The key is that of the input's contract; otherwise it is a guess."""

    def column(self, name: str) -> ColumnProfile:
        """One column by name."""
        return next(column for column in self.columns if column.name == name)


def profile_table(lake: Lake, dataset: Dataset) -> Profile:
    """A dataset's table as a reader in a later layer sees it: personal columns are pseudonyms, or gone."""
    if not deltalog.exists(lake.table(dataset)):
        raise TableError(
            explain(
                "there is no table to look at",
                where=dataset.full_name,
                remedy=f"build it first: `lakehouse run +{dataset.name}`",
            )
        )
    columns = [each for each in dataset.spec.columns if _survives(each)]
    rows = f"{dataset.full_name}"
    if dataset.source:
        rows += " WHERE \"_change\" = 'upsert'"  # a delete has its key and nothing else
    measured = [measure for index, column in enumerate(columns) for measure in _measures(index, column)]
    (found,) = _ask(lake, f"SELECT {', '.join(['count(*) AS n', *measured])} FROM {rows}")
    profiles = tuple(
        _profile(lake, column, found, index, rows, in_bronze=dataset.source is not None)
        for index, column in enumerate(columns)
    )
    names = {column.name for column in columns}
    known = dataset.spec.key if set(dataset.spec.key) <= names else ()
    key = known or _guessed_key(lake, profiles, found["n"], rows, dataset)
    if isinstance(dataset.mode, History):
        key = ()  # it has a row per version
    return Profile(dataset.full_name, found["n"], profiles, key, key_is_known=bool(known))


def _survives(column: ColumnSpec) -> bool:
    return not (column.words.pii and column.words.protect is Protection.DROP)


def _measures(index: int, column: ColumnSpec) -> list[str]:
    name = f'"{column.name}"'
    asked = [f"count({name}) AS n{index}"]
    if isinstance(column.type, _COUNTABLE):
        asked.append(f"count(DISTINCT {name}) AS d{index}")
    if isinstance(column.type, _MEASURABLE) and not column.words.pii:
        asked.append(f"CAST(min({name}) AS varchar) AS m{index}")
    return asked


def _profile(
    lake: Lake, column: ColumnSpec, found: dict[str, Any], index: int, rows: str, *, in_bronze: bool
) -> ColumnProfile:
    nulls, distinct = found["n"] - found[f"n{index}"], found.get(f"d{index}")
    values: tuple[str, ...] = ()
    text = isinstance(column.type, StringType) and not column.words.pii and not column.words.key
    if text and distinct and distinct <= _FEW and found["n"] >= _OFTEN * distinct:
        condition = "AND" if "WHERE" in rows else "WHERE"
        name = f'"{column.name}"'
        listed = _ask(
            lake, f"SELECT DISTINCT {name} AS v FROM {rows} {condition} {name} IS NOT NULL ORDER BY v"
        )
        values = tuple(row["v"] for row in listed)
        values = values if all(_plain(value) for value in values) else ()
    return ColumnProfile(
        column.name,
        StringType() if column.words.pii else column.type,
        nulls,
        distinct,
        found.get(f"m{index}"),
        values,
        pseudonym=bool(in_bronze and column.words.pii),
    )


def _plain(value: str) -> bool:
    """Whether a text may stand in a list of allowed values as it is: a word, not prose."""
    return len(value) <= _SHORT and value.isprintable() and not set(value) & {'"', "\\"}


def _guessed_key(
    lake: Lake, columns: Sequence[ColumnProfile], rows: int, table: str, dataset: Dataset
) -> tuple[str, ...]:
    """The column, or the two, that no two rows share and that every row has; ids before others."""
    if dataset.source or not rows:
        return ()
    usable = [each for each in columns if not each.nulls and each.distinct and _may_be_key(each.type)]
    usable.sort(key=lambda each: (each.name != "id", not each.name.endswith("_id")))
    for each in usable:
        if each.distinct == rows:
            return (each.name,)
    for pair in combinations(usable[:5], 2):
        names = ", ".join(f'"{each.name}"' for each in pair)
        (found,) = _ask(lake, f"SELECT count(*) AS n FROM (SELECT DISTINCT {names} FROM {table}) AS each")
        if found["n"] == rows:
            return tuple(each.name for each in pair)
    return ()


def _may_be_key(kind: DataType) -> bool:
    return isinstance(kind, (StringType, DateType)) or kind.typeName() in ("long", "integer", "short")


def _ask(lake: Lake, text: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = sql.query(lake.settings, text).to_pylist()
    return rows
