"""Loads in the bucket: finding them, whatever people have done to the folders meanwhile.

A table's loads lie in ``BUCKET/SOURCE/TABLE/``: a folder each (see :mod:`lakehouse.capture.manifest`),
or bare files that somebody put there. Data files are not opened: a listing costs a look at each
folder and one small manifest. Names that begin with ``_`` or ``.`` are not looked at, so a file can be
copied under such a name and renamed when it is whole.

This module is the front door of the room: :func:`write_load`, :func:`list_loads`, :func:`count_lines`,
:func:`count_rows`.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from lakehouse.capture.counting import LineCount, count_lines
from lakehouse.capture.landing import LoadWriter, write_load
from lakehouse.capture.manifest import MANIFEST, Load, LoadFile, check_name, load_from_manifest
from lakehouse.capture.sheet_counting import count_rows
from lakehouse.errors import SourceError, explain

__all__ = [
    "LineCount",
    "Listing",
    "Load",
    "LoadFile",
    "LoadProblem",
    "LoadWriter",
    "count_lines",
    "count_rows",
    "list_loads",
    "write_load",
]

BARE_SUFFIXES = (".jsonl", ".ndjson", ".csv", ".xlsx")


@dataclass(frozen=True, slots=True)
class LoadProblem:
    """Something in the bucket that is not taken, and in one sentence why and what to do."""

    path: Path
    load_id: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Listing:
    """A table's loads in order, what could not be taken, and the copies of loads listed already."""

    loads: tuple[Load, ...]
    problems: tuple[LoadProblem, ...]
    duplicates: tuple[LoadProblem, ...]


def list_loads(bucket: Path, source: str, table: str, pattern: str = "*") -> Listing:
    """The loads of one table, ordered by position and load id; a missing folder has none.

    ``pattern`` (as in a shell) limits which bare files are taken; loads with a manifest always are.
    A load whose data files are missing or of another size than its manifest says is a problem as a
    whole: it is taken, complete, once it has been repaired.
    """
    folder = bucket / check_name(source, "source") / check_name(table, "table")
    loads: list[Load] = []
    problems: list[LoadProblem] = []
    if folder.is_dir():
        for entry in sorted(folder.iterdir()):
            if entry.name.startswith(("_", ".")):
                continue
            found: Load | LoadProblem | None
            if entry.is_dir():
                found = _folder_load(entry, source, table)
            else:
                found = _bare_file(entry, bucket, source, table) if entry.match(pattern) else None
            if isinstance(found, Load):
                loads.append(found)
            elif found:
                problems.append(found)
    kept, duplicates, conflicts = _once_each(loads)
    ordered = sorted(kept, key=lambda load: (load.position, load.load_id))
    return Listing(tuple(ordered), (*problems, *conflicts), tuple(duplicates))


def _folder_load(folder: Path, source: str, table: str) -> Load | LoadProblem:
    manifest = folder / MANIFEST
    if not manifest.is_file():
        reason = explain(
            "a folder without a manifest: half copied, or not a load",
            where=str(folder),
            expected=MANIFEST,
            remedy="copy the whole folder again, or move it out of the bucket",
        )
        return LoadProblem(folder, None, reason)
    try:
        load = load_from_manifest(manifest)
    except SourceError as error:
        return LoadProblem(manifest, None, str(error))
    if (load.source, load.table) != (source, table):
        reason = explain(
            "the load belongs to another table",
            where=str(folder),
            expected=f"{source}.{table}",
            found=f"{load.source}.{load.table}",
            remedy="move the folder to the table that its manifest names",
        )
        return LoadProblem(folder, load.load_id, reason)
    files: list[LoadFile] = []
    for file in load.files:
        present = _locate(file, load.files)
        if isinstance(present, str):
            return LoadProblem(file.path, load.load_id, present)
        files.append(present)
    return replace(load, files=tuple(files))


def _locate(file: LoadFile, declared: Iterable[LoadFile]) -> LoadFile | str:
    """Where the file lies now: under its name, or renamed beside it; else what is wrong."""
    if file.path.is_file():
        size = file.path.stat().st_size
        if size == file.bytes:
            return file
        return explain(
            "a file of the load is damaged or not yet whole",
            where=str(file.path),
            expected=f"{file.bytes} bytes",
            found=f"{size} bytes",
            remedy="copy the file again",
        )
    known = {part.path for part in declared}
    for other in sorted(file.path.parent.iterdir()):
        # The size first: hashing is the one thing here that reads data.
        renamed = other not in known and other.is_file() and other.stat().st_size == file.bytes
        if renamed and _sha256(other) == file.sha256:
            return replace(file, path=other)
    return explain(
        "a file of the load is missing",
        where=str(file.path),
        expected=f"{file.bytes} bytes with sha256 {file.sha256}",
        found="no such file under this or another name",
        remedy="copy the file into the folder again",
    )


def _bare_file(path: Path, bucket: Path, source: str, table: str) -> Load | LoadProblem:
    suffix = path.with_suffix("").suffix if path.suffix == ".gz" else path.suffix
    if suffix not in BARE_SUFFIXES:
        reason = explain(
            "a file that is not a known format",
            where=str(path),
            expected=f"a name ending in {', '.join(BARE_SUFFIXES)}, perhaps with .gz",
            remedy="rename it, or move it out of the bucket",
        )
        return LoadProblem(path, None, reason)
    position = path.stat().st_mtime_ns // 1000
    changed_at = datetime.fromtimestamp(0, UTC) + timedelta(microseconds=position)
    return Load(
        load_id=path.relative_to(bucket).as_posix(),
        source=source,
        table=table,
        kind="file",
        position=position,
        extracted_at=changed_at,
        arrived_at=changed_at,
        files=(LoadFile(path, None, None, None),),
    )


def _once_each(loads: list[Load]) -> tuple[list[Load], list[LoadProblem], list[LoadProblem]]:
    """Keep one folder per load id (the one of that name first); the rest are copies, or conflicts."""
    kept: dict[str, Load] = {}
    duplicates: list[LoadProblem] = []
    conflicts: list[LoadProblem] = []
    for load in sorted(loads, key=lambda load: _folder(load).name != load.load_id):
        first = kept.setdefault(load.load_id, load)
        if first is load:
            continue
        if _content(first) == _content(load):
            reason = explain(
                f"a copy of load {load.load_id}, which is taken once",
                where=str(_folder(load)),
                remedy=f"remove it; the load is taken from {_folder(first).name}",
            )
            duplicates.append(LoadProblem(_folder(load), load.load_id, reason))
        else:
            reason = explain(
                f"claims to be load {load.load_id} but holds other data",
                where=str(_folder(load)),
                expected=f"the files of {_folder(first).name}",
                remedy="give one of the two a load_id of its own in its manifest",
            )
            conflicts.append(LoadProblem(_folder(load), load.load_id, reason))
    return list(kept.values()), duplicates, conflicts


def _folder(load: Load) -> Path:
    return load.files[0].path.parent


def _content(load: Load) -> list[str | None]:
    return [file.sha256 for file in load.files]


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
