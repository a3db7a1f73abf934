"""Counting lines by plain reading: the independent side of conservation.

Nothing here knows of JSON, Spark or manifests, on purpose: a count derived from the thing it is to
check would prove nothing.
"""

import contextlib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["LineCount", "count_lines"]

_CHUNK = 1 << 20
_GZIP_OR_ZLIB_WRAPPER = 16 + zlib.MAX_WBITS


@dataclass(frozen=True, slots=True)
class LineCount:
    """Lines ended by a line feed, and a last one that is not; ``complete`` unless gzip broke off."""

    lines: int
    complete: bool


class _BrokenGzipError(Exception):
    """The compressed stream ends early or is damaged; what came before it has been read."""


def count_lines(path: Path) -> LineCount:
    """Count the lines of a file, unpacking it when its name ends in ``.gz``.

    Only the line feed ends a line, as in JSON lines. Empty lines count. Of a truncated or damaged
    gzip file, whatever can be unpacked is counted and ``complete`` is False. Memory stays bounded.
    """
    lines, last, complete = 0, b"\n", True
    try:
        for chunk in _unpacked(path) if path.suffix == ".gz" else _plain(path):
            lines += chunk.count(b"\n")
            last = chunk[-1:] or last
    except _BrokenGzipError:
        complete = False
    return LineCount(lines + (last != b"\n"), complete)


def _plain(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def _unpacked(path: Path) -> Iterator[bytes]:
    """The unpacked bytes of all members of a gzip file, then :class:`_BrokenGzipError` if it is damaged.

    ``gzip.open`` loses what it had unpacked when it meets damage; zlib itself hands it out.
    """
    member = zlib.decompressobj(_GZIP_OR_ZLIB_WRAPPER)
    started = False
    for packed in _plain(path):
        rest = packed
        while rest:
            if member.eof:
                rest = rest.lstrip(b"\0")  # members may be padded with zeros
                if not rest:
                    break
                member, started = zlib.decompressobj(_GZIP_OR_ZLIB_WRAPPER), False
            started = True
            before = member.copy()
            try:
                chunk = member.decompress(rest, _CHUNK)
                if chunk:
                    yield chunk
                rest = member.unused_data if member.eof else member.unconsumed_tail
            except zlib.error:
                yield from _up_to_damage(before, rest)
                raise _BrokenGzipError from None
    if not started or not member.eof:
        raise _BrokenGzipError


def _up_to_damage(member: "zlib._Decompress", packed: bytes) -> Iterator[bytes]:
    """What can still be unpacked: in small steps, because the step that meets damage gives nothing."""
    with contextlib.suppress(zlib.error):
        while packed and not member.eof:
            yield member.decompress(packed, 64)
            packed = member.unconsumed_tail
