"""Killed at any moment: nothing committed is lost, the first landings are in order, repeats may be."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from lakehouse.capture.changes import supervisor
from lakehouse.capture.changes.status import read_status
from lakehouse.errors import CaptureError, SlotLost
from tests.lakehouse.capture.changes import ledger

ROWS = 12_000
HERE = Path(__file__).parent
CAPTURE = """
import sys
from pathlib import Path
from lakehouse.capture.changes.capture import ChangeCapture
from lakehouse.capture.changes.declaration import Captured
url, bucket, home, source, *jars = sys.argv[1:]
captured = Captured(source, ["s.ledger"])
with ChangeCapture(url, Path(bucket), captured, home=Path(home), jars=[Path(jar) for jar in jars]) as capture:
    print(capture.engine_pid, flush=True)
    capture.run()
"""


@pytest.fixture(scope="module")
def place(new_place):
    return new_place(
        f"{ledger.SCHEMA}; INSERT INTO s.ledger SELECT n, 0, 0, repeat('y', 300)"
        f" FROM generate_series(1, {ROWS}) AS n",
        [ledger.TABLE],
    )


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return state.rpartition(")")[2].split()[0] != "Z"


def until(what, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_kill_in_the_snapshot_leaves_no_half_table_and_no_engine(place):
    process = subprocess.Popen(
        [sys.executable, "-c", CAPTURE, place.url, place.bucket, place.home, place.captured.source]
        + [str(jar) for jar in place.jars],
        stdout=subprocess.PIPE,
        cwd=HERE.parents[3],
    )
    engine = int(process.stdout.readline())
    parts = place.bucket / "_incoming"
    until(lambda: any(part.stat().st_size for part in parts.glob("*/part-*")))
    process.kill()
    process.wait()
    process.stdout.close()
    until(lambda: not alive(engine))
    assert place.loads("ledger") == ()
    assert place.slot("slot_name")  # left behind, and not to be built on


def test_a_killed_engine_is_started_again_and_nothing_is_lost(place):
    writer = ledger.Writer(place.admin_url)
    with place.capture() as capture:
        capture.drain(60)
        (snapshot,) = place.loads("ledger")
        assert (snapshot.kind, snapshot.files[0].rows) == ("full", ROWS)
        writer.start()
        begun = time.monotonic()
        capture.run_until(lambda: time.monotonic() - begun > 1)
        os.kill(capture.engine_pid, signal.SIGKILL)
        capture.run_until(lambda: time.monotonic() - begun > 3)
        writer.stop()
        capture.drain(60)
        missing, disorder, repeats = ledger.missing_and_disorder(place.lines("ledger"), 1, writer.number)
        assert writer.transactions > 50
        assert (missing, disorder) == ([], 0)
        assert repeats < writer.number

        threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGTERM)).start()
        capture.run()  # returns on SIGTERM


def test_an_engine_that_ends_again_and_again_ends_the_run_with_its_last_words(place, monkeypatch):
    monkeypatch.setattr(supervisor, "_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(
        supervisor, "engine_command", lambda *_, **__: ["sh", "-c", "echo no luck today >&2; exit 3"]
    )
    with pytest.raises(CaptureError, match=r"ended 5 times without getting any further; found no luck today"):
        run(place)
    assert read_status(place.home).phase == "failed"


def run(place) -> None:
    with place.capture() as capture:
        capture.run()


def test_a_slot_that_is_dropped_meanwhile_ends_the_run_by_name(place):
    def capture_while_the_slot_goes() -> None:
        with place.capture() as capture:
            os.kill(capture.engine_pid, signal.SIGKILL)
            until(lambda: place.slot("active_pid") is None)
            place.admin.execute("SELECT pg_drop_replication_slot(%s)", [place.captured.slot])
            capture.run()

    with pytest.raises(SlotLost, match="the replication slot is gone"):
        capture_while_the_slot_goes()
    status = read_status(place.home)
    assert status.phase == "failed"
    assert "start over with a new snapshot" in status.error
