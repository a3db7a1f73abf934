"""A JSON body, cut into its messages as they stand in it.

The standard library's scanner says where a value ends, so one pass in C gives both the parsed
message, to judge, and its text, to keep. Parsing into objects and writing them anew would cost the
same and change numbers, escapes and repeated names.
"""

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from json import JSONDecoder
from typing import Any, NamedTuple, TypeVar

from lakehouse.collector.limits import SHARED_BYTES
from lakehouse.collector.reasons import Reason

__all__ = ["Body", "BodyError", "Item", "read_batch", "read_call", "rename"]

_SHARED = frozenset({"sentAt", "context", "integrations"})
Found = TypeVar("Found")
_blank = re.compile(r"[ \t\n\r]*").match


class BodyError(Exception):
    """The body as a whole cannot be used; ``reason`` says why."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


class Item(NamedTuple):
    """One message: parsed (whole numbers as floats, which is enough to judge it), and its place."""

    value: Any
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Body:
    """What one request holds.

    ``shared`` are the texts of the fields that a batch has for all of its messages: ``sentAt``,
    ``context``, ``integrations``; ``sent_at`` is the first of them parsed.
    """

    text: str
    items: list[Item]
    write_key: Any
    shared: dict[str, str] = field(default_factory=dict)
    sent_at: Any = None


def _refuse(name: str) -> None:
    """NaN and Infinity are no JSON, whatever the standard library thinks."""
    raise ValueError(name)


# Whole numbers are floats here: int() refuses thousands of digits, and nothing counts with them.
_scan = JSONDecoder(parse_constant=_refuse, parse_int=float).raw_decode


def read_call(text: str) -> Body:
    """The body of a single call: one message. Raises :class:`BodyError` unless it is a JSON object."""
    item = _parsed(text, _whole)
    if type(item.value) is not dict:
        raise BodyError(Reason.NOT_AN_OBJECT)
    return Body(text, [item], item.value.get("writeKey"))


def read_batch(text: str) -> Body:
    """The body of a batch. Raises :class:`BodyError` unless it is an object with a list ``batch``."""
    return _parsed(text, _batch)


def rename(text: str, names: dict[str, str]) -> str:
    """The text of a JSON object with some of its members under other names; all else as it was."""
    pieces: list[str] = []
    copied = 0

    def read(name: str, at: int, start: int) -> int:
        nonlocal copied
        if name in names:
            pieces.extend((text[copied:at], f'"{names[name]}":'))
            copied = start
        return _scan(text, start)[1]

    _walk(text, 0, read)
    return "".join((*pieces, text[copied:]))


def _parsed(text: str, read: Callable[[str], Found]) -> Found:
    try:
        return read(text)
    except (ValueError, IndexError):
        raise BodyError(Reason.NOT_JSON) from None
    except RecursionError:
        raise BodyError(Reason.TOO_DEEP) from None


def _whole(text: str) -> Item:
    start = _skip(text, 0)
    value, end = _scan(text, start)
    _expect_end(text, end)
    return Item(value, start, end)


def _batch(text: str) -> Body:
    start = _skip(text, 0)
    if text[start] != "{":
        _whole(text)
        raise BodyError(Reason.NOT_AN_OBJECT)
    items: list[Item] | None = None
    fields: defaultdict[str, Item] = defaultdict(lambda: Item(None, 0, 0))

    def read(name: str, _at: int, start: int) -> int:
        nonlocal items
        if name == "batch" and text[start] == "[":
            found, end = _items(text, start)
            items = [*(items or ()), *found]
        else:
            value, end = _scan(text, start)
            fields[name] = Item(value, start, end)
        return end

    _expect_end(text, _walk(text, start, read))
    if items is None:
        raise BodyError(Reason.NO_BATCH)
    shared = {
        name: text[item.start : item.end]
        for name, item in fields.items()
        if name in _SHARED and item.value is not None
    }
    if sum(map(len, shared.values())) * len(items) > SHARED_BYTES:
        raise BodyError(Reason.SHARED_TOO_LARGE)
    return Body(text, items, fields["writeKey"].value, shared, fields["sentAt"].value)


def _walk(text: str, at: int, read: Callable[[str, int, int], int]) -> int:
    """Go through an object and give its end.

    ``read`` gets each name, where it and where its value begins, and says where that ends.
    """
    at = _skip(text, at + 1)
    if text[at] == "}":
        return at + 1
    while True:
        if text[at] != '"':
            raise ValueError
        name, end = _scan(text, at)
        end = _skip(text, end)
        if text[end] != ":":
            raise ValueError
        end = _skip(text, read(name, at, _skip(text, end + 1)))
        if text[end] == "}":
            return end + 1
        if text[end] != ",":
            raise ValueError
        at = _skip(text, end + 1)


def _items(text: str, at: int) -> tuple[list[Item], int]:
    """The items of the list that begins here, and where it ends."""
    found: list[Item] = []
    at = _skip(text, at + 1)
    if text[at] == "]":
        return found, at + 1
    while True:
        value, end = _scan(text, at)
        found.append(Item(value, at, end))
        if text[end] != ",":
            end = _skip(text, end)
            if text[end] == "]":
                return found, end + 1
            if text[end] != ",":
                raise ValueError
        at = _skip(text, end + 1)


def _skip(text: str, at: int) -> int:
    """Past blanks."""
    return _blank(text, at).end() if text[at] in " \t\n\r" else at  # type: ignore[union-attr]


def _expect_end(text: str, at: int) -> None:
    if _blank(text, at).end() != len(text):  # type: ignore[union-attr]
        raise ValueError
