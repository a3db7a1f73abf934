"""Loads of change capture: in the order they were written, transactions last, nobody else's beside."""

from datetime import UTC, datetime

import pytest

from lakehouse.capture.changes.declaration import Captured
from lakehouse.capture.changes.rolls import Rolls
from lakehouse.capture.loads import list_loads, write_load
from lakehouse.errors import SourceError

CAPTURED = Captured("log", ["s.a", "s.z"])


def loads(bucket, table):
    return [(load.position, load.kind) for load in list_loads(bucket, "log", table).loads]


def test_a_roll_lands_with_the_transactions_last(tmp_path):
    rolls = Rolls(tmp_path, CAPTURED)
    for table in ("transactions", "z", "a", "z"):
        rolls.change(table, b"{}")
    assert not list(tmp_path.glob("log"))
    assert [(load.table, load.files[0].rows) for load in rolls.publish(100)] == [
        ("a", 1),
        ("z", 2),
        ("transactions", 1),
    ]
    assert (rolls.bytes, rolls.began) == (0, None)
    assert rolls.publish(200) == []


def test_positions_grow_also_when_the_log_is_read_again_from_before(tmp_path):
    rolls = Rolls(tmp_path, CAPTURED)
    for reached in (100, 200, 150):
        rolls.change("a", b"{}")
        rolls.publish(reached)
    assert loads(tmp_path, "a") == [(100, "incremental"), (200, "incremental"), (201, "incremental")]
    again = Rolls(tmp_path, CAPTURED)
    again.change("z", b"{}")
    again.publish(120)
    assert loads(tmp_path, "z") == [(202, "incremental")]


def test_what_is_discarded_was_never_there(tmp_path):
    rolls = Rolls(tmp_path, CAPTURED)
    rolls.change("a", b"{}")
    rolls.row("z", b"{}")
    rolls.discard()
    assert rolls.publish(100) == []
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_snapshot_is_a_full_load_even_without_rows(tmp_path):
    rolls = Rolls(tmp_path, CAPTURED)
    rolls.row("a", b'{"op":"r"}')
    rolls.publish_snapshot("a", 100)
    rolls.publish_snapshot("z", 100)
    assert loads(tmp_path, "a") == [(100, "full")]
    assert loads(tmp_path, "z") == [(101, "full")]


def test_a_folder_with_dumps_is_not_for_changes(tmp_path):
    write_load(tmp_path, "log", "a", [b"{}"], kind="full", position=1, extracted_at=datetime.now(UTC))
    with pytest.raises(SourceError, match="loads of another kind"):
        Rolls(tmp_path, CAPTURED)
