"""How much lies in some folders, told without looking at more of it than is needed."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

__all__ = ["holds_less"]

_LEAST = 4096  # what a file of one byte costs a reader, in bytes
_UNPACKED = 8  # bytes of text in a byte of a packed file


def holds_less(folders: Iterable[Path], limit: int) -> bool:
    """Whether all files in these folders together have less than ``limit`` bytes, unpacked.

    A folder that is not there holds nothing; one that is elsewhere, or cannot be read, may hold anything.
    The walk ends where the limit is reached.
    """
    found = 0
    try:
        for folder in folders:
            for size in _sizes(folder):
                found += size
                if found >= limit:
                    return False
    except OSError:
        return False
    return True


def _sizes(folder: Path) -> Iterator[int]:
    try:
        entries = list(os.scandir(folder))
    except FileNotFoundError:
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            yield from _sizes(Path(entry.path))
        elif entry.is_dir():
            raise NotADirectoryError(entry.path)
        else:
            yield _size(entry)


def _size(entry: os.DirEntry[str]) -> int:
    try:
        size = entry.stat().st_size
    except FileNotFoundError:  # taken away meanwhile
        return 0
    return max(_LEAST, size * _UNPACKED if entry.name.endswith(".gz") else size)
