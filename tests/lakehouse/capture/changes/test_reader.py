"""What the engine sends is believed only as far as it can be counted."""

import json

import pytest

from lakehouse.capture.changes.declaration import Captured
from lakehouse.capture.changes.reader import Reader
from lakehouse.capture.changes.rolls import Rolls
from lakehouse.capture.loads import list_loads
from lakehouse.errors import CaptureError

CAPTURED = Captured("log", ["s.a", "s.b"])


@pytest.fixture
def reader(tmp_path):
    rolls = Rolls(tmp_path, CAPTURED)
    yield Reader(CAPTURED, rolls, streaming=False)
    rolls.discard()


def record(topic: str, position: int, snapshot: str = "", line: str = "{}") -> bytes:
    return f"record\t{topic}\t{position}\t{snapshot}\t{line}".encode()


def notice(kind: str, of: str = "Initial Snapshot", **data: str) -> bytes:
    said = {"type": kind, "aggregate_type": of, "additional_data": data, "timestamp": 1_700_000_000_000}
    return record("notifications", 100, line=json.dumps(said))


def scanned(table: str, rows: int) -> bytes:
    return notice(
        "TABLE_SCAN_COMPLETED", scanned_collection=table, total_rows_scanned=str(rows), status="SUCCEEDED"
    )


def loads(tmp_path, table):
    return [(load.kind, load.files[0].rows) for load in list_loads(tmp_path, "log", table).loads]


def test_a_table_lands_when_the_last_row_has_come_which_is_after_the_notice(reader, tmp_path):
    reader.take(notice("STARTED"))
    reader.take(record("log.s.a", 100, "first"))
    reader.take(scanned("s.a", 2))
    assert loads(tmp_path, "a") == []
    reader.take(scanned("s.b", 0))
    reader.take(record("log.s.a", 100, "last"))
    assert (loads(tmp_path, "a"), loads(tmp_path, "b")) == ([("full", 2)], [("full", 0)])
    assert (reader.streaming, reader.reached) == (False, 0)
    reader.take(notice("COMPLETED"))
    assert (reader.streaming, reader.reached, reader.committed_ms) == (True, 100, 1_700_000_000_000)


def test_a_snapshot_that_lacks_a_row_is_no_snapshot(reader, tmp_path):
    reader.take(record("log.s.a", 100, "first"))
    reader.take(scanned("s.a", 2))
    reader.take(scanned("s.b", 0))
    with pytest.raises(CaptureError, match=r"not complete; expected s\.a: 2 rows; found 1 of s\.a"):
        reader.take(notice("COMPLETED"))
    assert loads(tmp_path, "a") == []


def test_a_table_whose_reading_failed_does_not_land(reader, tmp_path):
    reader.take(notice("TABLE_SCAN_COMPLETED", scanned_collection="s.a", status="SQL_EXCEPTION"))
    assert loads(tmp_path, "a") == []
    with pytest.raises(CaptureError, match="not complete"):
        reader.take(notice("ABORTED"))


def test_rows_that_cannot_be_read_again_are_not_passed_over(tmp_path):
    reader = Reader(CAPTURED, Rolls(tmp_path, CAPTURED), streaming=True)
    again = {"of": "Incremental Snapshot", "scanned_collection": "s.a"}
    reader.take(notice("TABLE_SCAN_COMPLETED", status="SUCCEEDED", **again))
    assert reader.read == {"s.a"}
    with pytest.raises(CaptureError, match=r"log: s\.a.*found NO_PRIMARY_KEY"):
        reader.take(notice("TABLE_SCAN_COMPLETED", status="NO_PRIMARY_KEY", **again))


def test_a_record_of_an_unknown_table_is_an_error(reader):
    with pytest.raises(CaptureError, match=r"not captured; expected s\.a, s\.b; found log\.s\.c"):
        reader.take(record("log.s.c", 100))


def test_heartbeats_and_signals_only_show_how_far_the_log_was_read(tmp_path):
    rolls = Rolls(tmp_path, CAPTURED)
    reader = Reader(CAPTURED, rolls, streaming=True)
    reader.take(record("__debezium-heartbeat.log", 200))
    reader.take(record("log.log_capture.signals", 300))
    assert (reader.reached, rolls.began, reader.lines) == (300, None, {})
