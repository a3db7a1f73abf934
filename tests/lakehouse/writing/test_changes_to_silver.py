"""A database's life through the whole write path: bucket, bronze, silver, in batches of any order."""

import random
from datetime import date

import pyspark.sql.types as T
import pytest
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse import Contract, Field, FullDumps, History, Upsert, bronze, changes, silver, testing
from lakehouse.testing import land, rows_in, small_lake
from lakehouse.writing.path import write
from lakehouse.writing.pending import pending
from lakehouse.writing.request import Request
from tests.lakehouse.writing.database import Database, Things
from tests.lakehouse.writing.test_envelopes import change

FEEDS = {"feeds": {"s": "s_changes"}}
FIRST = 1_893_456_000  # 2030
SEQUENCE = ("source_position", "source_order")


class Before(Contract):
    """One row per thing: the latest version, ordered by one column."""

    thing: T.LongType() = Field(key=True)
    n: T.IntegerType() = Field()
    text: T.StringType() = Field(nullable=True)
    day: T.DateType() = Field()
    extra: T.IntegerType() = Field(nullable=True)
    source_position: T.LongType() = Field()


class Silver(Before):
    """One row per thing: the latest version."""

    source_order: T.LongType() = Field(nullable=True)


class Past(Silver):
    """One row per thing and version."""

    seen_at: T.TimestampType() = Field()


@bronze(contract=Things, source=FullDumps("s", "t"), owner="team:t")
def s_things(dump: DataFrame) -> DataFrame:
    return dump


def named(rows):
    return rows.select(
        F.col("id").alias("thing"),
        "n",
        F.col("big").alias("text"),
        "day",
        "extra",
        F.col("_position").alias("source_position"),
        F.col("_order").alias("source_order"),
        F.col("_extracted_at").alias("seen_at"),
        "_change",
    )


@silver(contract=Silver, write=Upsert(sequence_by=SEQUENCE), owner="team:t", reads={"s_things": changes()})
def things(s_things: DataFrame) -> DataFrame:
    return named(s_things).drop("seen_at")


@silver(
    contract=Past,
    write=History(sequence_by=SEQUENCE, valid_at="seen_at"),
    owner="team:t",
    reads={"s_things": changes()},
)
def things_past(s_things: DataFrame) -> DataFrame:
    return named(s_things)


def as_it_was_before():
    """The silver table as it was declared when there were dumps alone."""

    @silver(
        contract=Before,
        write=Upsert(sequence_by="source_position"),
        owner="team:t",
        reads={"s_things": changes()},
    )
    def things(s_things: DataFrame) -> DataFrame:
        return named(s_things).drop("seen_at", "source_order")

    return things


def after(seconds):
    """So long after the dumps, in microseconds."""
    return (FIRST + seconds) * 1_000_000


def land_changes(lake, position, kind, lines):
    """Put a load of a capture into the bucket; the same one again is the same load."""
    return testing.land_changes(lake, "s_changes", "t", lines, position=position, kind=kind)


def run(lake, spark, *datasets):
    return [write(lake, spark, each, Request("run")) for each in datasets]


def table(lake):
    return sorted(rows_in(lake.table(things), "thing", "n", "text", "day", "extra"))


def test_silver_is_the_database_whatever_the_order_in_which_its_loads_arrive(spark, tmp_path):
    lake = small_lake(tmp_path, s_things, things, **FEEDS)
    database, dice = Database(1234, snapshots=1, steps=30), random.Random(1)
    first, *others = database.loads.landed
    dice.shuffle(others)
    half = len(others) // 2
    for batch in ([first, *others[:half]], others[half:]):
        for load in batch:
            land_changes(lake, *load)
        run(lake, spark, s_things, things)
    assert table(lake) == database.table()
    lines = sum(len(lines) for *_, lines in database.loads.landed)
    assert len(rows_in(lake.table(s_things), "id")) == lines + 1  # and the truncate of the snapshot


@pytest.fixture(scope="module")
def switched(spark, tmp_path_factory):
    """A lake that was fed by dumps, then by changes: one large value late, one key moved."""
    folder = tmp_path_factory.mktemp("switched")
    before = as_it_was_before()
    old = small_lake(folder, s_things, before)
    rows = [{"id": key, "n": key, "big": None, "day": "2026-01-01", "extra": None} for key in (1, 2, 3)]
    land(old, "s", "t", rows, kind="full", position=50)
    run(old, spark, s_things, before)

    lake = small_lake(folder, s_things, things, things_past, **FEEDS)
    told = {"n": 1, "day": 20_000, "extra": None}
    land_changes(lake, 40, "full", [change("r", told | {"big": "old"}, lsn=40)])
    refused = pending(lake, s_things, Request("look"))
    snapshot = [
        change("r", told | {"big": "large one"}, key=1, lsn=60, committed=None, ts_us=after(60)),
        change("r", told | {"big": "large two"}, key=2, lsn=60, committed=None, ts_us=after(60)),
    ]
    land_changes(lake, 60, "full", snapshot)
    lacking = told | {"big": "__debezium_unavailable_value"}
    later = [
        change("u", lacking | {"n": 9}, key=1, lsn=90, committed=80, ts_us=after(90)),
        change("d", key=2, lsn=95, committed=91, ts_us=after(95)),
        change("c", lacking, key=5, lsn=95, committed=91, ts_us=after(95)),
    ]
    land_changes(lake, 99, "incremental", later)
    run(lake, spark, s_things, things, things_past)
    before_the_late_one = table(lake)
    late = change("u", told | {"n": 8, "big": "large new"}, key=1, lsn=70, committed=65, ts_us=after(70))
    land_changes(lake, 75, "incremental", [late])
    run(lake, spark, s_things, things, things_past)
    return old, lake, refused, before_the_late_one


def test_changes_from_before_the_last_dump_are_refused_with_the_way_out(switched):
    refused = switched[2]
    assert not refused.anything
    assert "a snapshot (a load of kind full) after position 50" in refused.said_of_loads[0]


def test_a_snapshot_supersedes_the_dumps_and_a_value_the_log_does_not_repeat_is_kept(switched):
    day = date(2024, 10, 4)
    assert switched[3] == [(1, 9, "large one", day, None), (5, 1, "large two", day, None)]


def test_a_version_that_comes_late_corrects_what_was_completed_without_it(switched):
    assert table(switched[1])[0][:3] == (1, 9, "large new")


def test_a_history_holds_from_commit_to_commit(switched):
    columns = ("thing", "n", "text", "valid_from", "valid_to")
    found = sorted(rows_in(switched[1].table(things_past), *columns), key=repr)
    seconds = [
        (*row[:3], int(row[3].timestamp()) - FIRST, row[4] and int(row[4].timestamp()) - FIRST)
        for row in found
        if row[3].year == 2030
    ]
    assert seconds == [
        (1, 1, "large one", 60, 70),
        (1, 8, "large new", 70, 90),
        (1, 9, "large new", 90, None),
        (2, 1, "large two", 60, 95),
        (5, 1, "large two", 95, None),
    ]


def test_back_at_the_dumps_only_what_is_newer_is_taken(switched, spark):
    old, lake, *_ = switched
    row = {"id": 1, "n": 7, "big": None, "day": "2026-01-01", "extra": None}
    land(old, "s", "t", [row], kind="full", position=200)
    (outcome,) = run(old, spark, s_things)
    assert outcome.record.loads == ("s.t.200",)
    changed = rows_in(lake.table(s_things), "id", "_change", "_position")
    assert sorted(row for row in changed if row[2] == 200) == [(1, "upsert", 200), (5, "delete", 200)]
