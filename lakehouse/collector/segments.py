"""Write-ahead files: what has been acknowledged and is not in the bucket yet.

A segment holds lines of one table, received in one window, in groups that were synced together. Before
each group stands a line with its bytes, rows and checksum::

    =00000a3f 00000003 8d1c7b02
    {"receivedAt":…}
    …

A group is whole or it was never acknowledged: the next is not begun before it is on disk. So what is
found broken is the last group, and is cut off. Bytes that this cannot explain are put beside the
segment, in a file named ``….damaged``, and never removed.
"""

import os
import re
import time
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, NamedTuple, Self
from uuid import uuid4

from lakehouse.files import sync_folder, to_disk

__all__ = ["DAMAGED", "SUFFIX", "Group", "Repair", "Segment", "SegmentName", "groups", "repair"]

SUFFIX, DAMAGED = ".segment", ".damaged"
_HEADER = re.compile(rb"=([0-9a-f]{8}) ([0-9a-f]{8}) ([0-9a-f]{8})\n")
_HEADER_BYTES = 28
_NAME = re.compile(r"(?P<table>[a-z_]+)-(?P<opened>[0-9]{8}T[0-9]{6}Z)-(?P<position>[0-9a-f]+)-[0-9a-f]{8}")


class SegmentName(NamedTuple):
    """What a segment's name says; the same name is the id of its load."""

    load_id: str
    table: str
    position: int
    opened_at: datetime

    @classmethod
    def of(cls, path: Path) -> Self | None:
        """Read a file's name; None if it names no segment. The position is its opening in microseconds."""
        found = _NAME.fullmatch(path.stem)
        if found is None or path.suffix != SUFFIX:
            return None
        position = int(found["position"], 16)
        return cls(path.stem, found["table"], position, datetime.fromtimestamp(position / 1e6, UTC))


class Group(NamedTuple):
    """Lines that were synced together, each ended by a line feed, and how many they are."""

    lines: bytes
    rows: int


class Segment:
    """A segment being written. Not for use by two threads at once."""

    def __init__(self, folder: Path, table: str, window: int) -> None:
        position = time.time_ns() // 1000
        opened = datetime.fromtimestamp(position / 1e6, UTC)
        name = f"{table}-{opened:%Y%m%dT%H%M%SZ}-{position:x}-{uuid4().hex[:8]}"
        self.path = folder / f"{name}{SUFFIX}"
        self.table, self.window = table, window
        self.size = self.rows = 0
        self._file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o640)
        sync_folder(folder)

    def append(self, group: Group) -> None:
        """Add a group, not yet synced. Raises :class:`OSError`; then call :meth:`cut_back`."""
        header = b"=%08x %08x %08x\n" % (len(group.lines), group.rows, zlib.crc32(group.lines))
        rest = memoryview(header + group.lines)
        while rest:
            rest = rest[os.write(self._file, rest) :]
        self.size += _HEADER_BYTES + len(group.lines)
        self.rows += group.rows

    def sync(self) -> None:
        """Bring everything to disk: contents and length, which is what reading them back needs."""
        os.fdatasync(self._file)

    def cut_back(self, size: int, rows: int) -> None:
        """Forget what was added since the segment had this size."""
        os.ftruncate(self._file, size)
        self.size, self.rows = size, rows

    def close(self) -> None:
        """Add nothing more."""
        os.close(self._file)


class Repair(NamedTuple):
    """What :func:`repair` found: whole rows, and bytes cut off and set aside."""

    rows: int
    torn: int
    damaged: int


def groups(path: Path) -> Iterator[Group]:
    """The whole groups of a segment, up to its end or the first that is not whole."""
    with path.open("rb") as file:
        while (group := _next(file)) is not None:
            yield group


def repair(path: Path) -> Repair:
    """Cut a closed segment back to its whole groups, usually all there is; remove it if it has none."""
    rows = good = 0
    for group in groups(path):
        rows += group.rows
        good += _HEADER_BYTES + len(group.lines)
    torn = path.stat().st_size - good
    damaged = 0
    if torn:
        with path.open("r+b") as file:
            file.seek(good)
            rest = file.read()
            if not _is_one_group(rest):
                damaged = len(rest)
                _set_aside(path.with_suffix(DAMAGED), rest)
            file.truncate(good)
            os.fsync(file.fileno())
    if not rows:
        path.unlink()
    return Repair(rows, torn - damaged, damaged)


def _next(file: BinaryIO) -> Group | None:
    found = _HEADER.fullmatch(file.read(_HEADER_BYTES))
    if found is None:
        return None
    size, rows, checksum = (int(part, 16) for part in found.groups())
    lines = file.read(size)
    if len(lines) != size or zlib.crc32(lines) != checksum:
        return None
    return Group(lines, rows)


def _is_one_group(rest: bytes) -> bool:
    """Whether these bytes can be a single group that did not get to disk: part of it, or blanks for it."""
    if len(rest) < _HEADER_BYTES or not rest.strip(b"\0"):
        return True
    found = _HEADER.match(rest)
    return found is not None and _HEADER_BYTES + int(found[1], 16) >= len(rest)


def _set_aside(path: Path, rest: bytes) -> None:
    with path.open("wb") as file:
        file.write(rest)
        to_disk(file)
    sync_folder(path.parent)
