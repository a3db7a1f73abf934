"""One writer a table, across processes."""

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lakehouse.errors import TableLocked, explain

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

__all__ = ["is_locked", "table_lock"]

_POLL = 0.05  # seconds between two tries to take a lock


@contextmanager
def table_lock(
    file: Path, table: str, *, spark: "SparkSession | None" = None, wait: float = 600.0
) -> Iterator[None]:
    """Hold the write lock of a table, across processes; the system frees it if we are killed.

    Spark's log store for local disks checks for a commit file and then renames over it, so two
    processes can lose each other's commits. One lock a table closes that.

    A Java process outlives the Python that started it by a moment, long enough to finish a commit. So
    with ``spark`` it holds a second lock, which is free only once that process is gone.

    Args:
        file: the lock file; it stays, its content names the holder for a reader of the error.
        table: the table's name, for the error.
        spark: the session that will write; None where no Spark writes under the lock.
        wait: seconds to wait for another holder before :class:`TableLocked`.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + wait
    handle = os.open(file, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        while not _taken(handle) or not _engine_gone(file):
            if time.monotonic() > deadline:
                raise TableLocked(
                    explain(
                        f"the table is being written by {_holder(handle)}",
                        where=table,
                        expected=f"the lock within {wait:.0f} s",
                        remedy="wait for that run, or stop it; a killed process frees the lock by itself",
                    )
                )
            time.sleep(_POLL)
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"process {os.getpid()}\n".encode(), 0)
        channel = _engine_lock(spark, file) if spark is not None else None
        try:
            yield
        finally:
            if channel is not None:
                _let_go(channel)
    finally:
        os.close(handle)


def is_locked(file: Path) -> bool:
    """Whether somebody writes the table at this moment."""
    try:
        handle = os.open(file, os.O_RDWR)
    except FileNotFoundError:
        return False
    except PermissionError:
        return True  # for all we know; those who may write the table look after it
    try:
        return not _taken(handle) or not _engine_gone(file)
    finally:
        os.close(handle)


def _taken(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _holder(handle: int) -> str:
    return os.pread(handle, 200, 0).decode(errors="replace").strip() or "another process"


def _engine_file(file: Path) -> Path:
    return file.with_name(f"{file.name}.engine")


def _engine_gone(file: Path) -> bool:
    """Whether no Java process of an earlier holder is still alive; asked under the first lock."""
    handle = os.open(_engine_file(file), os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(handle)
    return True


def _engine_lock(spark: "SparkSession", file: Path) -> Any:
    """The same kind of lock, held by the Java process; it ends with the channel, or the process."""
    jvm: Any = spark._jvm  # noqa: SLF001 - the only way to a lock that the Java process itself holds
    channel = jvm.java.io.RandomAccessFile(str(_engine_file(file)), "rw").getChannel()
    channel.lock()
    return channel


def _let_go(channel: Any) -> None:
    """Close the channel; a Java process that has died has freed its lock already."""
    from py4j.protocol import Py4JError  # type: ignore[import-untyped]

    with contextlib.suppress(Py4JError):
        channel.close()
