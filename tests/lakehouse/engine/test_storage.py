import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from lakehouse.engine.storage import is_locked, table_lock
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


def test_a_lock_is_free_only_once_the_java_process_of_its_holder_is_gone(spark, tmp_path):
    file = tmp_path / "orders.lock"
    with table_lock(file, "silver.orders", spark=spark):
        assert is_locked(file)
        assert not is_locked(tmp_path / "other.lock")
    assert not is_locked(file)
    engine = spark._jvm.java.io.RandomAccessFile(f"{file}.engine", "rw").getChannel()
    engine.lock()  # what an orphan of a killed process still holds
    with (
        pytest.raises(TableLocked, match=r"silver\.orders"),
        table_lock(file, "silver.orders", spark=spark, wait=0.2),
    ):
        pytest.fail("the orphan may still commit")
    engine.close()
    with table_lock(file, "silver.orders", spark=spark, wait=5):
        pass
