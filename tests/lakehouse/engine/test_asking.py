import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from lakehouse.engine.asking import ask, stream
from lakehouse.errors import TableError


@pytest.fixture
def table(tmp_path):
    """A table of two commits."""
    write_deltalake(tmp_path / "t", pa.table({"id": [1, 2]}))
    write_deltalake(tmp_path / "t", pa.table({"id": [3]}), mode="append")
    return tmp_path / "t"


def test_a_folder_is_asked_at_its_newest_version(table):
    assert ask(table, "SELECT id FROM t ORDER BY id") == [{"id": 1}, {"id": 2}, {"id": 3}]


def test_a_table_that_was_opened_is_asked_at_its_own_version(table):
    assert ask(DeltaTable(table, version=0), "SELECT count(*) AS n FROM t") == [{"n": 2}]


def test_a_stream_comes_in_batches(table):
    assert sorted(id_ for batch in stream(table, "SELECT id FROM t") for id_ in batch["id"].to_pylist()) == [
        1,
        2,
        3,
    ]


def test_no_table_is_one_sentence(tmp_path):
    with pytest.raises(TableError, match="there is no table here"):
        ask(tmp_path / "nowhere", "SELECT 1 FROM t")
