"""Writing a load into the bucket so that it is there whole or not at all.

The files are written under ``BUCKET/_incoming/``, synced to disk, the manifest last; then the folder
is renamed to its place and the folders above are synced. A reader, which never looks at
``_incoming``, cannot meet half a load, whatever moment the writer or the machine dies at.
"""

import contextlib
import hashlib
import shutil
import time
import uuid
import zlib
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Self

from lakehouse.capture.manifest import (
    KINDS,
    MANIFEST,
    Load,
    LoadFile,
    check_load_id,
    check_name,
    load_from_manifest,
    manifest_of,
)
from lakehouse.errors import SetupError, SourceError, explain
from lakehouse.files import sync_folder, to_disk

__all__ = ["INCOMING", "LoadWriter", "write_load"]

INCOMING = "_incoming"
_PART_BYTES = 256 << 20  # a gzip file cannot be split: this bounds the work of one reading task
_BUFFER_BYTES = 256 << 10
_GZIP_LEVEL = 4
_ABANDONED_SECONDS = 24 * 3600


def write_load(
    bucket: Path,
    source: str,
    table: str,
    lines: Iterable[bytes],
    *,
    kind: str,
    position: int,
    extracted_at: datetime,
    load_id: str | None = None,
    high_water: str | None = None,
    fingerprint: str | None = None,
) -> Load:
    """Write ``lines`` (one JSON object each, without line feed) as one load; see :class:`Load`.

    No lines at all is a load of an empty table. Raises :class:`SourceError` for a name, kind, time
    or position that cannot be, or a load id that is already there; :class:`SetupError` when the
    bucket cannot be written (disk full, permissions), and then leaves nothing behind.
    """
    load = Load(
        load_id=check_load_id(load_id or new_load_id(table, position, extracted_at)),
        source=check_name(source, "source"),
        table=check_name(table, "table"),
        kind=_check_kind(kind),
        position=position,
        extracted_at=_check_time(extracted_at),
        arrived_at=extracted_at,
        files=(),
        high_water=high_water,
        fingerprint=fingerprint,
    )
    if position < 0:
        raise SourceError(explain("a load's position is below zero", where=f"{source}.{table}"))
    try:
        with LoadWriter(bucket) as writer:
            for line in lines:
                writer.write(line)
            return writer.publish(load)
    except OSError as error:
        raise SetupError(
            explain(
                f"the load cannot be written: {error.strerror or error}",
                where=str(bucket),
                expected="a folder with space that this user may write to",
                remedy="free some space or fix the permissions, then run it again; no half load was left",
            )
        ) from error


def new_load_id(table: str, position: int, extracted_at: datetime) -> str:
    """An id nobody else makes, that sorts by time where two positions are equal."""
    return f"{table}-{extracted_at.astimezone(UTC):%Y%m%dT%H%M%SZ}-{position:x}-{uuid.uuid4().hex[:8]}"


class _Part:
    """A gzip file being written, with its checksum as it goes to disk."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.file: BinaryIO = path.open("xb")
        self.rows = 0
        self.unpacked = 0
        # No time and no name in the header: equal lines give equal files.
        self.packer = zlib.compressobj(_GZIP_LEVEL, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
        self.digest = hashlib.sha256()
        self.pending: list[bytes] = []
        self.pending_bytes = 0

    def add(self, line: bytes) -> None:
        self.pending.append(line)
        self.rows += 1
        self.pending_bytes += len(line) + 1
        if self.pending_bytes >= _BUFFER_BYTES:
            self.drain()

    def drain(self) -> None:
        if self.pending:
            self.pending.append(b"")
            self._out(self.packer.compress(b"\n".join(self.pending)))
            self.unpacked += self.pending_bytes
            self.pending, self.pending_bytes = [], 0

    def _out(self, packed: bytes) -> None:
        self.digest.update(packed)
        self.file.write(packed)

    def close(self) -> LoadFile:
        self.drain()
        self._out(self.packer.flush())
        to_disk(self.file)
        size = self.file.tell()
        self.file.close()
        return LoadFile(self.path, self.rows, size, self.digest.hexdigest())


class LoadWriter:
    """A load in the making. As a context manager: what is not published on leaving is removed."""

    def __init__(self, bucket: Path) -> None:
        self._bucket = bucket
        self._staging = bucket / INCOMING / uuid.uuid4().hex
        self._files: list[LoadFile] = []
        self._part: _Part | None = None

    def __enter__(self) -> Self:
        _sweep_abandoned(self._bucket / INCOMING)
        self._staging.mkdir(parents=True)
        return self

    def __exit__(self, *_: object) -> None:
        if self._part:
            self._part.file.close()
        shutil.rmtree(self._staging, ignore_errors=True)

    def write(self, line: bytes) -> None:
        """Add one line; a line feed inside it would make two, and is refused."""
        if b"\n" in line:
            raise SourceError(
                explain("a line of a load holds a line feed", expected="one JSON object a line")
            )
        part = self._part or self._open_part()
        part.add(line)
        if part.unpacked >= _PART_BYTES:
            self._close_part()

    def publish(self, load: Load) -> Load:
        """Finish the files, write the manifest and put the folder in its place, all at once."""
        if self._part or not self._files:
            self._part = self._part or self._open_part()
            self._close_part()
        folder = self._bucket / load.source / load.table / load.load_id
        manifest = self._staging / MANIFEST
        with manifest.open("xb") as file:
            file.write(manifest_of(replace(load, files=tuple(self._files))))
            to_disk(file)
        sync_folder(self._staging)
        folder.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._staging.rename(folder)
        except OSError as error:
            if not folder.exists():
                raise
            raise SourceError(
                explain(
                    f"there is a load {load.load_id} already",
                    where=str(folder.parent),
                    remedy="give this one an id of its own",
                )
            ) from error
        for parent in (folder.parent, folder.parent.parent, self._bucket):
            sync_folder(parent)
        return load_from_manifest(folder / MANIFEST)

    def _open_part(self) -> _Part:
        path = self._staging / f"part-{len(self._files):05d}.jsonl.gz"
        self._part = _Part(path)
        return self._part

    def _close_part(self) -> None:
        if self._part:
            self._files.append(self._part.close())
            self._part = None


def _sweep_abandoned(incoming: Path) -> None:
    """Remove what writers that were killed left behind, once nothing in it has moved for a day."""
    if not incoming.is_dir():
        return
    horizon = time.time() - _ABANDONED_SECONDS
    for folder in incoming.iterdir():
        with contextlib.suppress(FileNotFoundError):  # its writer has just published it
            if max(entry.stat().st_mtime for entry in (folder, *folder.iterdir())) < horizon:
                shutil.rmtree(folder, ignore_errors=True)


def _check_kind(kind: str) -> str:
    if kind not in KINDS:
        raise SourceError(explain("unknown kind of load", expected=" or ".join(KINDS), found=repr(kind)))
    return kind


def _check_time(time: datetime) -> datetime:
    if time.tzinfo is None:
        raise SourceError(
            explain("a load's time has no zone", expected="for instance datetime.now(UTC)", found=repr(time))
        )
    return time
