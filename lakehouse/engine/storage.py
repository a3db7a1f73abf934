"""Files on a local disk: one writer a table across processes, and writes that survive a power cut."""

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote

from lakehouse.errors import TableLocked, explain

__all__ = ["sync_commit", "table_lock"]

_POLL = 0.05  # seconds between two tries to take a lock


@contextmanager
def table_lock(file: Path, table: str, *, wait: float = 600.0) -> Iterator[None]:
    """Hold the write lock of a table, across processes; the system frees it if we are killed.

    Spark's log store for local disks checks for a commit file and then renames over it, so two
    processes can lose each other's commits. One lock a table closes that.

    Args:
        file: the lock file; it stays, its content names the holder for a reader of the error.
        table: the table's name, for the error.
        wait: seconds to wait for another holder before :class:`TableLocked`.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(file, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        deadline = time.monotonic() + wait
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    holder = os.pread(handle, 200, 0).decode(errors="replace").strip() or "another process"
                    raise TableLocked(
                        explain(
                            f"the table is being written by {holder}",
                            where=table,
                            expected=f"the lock within {wait:.0f} s",
                            remedy="wait for that run, or stop it; a killed process frees the lock by itself",
                        )
                    ) from None
                time.sleep(_POLL)
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"process {os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(handle)


def sync_commit(table: Path, version: int) -> None:
    """Bring a commit and every file it adds to disk, then the folders that hold them.

    Delta does not sync; until this returns, the commit is not acknowledged.
    """
    log = table / "_delta_log"
    commit = log / f"{version:020d}.json"
    folders = {log, table}
    for line in commit.read_text().splitlines():
        action = json.loads(line)
        for kind in ("add", "cdc"):
            path = action.get(kind, {}).get("path")
            if path:
                file = table / unquote(path)
                _sync(file)
                folders.add(file.parent)
        vector = action.get("add", {}).get("deletionVector") or {}
        if vector.get("storageType") == "u":
            for file in table.glob("deletion_vector_*.bin"):
                _sync(file)
    _sync(commit)
    for folder in folders:
        _sync(folder)


def _sync(path: Path) -> None:
    try:
        handle = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
