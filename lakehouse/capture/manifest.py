"""What a load is, and the manifest that says so.

A load is a folder ``BUCKET/SOURCE/TABLE/LOAD_FOLDER/`` with gzip JSON-lines files and a
``_manifest.json``::

    {"format": 1, "source": "shop", "table": "orders", "load_id": "…", "kind": "full",
     "position": 26843545, "extracted_at": "2026-03-02T00:00:00+00:00", "rows": 2,
     "files": [{"name": "part-00000.jsonl.gz", "rows": 2, "bytes": 98, "sha256": "…"}]}

and, where whoever wrote the load wants to go on from it, ``high_water`` and ``fingerprint``. A load
*is* its ``load_id``: the folder's name, its place and its content do not matter.
"""

import contextlib
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lakehouse.errors import SourceError, explain

__all__ = ["KINDS", "MANIFEST", "Load", "LoadFile", "check_name", "load_from_manifest", "manifest_of"]

MANIFEST = "_manifest.json"
FORMAT = 1
KINDS = ("full", "incremental")

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_LOAD_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class LoadFile:
    """One file of a load; rows, bytes and checksum as the manifest says, None for a bare file."""

    path: Path
    rows: int | None
    bytes: int | None
    sha256: str | None


@dataclass(frozen=True, slots=True)
class Load:
    """One delivery of one table.

    ``kind`` is ``full`` (the whole table: what is missing was deleted), ``incremental`` (new and
    changed rows) or ``file`` (a bare file somebody put there). ``position`` orders the loads of a
    table and comes from the source's own log, or for a bare file from its time in microseconds.
    ``extracted_at`` is when the source was read, ``arrived_at`` when the load was complete in the
    bucket, both in UTC. ``high_water`` and ``fingerprint`` are the writer's own marks.
    """

    load_id: str
    source: str
    table: str
    kind: str
    position: int
    extracted_at: datetime
    arrived_at: datetime
    files: tuple[LoadFile, ...]
    high_water: str | None = None
    fingerprint: str | None = None

    @property
    def rows(self) -> int:
        """The rows of all its files, as the manifest says; a bare file tells none."""
        return sum(file.rows or 0 for file in self.files)


def check_name(name: str, what: str) -> str:
    """``name`` if it may name a source or table, which become folders; else :class:`SourceError`."""
    if not _NAME.fullmatch(name):
        raise SourceError(
            explain(
                f"not a valid {what} name",
                expected="small letters, digits and underscores, starting with a letter",
                found=repr(name),
                remedy=f"rename the {what}",
            )
        )
    return name


def check_load_id(load_id: str) -> str:
    """``load_id`` if it may name a folder, else :class:`SourceError`."""
    if not _LOAD_ID.fullmatch(load_id):
        raise SourceError(
            explain(
                "not a valid load id",
                expected="up to 200 letters, digits, dots, dashes and underscores, no dash or dot first",
                found=repr(load_id),
                remedy="leave load_id out, or choose another",
            )
        )
    return load_id


def manifest_of(load: Load) -> bytes:
    """The manifest's text."""
    manifest: dict[str, Any] = {
        "format": FORMAT,
        "source": load.source,
        "table": load.table,
        "load_id": load.load_id,
        "kind": load.kind,
        "position": load.position,
        "extracted_at": load.extracted_at.astimezone(UTC).isoformat(),
        "rows": load.rows,
        "files": [
            {"name": file.path.name, "rows": file.rows, "bytes": file.bytes, "sha256": file.sha256}
            for file in load.files
        ],
    }
    if load.high_water is not None:
        manifest["high_water"] = load.high_water
    if load.fingerprint is not None:
        manifest["fingerprint"] = load.fingerprint
    return json.dumps(manifest, indent=1).encode() + b"\n"


def load_from_manifest(path: Path) -> Load:
    """Read a manifest; its files' paths are where it says they are, not yet looked for.

    Raises :class:`SourceError` with what is wrong with the text. Unknown fields are let pass: a
    later writer may add some without changing the format.
    """
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise _wrong(path, "readable JSON", error) from None
    if not isinstance(found, dict):
        raise _wrong(path, "a JSON object", type(found).__name__)
    if found.get("format") != FORMAT:
        raise _wrong(path, f"format {FORMAT}", f"format {found.get('format')!r}")
    files = found.get("files")
    if not isinstance(files, list) or not files:
        raise _wrong(path, "a list of at least one file in 'files'", repr(files))
    parts = tuple(_file(path, part) for part in files)
    if len({part.path for part in parts}) != len(parts):
        raise _wrong(path, "each file named once", "a name twice in 'files'")
    if _count(path, found, "rows") != sum(part.rows or 0 for part in parts):
        raise _wrong(path, "'rows' to be the sum of the files' rows", found["rows"])
    if found.get("kind") not in KINDS:
        raise _wrong(path, f"'kind' to be one of {', '.join(KINDS)}", repr(found.get("kind")))
    load_id = _text(path, found, "load_id")
    if not _LOAD_ID.fullmatch(load_id):
        raise _wrong(path, "'load_id' of letters, digits, dots, dashes, underscores", repr(load_id))
    return Load(
        load_id=load_id,
        source=_text(path, found, "source"),
        table=_text(path, found, "table"),
        kind=found["kind"],
        position=_count(path, found, "position"),
        extracted_at=_time(path, _text(path, found, "extracted_at")),
        arrived_at=datetime.fromtimestamp(path.stat().st_mtime, UTC),
        files=parts,
        high_water=_text(path, found, "high_water") if "high_water" in found else None,
        fingerprint=_text(path, found, "fingerprint") if "fingerprint" in found else None,
    )


def _file(manifest: Path, part: object) -> LoadFile:
    if not isinstance(part, dict):
        raise _wrong(manifest, "an object for each file", repr(part))
    name = _text(manifest, part, "name")
    # A manifest is input: a name must not lead out of the load's folder.
    if name != Path(name).name or name in {"..", MANIFEST}:
        raise _wrong(manifest, "a plain file name", repr(name))
    sha256 = _text(manifest, part, "sha256")
    if not _SHA256.fullmatch(sha256):
        raise _wrong(manifest, "'sha256' of 64 hexadecimal digits", repr(sha256))
    return LoadFile(
        manifest.parent / name, _count(manifest, part, "rows"), _count(manifest, part, "bytes"), sha256
    )


def _text(manifest: Path, found: dict[str, Any], field: str) -> str:
    value = found.get(field)
    if not isinstance(value, str) or not value:
        raise _wrong(manifest, f"a text in '{field}'", repr(value))
    return value


def _count(manifest: Path, found: dict[str, Any], field: str) -> int:
    value = found.get(field)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**63:
        raise _wrong(manifest, f"a whole number of 0 or more in '{field}'", repr(value))
    return value


def _time(manifest: Path, text: str) -> datetime:
    with contextlib.suppress(ValueError):
        time = datetime.fromisoformat(text)
        if time.tzinfo is not None:
            return time.astimezone(UTC)
    raise _wrong(manifest, "'extracted_at' as an ISO time with its zone", repr(text))


def _wrong(manifest: Path, expected: str, found: object) -> SourceError:
    return SourceError(
        explain(
            "the load's manifest cannot be used",
            where=str(manifest),
            expected=expected,
            found=found,
            remedy="deliver the load again, or move its folder out of the bucket",
        )
    )
