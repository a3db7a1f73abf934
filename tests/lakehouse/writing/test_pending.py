import pyarrow as pa
import pyspark.sql.types as T
import pytest
from deltalake import CommitProperties, write_deltalake

from lakehouse import Contract, Field, Files, Upsert, bronze, changes, silver
from lakehouse.engine import deltalog
from lakehouse.engine.durability import acknowledge
from lakehouse.testing import small_lake
from lakehouse.writing.pending import pending
from lakehouse.writing.record import CommitRecord, InputRead
from lakehouse.writing.request import Request


class Row(Contract):
    """One row per id."""

    id: T.LongType() = Field(key=True)


@bronze(contract=Row, source=Files("shop", "rows"), owner="team:shop")
def rows(dump):
    return dump


@silver(contract=Row, write=Upsert(sequence_by="id"), owner="team:shop", reads={"rows": changes()})
def newest(rows):
    return rows


@pytest.fixture
def lake(tmp_path):
    """A lake in which ``newest`` has read ``rows`` up to version 1; nothing of it is JVM's work."""
    lake = small_lake(tmp_path, rows, newest)
    for version in (0, 1):
        commit(lake, rows, version, rows_written=1)
    commit(lake, newest, 0, inputs={"rows": InputRead("changes", 1)})
    return lake


def commit(lake, dataset, version, *, acknowledged=True, **says):
    mode, table = dataset.mode.name, lake.table(dataset)
    record = CommitRecord(f"b{version}", "r", dataset.full_name, mode, "incremental", "c", "c", **says)
    about = CommitProperties(custom_metadata={"userMetadata": record.to_json()})
    write_deltalake(table, pa.table({"id": [version]}), mode="append", commit_properties=about)
    if acknowledged:
        acknowledge(table, version)


def test_a_batch_builds_on_no_version_of_an_input_that_a_power_cut_may_take_back(lake):
    commit(lake, rows, 2, acknowledged=False, rows_written=1)
    assert not pending(lake, newest, Request("plan")).anything
    acknowledge(lake.table(rows), 2)
    assert pending(lake, newest, Request("plan")).inputs["rows"] == InputRead("changes", 2, 1)


def test_a_commit_that_its_writer_could_not_acknowledge_is_something_to_do(lake):
    commit(lake, newest, 1, acknowledged=False)
    assert pending(lake, newest, Request("plan")).reasons == (
        "a writer was stopped before it acknowledged its commit",
    )


def test_an_input_that_was_built_anew_is_read_whole(lake):
    table = lake.table(rows)
    table.rename(table.with_name("lost"))
    commit(lake, rows, 0, rows_written=1)
    assert deltalog.version(table) == 0
    todo = pending(lake, newest, Request("plan"))
    assert (todo.whole, todo.reasons) == (True, ("rows: the table was built anew, read whole",))
