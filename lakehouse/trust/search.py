"""Searching every byte of a folder for values, through whatever they are packed in.

A value is looked for as it is and as it is written in JSON, in URLs and in UTF-16, in any case. Files are
searched raw; what raw bytes hide is unpacked as well: gzip, zip archives (workbooks are such), Parquet's
texts however deep and compressed, SQLite's values. A finding names the file and never the value.
"""

import contextlib
import json
import re
import sqlite3
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import quote

import pyarrow as pa
import pyarrow.parquet as pq

__all__ = ["Finding", "bytes_pattern", "pattern_of", "search", "sqlite_values"]

_CHUNK = 8 << 20
_OVERLAP = 4096  # longer than any value looked for
_GZIP = 16 + zlib.MAX_WBITS


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """A file that holds a value looked for, and in what: bytes, gzip, zip, parquet or sqlite."""

    path: Path
    held_in: str


def pattern_of(values: Iterable[str]) -> str:
    """A regular expression, the same for Python and Java, for any spelling of any value in any case."""
    return "(?iu)" + "|".join("".join(map(_any_form, value)) for value in _longest_first(values))


def bytes_pattern(values: Iterable[str]) -> "re.Pattern[bytes] | None":
    """The same over bytes, UTF-8 or UTF-16; None without values."""
    wanted = _longest_first(values)
    in_utf8 = [
        b"".join(b"(?:%b)" % b"|".join(re.escape(f.encode()) for f in _forms(c)) for c in v) for v in wanted
    ]
    in_utf16 = [re.escape(value.encode("utf-16-le")) for value in wanted]
    return re.compile(b"|".join((*in_utf8, *in_utf16)), re.IGNORECASE) if wanted else None


def _longest_first(values: Iterable[str]) -> list[str]:
    return sorted(set(values), key=len, reverse=True)


@cache
def _forms(character: str) -> tuple[str, ...]:
    """How a character may be written: as it is, escaped for JSON, escaped for a URL, in any case."""
    cases = (character, character.lower(), character.upper())
    written = [
        form
        for each in cases
        for form in (
            each,
            json.dumps(each)[1:-1],
            json.dumps(each, ensure_ascii=False)[1:-1],
            quote(each, safe=""),
        )
    ]
    return tuple(dict.fromkeys([*written, *("+" if character == " " else "")]))


def _any_form(character: str) -> str:
    forms = (re.sub(r"([^\w\s])", r"\\\1", form) for form in _forms(character))
    return character if character.isascii() and character.isalnum() else f"(?:{'|'.join(forms)})"


def search(folders: Iterable[Path], values: Iterable[str], *, but: Iterable[Path] = ()) -> list[Finding]:
    """The files under some folders that hold any of the values; ``but`` are files or folders passed over."""
    wanted = bytes_pattern(values)
    if wanted is None:
        return []
    passed_over = tuple(but)
    found: set[Finding] = set()
    for file in _files(folders):
        if not any(file == each or file.is_relative_to(each) for each in passed_over):
            with contextlib.suppress(FileNotFoundError):  # somebody's scratch file, gone by now
                found |= {Finding(file, way) for way, chunks in _ways(file) if _in(chunks, wanted)}
    return sorted(found)


def sqlite_values(path: Path) -> Iterator[bytes]:
    """Every text and blob that a SQLite database holds."""
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)) as database:
        names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for name in names:
            for row in database.execute(f'SELECT * FROM "{name}"'):
                for value in row:
                    if isinstance(value, str | bytes):
                        yield value.encode() if isinstance(value, str) else value


def _files(folders: Iterable[Path]) -> Iterator[Path]:
    for folder in folders:
        if folder.is_file():
            yield folder
        elif folder.is_dir():
            yield from (
                path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink()
            )


def _ways(path: Path) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Everything that a file is, read in every way that applies to it."""
    yield "bytes", _raw(path)
    with path.open("rb") as stream:
        head = stream.read(16)
    if head.startswith(b"\x1f\x8b"):
        yield "gzip", _unpacked(path)
    elif head.startswith(b"PAR1"):
        yield "parquet", _parquet_texts(path)
    elif head.startswith(b"PK"):
        yield "zip", _members(path)
    elif head.startswith(b"SQLite format 3"):
        yield "sqlite", _separate(sqlite_values(path))


def _in(chunks: Iterator[bytes], wanted: "re.Pattern[bytes]") -> bool:
    """Whether a stream holds it, also across two chunks; one that cannot be read on ends there."""
    tail = b""
    with contextlib.suppress(
        pa.ArrowException, OSError, zlib.error, zipfile.BadZipFile, sqlite3.DatabaseError
    ):
        for chunk in chunks:
            if wanted.search(tail + chunk):
                return True
            tail = (tail + chunk)[-_OVERLAP:]
    return False


def _raw(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            yield chunk


def _unpacked(path: Path) -> Iterator[bytes]:
    member = zlib.decompressobj(_GZIP)
    for chunk in _raw(path):
        rest = chunk
        while rest:
            yield member.decompress(rest, _CHUNK)
            rest = member.unused_data if member.eof else member.unconsumed_tail
            if member.eof:
                member, rest = zlib.decompressobj(_GZIP), rest.lstrip(b"\0")


def _members(path: Path) -> Iterator[bytes]:
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            yield archive.read(name)


def _separate(values: Iterable[bytes]) -> Iterator[bytes]:
    return (value + b"\n" for value in values)


def _parquet_texts(path: Path) -> Iterator[bytes]:
    """The texts of all columns, rows marked as deleted among them; a footer's statistics are raw bytes."""
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches():
            pending = list(batch.columns)
            while pending:
                part = pending.pop()
                kind = part.type
                if pa.types.is_dictionary(kind):
                    pending.append(part.dictionary)
                elif pa.types.is_struct(kind):
                    pending += part.flatten()
                elif pa.types.is_map(kind):
                    pending += [part.keys, part.items]
                elif pa.types.is_list(kind) or pa.types.is_large_list(kind):
                    pending.append(part.flatten())
                elif _is_text(kind):
                    yield from _separate(_encoded(part))


def _is_text(kind: pa.DataType) -> bool:
    tests = (pa.types.is_string, pa.types.is_large_string, pa.types.is_binary, pa.types.is_large_binary)
    return any(test(kind) for test in tests)


def _encoded(part: pa.Array) -> Iterator[bytes]:
    for value in part.drop_null().to_pylist():
        yield value.encode() if isinstance(value, str) else value
