"""A small lake in which every write mode has something to lose: late rows, deletes, rows set aside.

:func:`prepared` brings it to the moment before a second batch of every table; :func:`contents` says what
a table holds for its readers, without what differs from run to run.
"""

import json
from pathlib import Path

import pyspark.sql.types as T
from deltalake import DeltaTable
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse import (
    Append,
    Contract,
    Field,
    Files,
    History,
    ReplaceWindow,
    Snapshot,
    Upsert,
    bronze,
    changes,
    daily,
    silver,
    whole,
    window,
)
from lakehouse.engine import deltalog
from lakehouse.engine.asking import ask
from lakehouse.testing import land, small_lake
from lakehouse.writing.path import write
from lakehouse.writing.request import Request

FIRST = [
    {"id": 1, "day": "2026-01-01", "total": 1, "at": "2026-01-01T08:00:00Z"},
    {"id": 2, "day": "2026-01-01", "total": 2, "at": "2026-01-01T09:00:00Z"},
    {"id": 3, "day": "2026-01-02", "total": 3, "at": "2026-01-02T08:00:00Z"},
    {"id": 4, "day": "2026-01-02", "total": -4, "at": "2026-01-02T09:00:00Z"},
]
SECOND = [
    {"id": 2, "day": "2026-01-02", "total": 22, "at": "2026-01-02T10:00:00Z"},
    {"id": 3, "day": "2026-01-02", "total": 3, "at": "2026-01-03T08:00:00Z", "change": "delete"},
    {"id": 5, "day": "2026-01-03", "total": 5, "at": "2026-01-03T09:00:00Z"},
    {"id": 6, "day": "2026-01-03", "total": -6, "at": "2026-01-03T10:00:00Z"},
    {"id": 7, "day": "2026-01-03", "total": "a lot", "at": "2026-01-03T11:00:00Z"},
]


class Line(Contract):
    """One row per order and load."""

    id: T.LongType() = Field(key=True)
    day: T.DateType() = Field()
    total: T.LongType() = Field()
    at: T.TimestampType() = Field()
    change: T.StringType() = Field(nullable=True)


@bronze(contract=Line, source=Files("shop", "orders"), owner="team:shop")
def lines(dump: DataFrame) -> DataFrame:
    return dump


class Order(Contract):
    """One row per order."""

    id: T.LongType() = Field(key=True)
    day: T.DateType() = Field()
    total: T.LongType() = Field(ge=0)
    at: T.TimestampType() = Field()
    position: T.LongType() = Field()


class Told(Contract):
    """One row per order and load."""

    id: T.LongType() = Field(key=True)
    position: T.LongType() = Field(key=True)
    day: T.DateType() = Field()
    total: T.LongType() = Field(ge=0)


class Heard(Contract):
    """One row per order and load, as it came."""

    id: T.LongType() = Field()
    position: T.LongType() = Field()
    total: T.LongType() = Field(ge=0)


def _orders(frame: DataFrame) -> DataFrame:
    return frame.select("id", "day", "total", "at", F.col("_position").alias("position"), "_change")


def _changed(frame: DataFrame) -> DataFrame:
    return _orders(frame.withColumn("_change", F.coalesce("change", "_change")))


@silver(contract=Order, write=Upsert(sequence_by="position"), owner="team:shop", reads={"lines": changes()})
def newest(lines: DataFrame) -> DataFrame:
    return _changed(lines)


@silver(
    contract=Order,
    write=History(sequence_by="position", valid_at="at"),
    owner="team:shop",
    reads={"lines": changes()},
)
def versions(lines: DataFrame) -> DataFrame:
    return _changed(lines)


@silver(
    contract=Told,
    write=ReplaceWindow(),
    partitions=daily("day", start="2026-01-01"),
    owner="team:shop",
    reads={"lines": window("day")},
)
def by_day(lines: DataFrame) -> DataFrame:
    return lines.select("id", F.col("_position").alias("position"), "day", "total")


@silver(contract=Told, write=Snapshot(), owner="team:shop", reads={"lines": whole()})
def snapshot(lines: DataFrame) -> DataFrame:
    return lines.select("id", F.col("_position").alias("position"), "day", "total")


@silver(contract=Heard, write=Append(), owner="team:shop", reads={"lines": changes()})
def heard(lines: DataFrame) -> DataFrame:
    return lines.select("id", F.col("_position").alias("position"), "total")


DATASETS = (lines, newest, versions, by_day, snapshot, heard)


def lake_in(folder: Path):
    return small_lake(folder, *DATASETS)


def prepared(spark, folder: Path, *, second: bool = True):
    """The lake after a first batch, with the second batch of ``lines`` landed and, if so asked, written."""
    lake = lake_in(folder)
    land(lake, "shop", "orders", FIRST, position=1, load_id="one")
    for dataset in DATASETS:
        write(lake, spark, dataset, Request("first"))
    land(lake, "shop", "orders", SECOND, position=2, load_id="two")
    if second:
        write(lake, spark, lines, Request("second"))
    return lake


def places(lake, dataset) -> dict[str, Path]:
    """The tables that a write of a dataset touches."""
    return {
        "table": lake.table(dataset),
        "quarantine": lake.quarantine(dataset),
        "tombstones": lake.tombstones(dataset),
    }


_OF_THE_RUN = {
    "_landed_at",
    "_transformed_at",
    "_run_id",
    "run_id",
    "batch_id",
    "quarantine_id",
    "quarantined_at",
    # A process killed right after publishing leaves it to the next to say so of older rows.
    "resolution",
    "resolved_at",
    "resolved_by",
}


def contents(lake, dataset) -> dict[str, list[str]]:
    """What readers see of a table, its quarantine and its tombstones, as sorted lines."""
    table = lake.table(dataset)
    if not deltalog.exists(table):
        return {name: [] for name in places(lake, dataset)}
    batches = {commit.record.batch for commit in deltalog.commits(table) if commit.record}
    found = {}
    for name, place in places(lake, dataset).items():
        rows = _rows(place) if deltalog.exists(place) else []
        counted = [row for row in rows if name == "table" or row["batch_id"] in batches]
        found[name] = sorted(
            json.dumps({key: value for key, value in row.items() if key not in _OF_THE_RUN}, default=str)
            for row in counted
        )
    return found


def _rows(place: Path) -> list[dict]:
    return ask(DeltaTable(place), "SELECT * FROM t")
