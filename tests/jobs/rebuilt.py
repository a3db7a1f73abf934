"""Tables of the shop put together again from what landed, by plain reading, to hold against the database.

Nothing of the lake is asked: loads in their order, lines in their order, as docs/capture.md says.
"""

import gzip
import json
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from lakehouse.capture.dumps import TableDump
from lakehouse.capture.loads import Load, list_loads
from supercorp.database import connect

__all__ = ["Table", "from_changes", "from_dumps", "in_database", "lines_of"]

Row = dict[str, Any]
Table = dict[Any, Row]
"""Rows by their key, each value as the database's driver gives it."""

UNCHANGED = "__debezium_unavailable_value"
EPOCH = date(1970, 1, 1)


def in_database(url: str, table: str) -> tuple[Table, dict[str, str]]:
    """What the database holds of a table now, and its columns' types, the key first."""
    with connect(url) as connection:
        cursor = connection.execute(f"SELECT * FROM {table}")
        names = [column.name for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor]
        types = connection.execute(
            "SELECT column_name, data_type FROM information_schema.columns"
            " WHERE table_schema = 'shop' AND table_name = %s ORDER BY ordinal_position",
            [table],
        ).fetchall()
    return {row[names[0]]: row for row in rows}, dict(types)


def from_changes(bucket: Path, source: str, table: str, types: dict[str, str]) -> Table:
    """A table from its snapshot and the changes since, those that landed twice applied once."""
    rows: Table = {}
    applied: set[str] = set()
    for load in loads_of(bucket, source, table):
        if load.kind == "full":
            rows, applied = {}, set()
        for line in lines_of(load):
            where = line["source"]
            change = json.dumps([where["lsn"], where["txId"], line["op"], line["key"]])
            if line["op"] != "r" and change in applied:
                continue
            applied.add(change)
            _apply(rows, line, types)
    return rows


def _apply(rows: Table, line: dict[str, Any], types: dict[str, str]) -> None:
    if line["op"] == "t":
        rows.clear()
        return
    (key,) = line["key"].values()
    if line["op"] == "d":
        del rows[key]
        return
    new = {
        name: rows[key][name] if value == UNCHANGED else captured(value, types[name])
        for name, value in line["after"].items()
    }
    rows[key] = {name: new.get(name) for name in types}


def captured(value: Any, kind: str) -> Any:
    """A value of a change, as the database's driver would give it."""
    made: dict[str, Callable[[Any], Any]] = {
        "numeric": Decimal,
        "timestamp with time zone": datetime.fromisoformat,
        "date": lambda days: EPOCH + timedelta(days=days),
        "jsonb": json.loads,
    }
    return None if value is None else made.get(kind, lambda same: same)(value)


def from_dumps(bucket: Path, source: str, dump: TableDump, types: dict[str, str]) -> Table:
    """A table from its dumps: the last whole one, or the last line of each row."""
    rows: Table = {}
    for load in loads_of(bucket, source, dump.table):
        if load.kind == "full":
            rows = {}
        for line in lines_of(load):
            row = {name: dumped(line.get(name), kind) for name, kind in types.items()}
            rows[row[next(iter(types))]] = row
    return rows


def dumped(value: Any, kind: str) -> Any:
    """A value of a dump, as the database's driver would give it."""
    made: dict[str, Callable[[Any], Any]] = {
        "numeric": lambda number: Decimal(str(number)),
        "timestamp with time zone": datetime.fromisoformat,
        "date": date.fromisoformat,
    }
    return None if value is None else made.get(kind, lambda same: same)(value)


def loads_of(bucket: Path, source: str, table: str) -> tuple[Load, ...]:
    listing = list_loads(bucket, source, table)
    assert (listing.problems, listing.duplicates) == ((), ())
    return listing.loads


def lines_of(load: Load) -> Iterator[dict[str, Any]]:
    for file in load.files:
        with gzip.open(file.path, "rt", encoding="utf-8") as lines:
            for line in lines:
                yield json.loads(line, parse_float=Decimal)
