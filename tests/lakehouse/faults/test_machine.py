"""What the machine may do to a write: no room, no right, no memory. Each by name, and nothing is lost."""

import resource

import pyspark.sql.types as T
import pytest
from delta.exceptions import ConcurrentAppendException
from deltalake import DeltaTable

from lakehouse import Contract, Field, Files, bronze
from lakehouse.engine import deltalog
from lakehouse.engine.asking import ask
from lakehouse.errors import SetupError, TableError
from lakehouse.testing import land, small_lake
from lakehouse.writing.path import write
from lakehouse.writing.request import Request


class Line(Contract):
    """One row per line."""

    id: T.LongType() = Field(key=True, ge=0)


@bronze(contract=Line, source=Files("shop", "lines"), owner="team:shop")
def lines(dump):
    return dump


@pytest.fixture
def lake(spark, tmp_path):
    """A lake of one table with one load in it, and a second load that waits."""
    lake = small_lake(tmp_path, lines)
    land(lake, "shop", "lines", [{"id": 1}], position=1)
    write(lake, spark, lines, Request("first"))
    land(lake, "shop", "lines", [{"id": 2}, {"id": -1}], position=2)
    return lake


def ids(lake):
    return [row["id"] for row in ask(DeltaTable(lake.table(lines)), "SELECT id FROM t ORDER BY id")]


@pytest.fixture
def goes_on(spark, lake):
    """To be called after a failure: the table is as it was, and the next run takes what waits."""

    def check():
        assert ids(lake) == [1]
        assert write(lake, spark, lines, Request("again")).record.rows_quarantined == 1
        assert ids(lake) == [1, 2]

    return check


@pytest.mark.parametrize("room", [0, 700])
def test_a_full_disk(spark, lake, goes_on, room):
    java = spark._jvm.java.lang.ProcessHandle.current().pid()
    before = resource.prlimit(java, resource.RLIMIT_FSIZE)
    resource.prlimit(java, resource.RLIMIT_FSIZE, (room, before[1]))
    try:
        with pytest.raises(SetupError, match=r"bronze\.lines: the disk is full.*Remedy: free some space"):
            write(lake, spark, lines, Request("full"))
    finally:
        resource.prlimit(java, resource.RLIMIT_FSIZE, before)
    goes_on()


def test_a_folder_that_nobody_may_write(spark, lake, goes_on):
    closed = lake.quarantine(lines).parent
    closed.symlink_to("/sys/kernel")  # not even root makes a folder there
    with pytest.raises(SetupError, match=r"bronze\.lines: .*Remedy: "):
        write(lake, spark, lines, Request("closed"))
    closed.unlink()
    goes_on()


def test_a_lock_that_nobody_may_take(spark, lake, goes_on):
    locks = lake.lock(lines).parent
    locks.rename(locks.with_name("kept"))
    locks.symlink_to("/sys/kernel")
    with pytest.raises(SetupError, match=r"bronze\.lines: .*Remedy: "):
        write(lake, spark, lines, Request("closed"))
    locks.unlink()
    goes_on()


def test_memory(spark, lake, goes_on, monkeypatch):
    def hungry(*_):
        spark._jvm.java.nio.ByteBuffer.allocate(2_000_000_000)

    with monkeypatch.context() as patch:
        patch.setattr("lakehouse.writing.publish.append", hungry)
        with pytest.raises(SetupError, match=r"bronze\.lines: Spark has not enough memory.*Remedy: raise"):
            write(lake, spark, lines, Request("hungry"))
    goes_on()


def test_where_the_lock_does_not_reach_a_conflict_is_read_anew(spark, lake, monkeypatch):
    from lakehouse.writing import publish

    really, tries = publish.append, []

    def beaten(publication):
        tries.append(publication)
        if len(tries) == 1:
            land(lake, "shop", "lines", [{"id": 3}], position=3)
            raise ConcurrentAppendException("files were added by another writer", None, None)
        really(publication)

    monkeypatch.setattr(publish, "append", beaten)
    outcome = write(lake, spark, lines, Request("beaten"))
    assert len(outcome.record.loads) == 2
    assert ids(lake) == [1, 2, 3]


def test_conflicts_without_end_are_an_error_by_name(spark, lake, monkeypatch):
    def beaten(_):
        raise ConcurrentAppendException("files were added by another writer", None, None)

    monkeypatch.setattr("lakehouse.writing.publish.append", beaten)
    monkeypatch.setattr("lakehouse.writing.retry._ATTEMPTS", 2)
    before = deltalog.version(lake.table(lines))
    with pytest.raises(TableError, match=r"bronze\.lines: others kept writing .*found 2 conflicts"):
        write(lake, spark, lines, Request("beaten"))
    assert deltalog.version(lake.table(lines)) == before
