"""A table that was opened is taken again while nothing has changed, and only then."""

import os
import shutil

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from deltalake.exceptions import TableNotFoundError

from lakehouse.engine.opened import newest


@pytest.fixture
def table(tmp_path):
    """A table with one row."""
    append(tmp_path / "table", 1)
    return tmp_path / "table"


def append(table, number, mode="append"):
    write_deltalake(table, pa.table({"n": [number]}), mode=mode)


def held(table):
    return sorted(DeltaTable.to_pyarrow_table(newest(table)).column("n").to_pylist())


def test_a_table_at_rest_is_opened_once(table):
    assert newest(table) is newest(table)


def test_every_commit_is_seen_by_the_next_who_asks(table):
    for number in range(2, 20):
        assert held(table) == list(range(1, number))
        append(table, number)
    assert newest(table).version() == 18


def test_a_table_built_anew_in_the_same_place_is_another(table):
    before = newest(table)
    shutil.rmtree(table)
    with pytest.raises(TableNotFoundError):
        newest(table)
    append(table, 7)
    assert newest(table) is not before
    assert held(table) == [7]


def test_a_commit_that_is_moved_aside_takes_its_rows_along(table):
    append(table, 2)
    assert held(table) == [1, 2]
    (table / "_delta_log" / f"{1:020d}.json").rename(table / "aside.json")
    assert held(table) == [1]


def test_a_commit_in_the_place_of_another_is_seen(table):
    append(table, 2)
    assert held(table) == [1, 2]
    commit = table / "_delta_log" / f"{1:020d}.json"
    lines = commit.read_bytes()
    commit.unlink()
    append(table, 3)
    assert commit.read_bytes() != lines
    assert held(table) == [1, 3]


def test_no_more_tables_are_kept_than_a_process_needs(tmp_path):
    tables = [tmp_path / f"{each}" for each in range(70)]
    for table in tables:
        append(table, 1)
        newest(table)
    assert newest(tables[-1]) is newest(tables[-1])
    first = newest(tables[0])
    os.utime(tables[0] / "_delta_log" / f"{0:020d}.json")
    assert newest(tables[0]) is not first
