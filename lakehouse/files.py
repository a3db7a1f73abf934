"""Small files that must survive: replaced whole, brought to disk, one writer at a time."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

__all__ = ["locked", "replace_text", "sync_folder", "to_disk"]


def sync_folder(folder: Path) -> None:
    """Make a folder's entries survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def to_disk(file: IO[Any]) -> None:
    """Make what was written to an open file survive a power cut; its folder's entry is another matter."""
    file.flush()
    os.fsync(file.fileno())


def replace_text(path: Path, text: str) -> None:
    """Put a text in the place of a file: a reader finds the old or the new, whole; on disk when this returns.

    Writers of one file must be of different processes or follow each other.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.partial")
    with draft.open("w", encoding="utf-8") as file:
        file.write(text)
        to_disk(file)
    draft.replace(path)
    sync_folder(path.parent)


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Hold a file's lock against other processes and threads, waiting for it; its folder is made."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
