"""Care changes nothing that anybody reads, and removes nothing that somebody has yet to read."""

import os
from datetime import timedelta

import pyspark.sql.types as T
import pytest
from delta.tables import DeltaTable

from lakehouse import Contract, Field, Files, Upsert, bronze, changes, cluster, silver
from lakehouse.engine import deltalog
from lakehouse.engine.checksum import content_checksum
from lakehouse.engine.commitfiles import log_folder
from lakehouse.engine.maintenance import compact, purge, thin_log, vacuum
from lakehouse.errors import LakehouseError
from lakehouse.testing import land, rows_in, small_lake
from lakehouse.writing.maintain import LEAST, laggard, maintain, upkeep
from lakehouse.writing.path import write
from lakehouse.writing.pending import pending
from lakehouse.writing.request import Request

OLD = timedelta(days=100)


class Row(Contract):
    """One row per id."""

    id: T.LongType() = Field(key=True)


@bronze(
    contract=Row,
    source=Files("shop", "rows"),
    owner="team:shop",
    layout=cluster("id", why="to see it applied"),
)
def rows(dump):
    return dump.repartition(10)  # a file each, as so many loads would give


OF_ROWS = {"contract": Row, "write": Upsert(sequence_by="id"), "owner": "team:shop"}


@silver(reads={"rows": changes()}, **OF_ROWS)
def newest(rows):
    return rows.select("id")


@pytest.fixture(scope="module")
def lake(spark, tmp_path_factory):
    """A table of eleven small files, of which its reader has read the first."""
    lake = small_lake(tmp_path_factory.mktemp("maintain"), rows, newest)
    land(lake, "shop", "rows", [{"id": 0}], position=0)
    write(lake, spark, rows, Request("r0"))
    write(lake, spark, newest, Request("n0"))
    land(lake, "shop", "rows", [{"id": number} for number in range(1, 20)], position=1)
    write(lake, spark, rows, Request("r1"))
    return lake


def age(table, by):
    """Make all files of a table, and its commits, older."""
    for path in table.rglob("*"):
        if path.is_file():
            at = path.stat().st_mtime - by.total_seconds()
            os.utime(path, (at, at))


def test_care_from_one_end_to_the_other(lake, spark):
    table = lake.table(rows)
    before, files = content_checksum(spark, table), upkeep(lake, rows)
    assert (files.files, files.spare, files.dead) == (11, 10, 0)
    assert laggard(lake, rows).reader == "silver.newest"

    age(table, OLD)
    done = maintain(lake, spark, rows)
    assert done.files_saved == 10
    assert content_checksum(spark, table) == before
    assert (upkeep(lake, rows).files, clustering(spark, table)) == (1, ["id"])

    # The reader has yet to read files that the table no longer needs, older than the table's own retention.
    todo = pending(lake, newest, Request("n2"))
    assert not todo.whole
    write(lake, spark, newest, Request("n2"))
    assert sorted(rows_in(lake.table(newest), "id")) == [(number,) for number in range(20)]
    assert laggard(lake, rows) is None
    assert not pending(lake, newest, Request("n3")).anything  # care is no news

    # Nobody needs them now, and what was removed from the table long enough ago goes.
    stray = table / "part-stray.parquet"  # of a writer that was killed
    stray.touch()
    age(stray.parent, OLD)
    assert vacuum(spark, table, 3 * OLD) == 0  # not the table's own 30 days
    assert stray.exists()
    assert vacuum(spark, table, timedelta(0)) >= 12
    assert content_checksum(spark, table) == before
    assert not pending(lake, newest, Request("n4")).anything


def test_a_reader_of_what_was_vacuumed_all_the_same_reads_the_table_whole(lake, spark):
    land(lake, "shop", "rows", [{"id": 100}], position=100)
    write(lake, spark, rows, Request("r"))
    DeltaTable.forPath(spark, str(lake.table(rows))).delete("id = 3")
    assert purge(spark, lake.table(rows)) == 1
    vacuum(spark, lake.table(rows), timedelta(0))
    todo = pending(lake, newest, Request("n"))
    assert todo.whole
    assert "was vacuumed, read whole" in todo.reasons[0]
    assert write(lake, spark, newest, Request("n")).record.rows_in == 20


def test_a_layout_is_applied_when_files_are_put_together_and_changes_with_its_declaration(lake, spark):
    table = lake.table(rows)
    compact(spark, table, clustered_by=("id",))
    assert clustering(spark, table) == ["id"]
    assert purge(spark, table) == 0
    assert clustering(spark, table) == []
    assert len(rows_in(table, "id")) == 20  # others can read it
    assert not pending(lake, newest, Request("n")).anything


def clustering(spark, table):
    return DeltaTable.forPath(spark, str(table)).detail().first()["clusteringColumns"]


def test_the_log_keeps_its_commits_and_the_newest_summaries(lake):
    table = lake.table(rows)
    assert thin_log(table, older_than=timedelta(0)) == 0
    log = log_folder(table)
    for version in (1, 2, 3):
        (log / f"{version:020d}.checkpoint.parquet").touch()
    commits = len(list(log.glob("*.json")))
    assert thin_log(table, older_than=9 * OLD) == 0
    assert thin_log(table, older_than=timedelta(0)) > 0
    assert len(list(log.glob("*.json"))) == commits
    assert deltalog.version(table) == commits - 1


def test_a_retention_that_takes_files_from_what_is_under_way_is_refused(lake):
    with pytest.raises(LakehouseError, match="expected 7 days or more; found 1 days"):
        maintain(lake, None, rows, retention=LEAST - timedelta(days=6))
