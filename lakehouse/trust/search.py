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
_LONGEST = 12  # bytes of a character: two halves of a pair, escaped for JSON
# What an escape ends with is no part of the word behind it: JSON's \n and \u00e4, a URL's %20.
_BEFORE = r"(?:(?<![A-Za-z0-9])|(?<=\\[bfnrt])|(?<=\\u[0-9A-Fa-f]{4})|(?<=%[0-9A-Fa-f]{2}))"
_AFTER = "(?![A-Za-z0-9])"
_GZIP = 16 + zlib.MAX_WBITS


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """A file that holds a value looked for, and in what: bytes, gzip, zip, parquet or sqlite."""

    path: Path
    held_in: str


def pattern_of(values: Iterable[str]) -> str:
    """A regular expression, the same for Python and Java, for any spelling of any value in any case.

    A value is found where it stands by itself: ``Lane 7`` is not found in ``Lane 71``.
    """
    wanted = [(*_alone(value), "".join(map(_any_form, value))) for value in _longest_first(values)]
    return "(?iu)" + "|".join(before + spelled + after for before, after, spelled in wanted)


def bytes_pattern(values: Iterable[str]) -> "re.Pattern[bytes] | None":
    """The same over bytes, UTF-8 or UTF-16; None without values."""
    wanted = _longest_first(values)
    in_utf8 = []
    for value in wanted:
        before, after = _alone(value)
        forms = (b"|".join(re.escape(form.encode()) for form in _forms(each)) for each in value)
        in_utf8.append(before.encode() + b"".join(b"(?:%b)" % each for each in forms) + after.encode())
    in_utf16 = [re.escape(value.encode("utf-16-le")) for value in wanted]
    return re.compile(b"|".join((*in_utf8, *in_utf16)), re.IGNORECASE) if wanted else None


def _alone(value: str) -> tuple[str, str]:
    """What bounds a value's pattern, where it begins and ends with a letter or digit of ASCII."""
    return _BEFORE if _is_word(value[0]) else "", _AFTER if _is_word(value[-1]) else ""


def _is_word(character: str) -> bool:
    return character.isascii() and character.isalnum()


def _longest_first(values: Iterable[str]) -> list[str]:
    return sorted({value for value in values if value}, key=len, reverse=True)


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
    return character if _is_word(character) else f"(?:{'|'.join(forms)})"


def search(folders: Iterable[Path], values: Iterable[str], *, but: Iterable[Path] = ()) -> list[Finding]:
    """The files under some folders that hold any of the values; ``but`` are files or folders passed over."""
    wanted = [_Looked.of(value) for value in _longest_first(values)]
    if not wanted:
        return []
    passed_over = tuple(but)
    found: set[Finding] = set()
    for file in _files(folders):
        if not any(file == each or file.is_relative_to(each) for each in passed_over):
            with contextlib.suppress(FileNotFoundError):  # somebody's scratch file, gone by now
                found |= {Finding(file, way) for way, chunks in _ways(file) if _in(chunks, wanted)}
    return sorted(found)


@dataclass(frozen=True, slots=True)
class _Looked:
    """A value looked for: by words in it that are written in one way, and around the rarest by its pattern.

    A pattern that allows for every way of writing is slow, and most bytes hold none of a value's words.
    ``words`` are in lower case, in UTF-8 and in UTF-16; ``reach`` is how many bytes a value may take.
    """

    words: tuple[tuple[bytes, ...], tuple[bytes, ...]]
    pattern: re.Pattern[bytes]
    reach: int

    @classmethod
    def of(cls, value: str) -> "_Looked":
        """How to look for one value."""
        pattern = bytes_pattern([value])
        assert pattern  # noqa: S101 - there is a value
        words = [word.lower() for word in re.findall("[A-Za-z0-9]+", value)]
        in_utf8 = tuple(word.encode() for word in words)
        in_utf16 = tuple(word.encode("utf-16-le") for word in words)
        return cls((in_utf8, in_utf16), pattern, _LONGEST * (len(value) + 1))

    def within(self, text: bytes) -> bool:
        """Whether the value stands in a text, which is in lower case."""
        return any(self._around(text, words) for words in self.words)

    def _around(self, text: bytes, words: tuple[bytes, ...]) -> bool:
        if not words:
            return self.pattern.search(text) is not None
        times = {word: text.count(word) for word in words}
        rarest = min(words, key=times.__getitem__)
        if not times[rarest]:
            return False
        at = text.find(rarest)
        while at >= 0:
            if self.pattern.search(text, max(0, at - self.reach), at + self.reach):
                return True
            at = text.find(rarest, at + 1)
        return False


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


def _in(chunks: Iterator[bytes], wanted: Iterable[_Looked]) -> bool:
    """Whether a stream holds it, also across two chunks; one that cannot be read on ends there."""
    tail = b""
    with contextlib.suppress(
        pa.ArrowException, OSError, zlib.error, zipfile.BadZipFile, sqlite3.DatabaseError
    ):
        for chunk in chunks:
            text = tail + chunk.lower()
            if any(each.within(text) for each in wanted):
                return True
            tail = text[-_OVERLAP:]
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
    """Values one after the other, many in a chunk: with each, the end of the last is searched once more."""
    chunk: list[bytes] = []
    size = 0
    for value in values:
        chunk.append(value)
        size += len(value)
        if size > _CHUNK:
            yield b"\n".join([*chunk, b""])
            chunk, size = [], 0
    if chunk:
        yield b"\n".join([*chunk, b""])


def _parquet_texts(path: Path) -> Iterator[bytes]:
    """The texts of all columns, rows marked as deleted among them, and the footer's statistics."""
    with pq.ParquetFile(path) as file:
        yield from _separate(_statistics(file.metadata))
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


def _statistics(footer: pq.FileMetaData) -> Iterator[bytes]:
    for group in map(footer.row_group, range(footer.num_row_groups)):
        for column in map(group.column, range(group.num_columns)):
            if column.is_stats_set and column.statistics.has_min_max:
                for value in (column.statistics.min, column.statistics.max):
                    if isinstance(value, str | bytes):
                        yield value.encode() if isinstance(value, str) else value


def _is_text(kind: pa.DataType) -> bool:
    tests = (pa.types.is_string, pa.types.is_large_string, pa.types.is_binary, pa.types.is_large_binary)
    return any(test(kind) for test in tests)


def _encoded(part: pa.Array) -> Iterator[bytes]:
    for value in part.drop_null().to_pylist():
        yield value.encode() if isinstance(value, str) else value
