"""What is acknowledged is on disk: a commit, every file it needs, every folder that holds one of them.

Delta syncs nothing, and a power cut takes what the system had not written yet. :func:`acknowledge` syncs
and then writes down, in ``_delta_log/_acknowledged``, up to which version the table is known to be on
disk. A commit above that version was never reported as done, whatever a power cut has left of it;
one at or below it is never touched.

The note has two slots of one line each, written in turn and in place: the older one outlives a torn
write, and a full disk cannot stop it.
"""

import os
import re
import zlib
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from lakehouse.engine.commitfiles import commit_file, log_folder, needed_files, sums_of
from lakehouse.errors import TableError, explain
from lakehouse.files import sync_folder

__all__ = ["Acknowledged", "acknowledge", "acknowledged"]

_NOTE = "_acknowledged"
_LINE = re.compile(rb"(\d{20} \d{12}) ([0-9a-f]{8})\n")
_SLOT = 20 + 1 + 12 + 1 + 8 + 1  # bytes: version, size, checksum
_THREADS = 8


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The newest version known to be on disk, and the size of its commit file in bytes."""

    version: int
    size: int


def acknowledged(table: Path) -> Acknowledged | None:
    """What the table's note says, or None where there is none: a new table, or one made by another tool."""
    slots = [slot for slot in _slots(log_folder(table)) if slot is not None]
    return max(slots, key=lambda slot: slot.version, default=None)


def acknowledge(table: Path, version: int) -> None:
    """Bring all commits up to ``version`` to disk, with every file they add, and write that down.

    Raises :class:`TableError` where a file that a commit adds is not there.
    """
    before = acknowledged(table)
    if before is not None and before.version >= version:
        return
    versions = range(before.version + 1 if before else version, version + 1)
    log = log_folder(table)
    needed = [file for each in versions for file in needed_files(table, each)]
    _sync([*needed, *(commit_file(table, each) for each in versions)], table=table)
    beside = [sums_of(file) for file in needed] + list(_log_files(log, set(versions)))
    _sync(beside)
    _sync(_folders(needed, table) if before else {*_folders(needed, table), *table.parents})
    _note(log, Acknowledged(version, commit_file(table, version).stat().st_size))


def _log_files(log: Path, versions: set[int]) -> Iterator[Path]:
    """What the log holds of some versions beside the commits: checkpoints, checksums, their notes."""
    with os.scandir(log) as entries:
        for entry in entries:
            number = re.search(r"\d{20}", entry.name)
            if entry.name.strip(".").startswith("_last_checkpoint") or (
                number and int(number.group()) in versions
            ):
                yield Path(entry.path)


def _folders(files: Iterable[Path], table: Path) -> set[Path]:
    """The folders of some files of a table, up to the table's own, and its log."""
    folders = {table, log_folder(table)}
    for file in files:
        folders |= {folder for folder in file.parents if folder.is_relative_to(table)} or {file.parent}
    return folders


def _sync(paths: Iterable[Path], *, table: Path | None = None) -> None:
    """Sync files or folders, a few at a time; ``table`` where each must be there."""
    with ThreadPoolExecutor(_THREADS) as threads:
        missing = [path for path in threads.map(_sync_one, paths) if path is not None]
    if missing and table is not None:
        raise TableError(
            explain(
                "a commit adds a file that is not there; it is not acknowledged",
                where=str(table),
                found=f"no {missing[0].relative_to(table)}",
                remedy="only the road may write or clean this folder; run the table again",
            ),
        )


def _sync_one(path: Path) -> Path | None:
    """Sync one; gives the path where there is nothing to sync."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return path
    except PermissionError:
        if path.is_dir():  # a folder far above the lake that is not ours, so neither is what was made in it
            return None
        raise
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
    return None


def _slots(log: Path) -> list[Acknowledged | None]:
    try:
        text = (log / _NOTE).read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return [None, None]
    return [_parsed(text[start : start + _SLOT]) for start in (0, _SLOT)]


def _parsed(line: bytes) -> Acknowledged | None:
    match = _LINE.fullmatch(line)
    if match is None or int(match[2], 16) != zlib.crc32(match[1]):
        return None
    version, size = match[1].split()
    return Acknowledged(int(version), int(size))


def _note(log: Path, what: Acknowledged) -> None:
    first, second = _slots(log)
    older = 0 if first is None or (second is not None and first.version < second.version) else 1
    body = f"{what.version:020d} {what.size:012d}".encode()
    handle = os.open(log / _NOTE, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        os.pwrite(handle, b"%b %08x\n" % (body, zlib.crc32(body)), older * _SLOT)
        os.fsync(handle)
    finally:
        os.close(handle)
    if first is None and second is None:
        sync_folder(log)
