"""What a capture says of itself, and when somebody should look."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from lakehouse.capture.changes.home import Home
from lakehouse.capture.changes.rolls import Rolls
from lakehouse.capture.changes.slot import read_slot
from lakehouse.capture.changes.status import Status, captures, write_status
from lakehouse.capture.changes.supervisor import Pace, Supervisor
from lakehouse.cli import app

STATUS = Status(
    source="shop_changes",
    phase="streaming",
    at=datetime(2026, 3, 1, tzinfo=UTC),
    pid=1,
    position="0/1",
    lag_bytes=2_000_000,
    lag_seconds=12.0,
    retained_bytes=3_000_000,
    safe_bytes=None,
    wal_status="reserved",
    lines={},
    error=None,
)


def now(seconds_ago: float = 0, **differently) -> Status:
    return replace(STATUS, at=datetime.now(UTC) - timedelta(seconds=seconds_ago), **differently)


def test_one_that_works_or_was_stopped_is_no_trouble():
    assert now().trouble is None
    assert replace(STATUS, phase="stopped").trouble is None


@pytest.mark.parametrize(
    ("differently", "trouble"),
    [
        ({"phase": "failed", "error": "the slot is gone"}, "the slot is gone"),
        ({"seconds_ago": 300}, "nothing heard for 300 s: nothing runs"),
        ({"safe_bytes": 1_000_000}, "the database may soon give the slot up"),
        ({"wal_status": "unreserved"}, "the database may soon give the slot up"),
    ],
)
def test_what_somebody_should_look_at(differently, trouble):
    assert now(**differently).trouble == trouble


def test_the_command_lists_every_capture_and_ends_with_1_if_one_is_in_trouble(tmp_path, monkeypatch):
    monkeypatch.setenv("LAKEHOUSE_VAR", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")
    assert "nothing has been captured" in CliRunner().invoke(app, ["capture"]).output
    folder = tmp_path / "capture" / "dev"
    for name, status in (("crm", now(source="crm")), ("shop", now(phase="failed", error="no luck"))):
        (folder / name).mkdir(parents=True)
        write_status(Home(folder / name), status)
    assert [each.source for each in captures(folder)] == ["crm", "shop_changes"]
    said = CliRunner().invoke(app, ["capture"])
    assert said.exit_code == 1
    assert "no luck" in said.output
    assert "3.0" in said.output


def test_a_slot_in_danger_is_told_once_and_once_that_it_is_safe_again(place, tmp_path):
    told = []
    watching = Supervisor(
        place.url,
        place.captured,
        Rolls(tmp_path, place.captured),
        Home(tmp_path),
        jars=place.jars,
        pace=Pace(),
        alarm=told.append,
    )
    place.admin.execute(f"SELECT pg_create_logical_replication_slot('{place.captured.slot}', 'pgoutput')")
    slot = read_slot(place.admin, place.captured.slot)
    for safe in (None, 0, 0, None, None):
        watching._slot = replace(slot, safe=safe)
        watching._warn_of_danger()
    place.admin.execute("SELECT pg_drop_replication_slot(%s)", [slot.name])
    assert told == [f"the database may soon give the slot up: it keeps {slot.retained:,} bytes of log", None]
