"""Delta tables as they were opened last: a batch asks its table's log some twenty times."""

from collections import OrderedDict
from pathlib import Path
from threading import Lock
from typing import NamedTuple

from deltalake import DeltaTable

from lakehouse.engine.commitfiles import commit_file

__all__ = ["newest"]

_AT_ONCE = 64


class _Mark(NamedTuple):
    """What tells a commit's file from one that was put in its place: a table built anew, or repaired."""

    inode: int
    size: int  # bytes
    modified: int  # ns


_known: OrderedDict[Path, tuple[DeltaTable, _Mark]] = OrderedDict()
_lock = Lock()


def newest(table: Path) -> DeltaTable:
    """A table at its newest version, for reading: whoever asks next is given the same object.

    Raises what ``DeltaTable`` raises.
    """
    with _lock:
        found = _known.pop(table, None)
    if found is None or not _is_newest(table, *found):
        opened = DeltaTable(table)
        mark = _mark(table, opened.version())
        if mark is None:  # only a checkpoint tells of that version
            return opened
        found = opened, mark
    with _lock:
        _known[table] = found
        if len(_known) > _AT_ONCE:
            _known.popitem(last=False)
    return found[0]


def _is_newest(table: Path, opened: DeltaTable, mark: _Mark) -> bool:
    version = opened.version()
    return _mark(table, version) == mark and not commit_file(table, version + 1).exists()


def _mark(table: Path, version: int) -> _Mark | None:
    try:
        told = commit_file(table, version).stat()
    except FileNotFoundError:
        return None
    return _Mark(told.st_ino, told.st_size, told.st_mtime_ns)
