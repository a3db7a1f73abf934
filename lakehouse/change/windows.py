"""Which windows would run, told from the statistics in the Delta logs, without reading a row.

A file's statistics give the smallest and the greatest value of a column, so what is found here is an
upper bound: every window that will run is named, and some may be named that will not.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
from deltalake import DeltaTable

from lakehouse.dataset import Dataset
from lakehouse.engine import deltalog
from lakehouse.lake import Lake
from lakehouse.partitions import Every, Partitions
from lakehouse.reading import Windows
from lakehouse.writing.request import Pending

__all__ = ["empty_windows", "windows_to_run"]

Moment = date | datetime
_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class _Range:
    """The values of one column in one file, both ends included; None where every value is null."""

    ends: tuple[Moment, Moment] | None


def windows_to_run(lake: Lake, dataset: Dataset, pending: Pending) -> tuple[str, ...] | None:
    """The keys of the windows that a run would write at most; None where the logs do not tell."""
    partitions = dataset.partitions
    if partitions is None:
        return None
    found: set[str] = set()
    for name, read in dataset.reads.items():
        if not isinstance(read, Windows):
            continue
        table = lake.table(lake.catalog[name])
        version = pending.inputs.get(name)
        if version is None:  # what is pending is no reading: an unfinished writer is to be tidied up after
            return None
        if pending.whole or version.after is None:
            ranges: Iterable[_Range | None] = _files(table, read.by, version.to).values()
        else:
            ranges = _changed(table, read.by, version.after, version.to)
        keys = _keys(ranges, partitions)
        if keys is None:
            return None
        found |= keys
    return tuple(sorted(key for key in found if key >= partitions.start))


def empty_windows(lake: Lake, dataset: Dataset) -> tuple[str, ...]:
    """Windows between the table's first and its newest in which it surely has no row.

    A window counts only where no file's range reaches over it, so some gaps are not seen.
    """
    partitions = dataset.partitions
    if partitions is None or not deltalog.exists(lake.table(dataset)):
        return ()
    held = _keys(_files(lake.table(dataset), partitions.column, None).values(), partitions)
    if not held:
        return ()
    return tuple(key for key in partitions.keys_between(min(held), max(held)) if key not in held)


def _files(table: Path, column: str, version: int | None) -> dict[str, _Range | None]:
    """Every file of a version, by path, with the range of a column; None where it has no statistics."""
    actions = pa.table(DeltaTable(table, version=version).get_add_actions(flatten=True))
    if f"partition.{column}" in actions.column_names:
        rows = actions.select(["path", f"partition.{column}"]).to_pylist()
        return {row["path"]: _range(*[row[f"partition.{column}"]] * 2) for row in rows}
    names = [f"{kind}.{column}" for kind in ("min", "max", "null_count")]
    if not set(names) <= set(actions.column_names):
        return dict.fromkeys(actions["path"].to_pylist())
    found: dict[str, _Range | None] = {}
    for row in actions.select(["path", "num_records", *names]).to_pylist():
        low, high, nulls = (row[name] for name in names)
        found[row["path"]] = _range(low, high, all_null=nulls is not None and nulls == row["num_records"])
    return found


def _changed(table: Path, column: str, after: int, to: int) -> Iterator[_Range | None]:
    """The ranges of all files that the commits after a version added, rewrote or removed."""
    before: dict[str, _Range | None] | None = None
    for version in range(after + 1, to + 1):
        for action in _actions(table, version):
            if added := action.get("add"):
                yield _range_in_log(added, column)
            elif removed := action.get("remove"):
                if before is None:
                    before = _files(table, column, after)
                if removed["path"] in before:
                    yield before[removed["path"]]


def _actions(table: Path, version: int) -> Iterator[dict[str, Any]]:
    """The commit's actions on files that change data: not what maintenance moved about."""
    commit = table / "_delta_log" / f"{version:020d}.json"
    for line in commit.read_text().splitlines():
        action: dict[str, Any] = json.loads(line)
        if any(action.get(kind, {}).get("dataChange") for kind in ("add", "remove")):
            yield action


def _range_in_log(added: dict[str, Any], column: str) -> _Range | None:
    stats = json.loads(added.get("stats") or "{}")
    low, high = (_moment(stats.get(kind, {}).get(column)) for kind in ("minValues", "maxValues"))
    nulls = stats.get("nullCount", {}).get(column)
    return _range(low, high, all_null=nulls is not None and nulls == stats.get("numRecords"))


def _range(low: object, high: object, *, all_null: bool = False) -> _Range | None:
    if all_null:
        return _Range(None)
    if isinstance(low, date) and isinstance(high, date):
        return _Range((low, high))
    return None


def _moment(text: object) -> Moment | None:
    if not isinstance(text, str):
        return None
    try:
        return date.fromisoformat(text) if len(text) == len("2026-01-01") else datetime.fromisoformat(text)
    except ValueError:
        return None


def _keys(ranges: Iterable[_Range | None], partitions: Partitions) -> set[str] | None:
    found: set[str] = set()
    for each in ranges:
        if each is None:
            return None
        if each.ends:
            low, high = each.ends
            if isinstance(high, datetime):
                high += _MILLISECOND  # statistics are cut off at milliseconds
            found.update(partitions.keys_between(_key(low, partitions), _key(high, partitions)))
    return found


def _key(moment: Moment, partitions: Partitions) -> str:
    """The key of the window that a UTC time, or a date, lies in."""
    if not isinstance(moment, datetime):
        return partitions.key_of(moment)
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    zone = UTC if partitions.every is Every.HOUR else ZoneInfo(partitions.timezone)
    return partitions.key_of(aware.astimezone(zone).replace(tzinfo=None))
