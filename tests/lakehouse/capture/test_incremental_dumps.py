"""What changed since the last dump: nothing missed, whatever clocks and transactions do."""

from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from lakehouse.capture.dumps import TableDump, dump_table
from lakehouse.capture.loads import list_loads
from lakehouse.errors import SourceError

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
CHANGES = TableDump("things", "incremental", "updated_at")


@pytest.fixture
def dump(connection_url, bucket):
    """A function that dumps what changed since the last dump, at noon."""
    return lambda declared=CHANGES: dump_table(connection_url, bucket, "shop", declared, now=NOW)


def test_an_incremental_dump_takes_what_changed(things, dump, put, rows_of, ids_of):
    put(things, 1, 60)
    put(things, 2, 30)
    assert ids_of(dump()) == [1, 2]
    put(things, 1, 10, "changed")
    put(things, 3, 9)
    load = dump()
    assert [(row["id"], row["name"]) for row in rows_of(load)] == [(1, "changed"), (2, "x"), (3, "x")]
    put(things, 4, 1)
    assert ids_of(dump()) == [1, 3, 4]


def test_an_incremental_dump_without_changes_writes_nothing(things, dump, bucket, put):
    assert dump() is None
    put(things, 1, 60)
    assert dump() is not None
    assert dump() is None
    assert len(list_loads(bucket, "shop", "things").loads) == 1


def test_a_transaction_that_commits_late_is_caught_by_the_overlap(things, connection_url, dump, put, ids_of):
    put(things, 1, 60)
    with psycopg.connect(connection_url) as slow:
        put(slow, 2, 63)
        assert ids_of(dump()) == [1]
    assert ids_of(dump()) == [1, 2]


def test_the_overlap_is_the_tables_own(things, dump, put, ids_of):
    wide = TableDump("things", "incremental", "updated_at", overlap=timedelta(hours=2))
    for key, minutes in ((1, 60), (2, 30)):
        put(things, key, minutes)
        found = dump(wide)
    assert ids_of(found) == [1, 2]


def test_a_change_time_ahead_of_the_clock_hides_no_later_change(things, dump, put, ids_of):
    put(things, 1, -10 * 365 * 24 * 60)
    put(things, 2, 60)
    load = dump()
    assert load is not None
    assert load.high_water == "2026-05-01T11:00:00+00:00"
    assert dump() is None
    put(things, 3, 10)
    assert ids_of(dump()) == [1, 2, 3]


def test_rows_without_a_change_time_are_always_taken(things, dump, put, ids_of):
    put(things, 1, 60)
    assert ids_of(dump()) == [1]
    put(things, 2, None)
    assert ids_of(dump()) == [1, 2]
    assert dump() is None


def test_when_the_newest_load_is_damaged_its_rows_are_taken_again(things, dump, put, ids_of):
    put(things, 1, 60)
    dump()
    put(things, 2, 30)
    lost = dump()
    assert lost is not None
    lost.files[0].path.unlink()
    put(things, 3, 10)
    assert ids_of(dump()) == [1, 2, 3]


def test_an_incremental_dump_goes_on_from_a_full_one(things, dump, put, ids_of):
    put(things, 1, 60)
    dump(TableDump("things", "full", "updated_at"))
    put(things, 2, 10)
    put(things, 3, 300)  # changed long ago, by its own account: not to be found by change time
    assert ids_of(dump()) == [1, 2]


@pytest.mark.parametrize("column", ["name", "missing"])
def test_a_change_column_that_does_not_fit_is_refused(things, dump, column):
    with pytest.raises(SourceError, match=rf"shop\.things\.{column}: the change column does not fit"):
        dump(TableDump("things", "incremental", column))
