"""The files of a commit: what it names, and whether they are whole.

Hadoop keeps, beside every file that it writes to a local disk, a hidden one with a checksum of every
512 bytes. That tells a whole commit from one that breaks off, even where it breaks off at the end of
a line and still reads as a smaller commit.
"""

import json
import uuid
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.parquet as pq

__all__ = [
    "DataFile",
    "account",
    "actions",
    "commit_file",
    "data_files",
    "log_folder",
    "needed_files",
    "proven",
    "put_sums_in_place",
    "reads_through",
    "sums_of",
    "told_of_itself",
]

_ACCOUNT = '{"commitInfo"'
_Z85 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"
_UUID = 20  # characters of a UUID in Z85
_HEADER = 8  # bytes before the checksums: a mark, and the bytes per checksum


@dataclass(frozen=True, slots=True)
class DataFile:
    """A file that a commit adds; ``size`` in bytes. Of a deletion vector, ``offset`` says where it begins."""

    path: Path
    size: int
    offset: int | None = None


def log_folder(table: Path) -> Path:
    """The folder of a table's log."""
    return table / "_delta_log"


def commit_file(table: Path, version: int) -> Path:
    """The file that is the commit of a version."""
    return log_folder(table) / f"{version:020d}.json"


def sums_of(file: Path) -> Path:
    """The hidden file with a file's checksums."""
    return file.with_name(f".{file.name}.crc")


def actions(commit: Path) -> list[dict[str, Any]]:
    """The actions of a commit, one a line. Raises :class:`ValueError` where a line is none."""
    loaded = [json.loads(line) for line in commit.read_text().splitlines()]
    if not loaded or not all(isinstance(action, dict) for action in loaded):
        raise ValueError(commit.name)
    return loaded


def account(of: list[dict[str, Any]]) -> dict[str, Any]:
    """What a commit says of itself, among its actions: its ``commitInfo``."""
    return next((action["commitInfo"] for action in of if "commitInfo" in action), {})


def told_of_itself(commit: Path) -> dict[str, Any]:
    """The same of a commit's file, read no further than up to there; nothing where it says nothing."""
    with commit.open() as lines:
        line = next((line for line in lines if line.startswith(_ACCOUNT)), "{}")
    return account([json.loads(line)])


def needed_files(table: Path, version: int) -> list[Path]:
    """Every file that a version's commit adds."""
    return [file.path for file in data_files(table, actions(commit_file(table, version)))]


def data_files(table: Path, of: list[dict[str, Any]]) -> Iterator[DataFile]:
    """The data files, change data files and deletion vectors that some actions add."""
    for action in of:
        for kind in ("add", "cdc"):
            if added := action.get(kind):
                yield DataFile(table / unquote(added["path"]), int(added["size"]))
        vector = action.get("add", {}).get("deletionVector") or {}
        if vector.get("storageType") == "u":
            path = table / _vector_path(vector["pathOrInlineDv"])
            yield DataFile(path, int(vector["sizeInBytes"]), int(vector.get("offset") or 0))


def proven(file: Path) -> bool:
    """Whether a file is, to the last byte, what its writer closed: its checksums say so."""
    return any(_sums_match(file, sums) for sums in (sums_of(file), *_sums_not_yet_renamed(file)))


def put_sums_in_place(file: Path) -> None:
    """Do what the writer of a proven file was killed before: rename its checksums after the file."""
    for left in _sums_not_yet_renamed(file):
        if _sums_match(file, left):
            left.rename(sums_of(file))
            return


def reads_through(file: DataFile) -> bool:
    """Whether a file is there in full: by its checksums, else by reading all of it."""
    if not file.path.is_file() or (file.offset is None and file.path.stat().st_size != file.size):
        return False
    if proven(file.path):
        return True
    return _parquet_reads(file.path) if file.offset is None else _vector_reads(file, file.offset)


def _sums_not_yet_renamed(file: Path) -> Iterator[Path]:
    """A file is renamed into its place before its checksums are; a killed writer leaves them behind."""
    if not sums_of(file).exists():
        yield from list(file.parent.glob(f"..{file.name}.*.tmp.crc"))


def _sums_match(file: Path, sums: Path) -> bool:
    try:
        kept = sums.read_bytes()
    except FileNotFoundError:
        return False
    step = int.from_bytes(kept[4:_HEADER], "big")
    if not kept.startswith(b"crc\0") or not step:
        return False
    counted = bytearray()
    with file.open("rb") as stream:
        while chunk := stream.read(step * 1024):
            for at in range(0, len(chunk), step):
                counted += zlib.crc32(chunk[at : at + step]).to_bytes(4, "big")
    return bytes(counted) == kept[_HEADER:]


def _parquet_reads(path: Path) -> bool:
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            rows = sum(batch.num_rows for batch in file.iter_batches())
            return bool(rows == file.metadata.num_rows)
    except (pa.ArrowException, OSError):
        return False


def _vector_reads(file: DataFile, offset: int) -> bool:
    """A deletion vector in its file: its length, its bytes, their checksum."""
    with file.path.open("rb") as stream:
        stream.seek(offset)
        length, body, checksum = stream.read(4), stream.read(file.size), stream.read(4)
    return (
        int.from_bytes(length, "big") == file.size == len(body)
        and int.from_bytes(checksum, "big") == zlib.crc32(body)
        and len(checksum) == len(length)
    )


def _vector_path(encoded: str) -> str:
    """Where a deletion vector lies: a folder's name, then a UUID in Z85 (ZeroMQ RFC 32)."""
    folder, text = encoded[:-_UUID], encoded[-_UUID:]
    number = b""
    for at in range(0, _UUID, 5):
        value = 0
        for character in text[at : at + 5]:
            value = value * 85 + _Z85.index(character)
        number += value.to_bytes(4, "big")
    name = f"deletion_vector_{uuid.UUID(bytes=number)}.bin"
    return f"{folder}/{name}" if folder else name
