import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from lakehouse.engine.storage import sync_commit, table_lock
from lakehouse.errors import TableLocked

HOLD = """
import sys, time
from pathlib import Path
from lakehouse.engine.storage import table_lock
with table_lock(Path(sys.argv[1]), "silver.orders"):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path):
    """Another process that holds the lock."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path / "orders.lock")],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[3],
    )
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.communicate()


def test_a_second_process_is_told_who_holds_the_lock_and_what_to_do(holder, tmp_path):
    with (
        pytest.raises(TableLocked, match=rf"silver\.orders: .*by process {holder.pid}.*Remedy: wait"),
        table_lock(tmp_path / "orders.lock", "silver.orders", wait=0.2),
    ):
        pytest.fail("two processes hold the lock")


def test_a_killed_process_frees_its_lock(holder, tmp_path):
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    with table_lock(tmp_path / "orders.lock", "silver.orders", wait=5):
        assert (tmp_path / "orders.lock").read_text() == f"process {os.getpid()}\n"


def test_locks_of_two_tables_do_not_meet_and_an_error_frees_the_lock(tmp_path):
    with table_lock(tmp_path / "a", "a", wait=0), table_lock(tmp_path / "b", "b", wait=0):
        pass
    with pytest.raises(ZeroDivisionError), table_lock(tmp_path / "a", "a", wait=0):
        _ = 1 / 0
    with table_lock(tmp_path / "a", "a", wait=0):
        pass


def test_everything_a_commit_adds_is_synced_and_the_commit_before_the_folders(tmp_path, monkeypatch):
    synced = []
    monkeypatch.setattr(os, "fsync", lambda handle: synced.append(Path(f"/proc/self/fd/{handle}").readlink()))
    log = tmp_path / "_delta_log"
    files = ["day=2026-01-01/a b.parquet", "_change_data/c.parquet", "deletion_vector_1.bin"]
    for name in files:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    vector = {"storageType": "u", "pathOrInlineDv": "x"}
    actions = [
        {"commitInfo": {}},
        {"add": {"path": "day=2026-01-01/a%20b.parquet", "deletionVector": vector}},
        {"cdc": {"path": "_change_data/c.parquet"}},
        {"remove": {"path": "gone.parquet"}},
    ]
    log.mkdir()
    (log / f"{3:020d}.json").write_text("\n".join(json.dumps(action) for action in actions))

    sync_commit(tmp_path, 3)

    names = [str(path.relative_to(tmp_path)) for path in synced]
    commit = names.index(f"_delta_log/{3:020d}.json")
    assert set(names[:commit]) == set(files)
    assert set(names[commit + 1 :]) == {".", "_delta_log", "day=2026-01-01", "_change_data"}
