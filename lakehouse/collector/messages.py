"""The lines that are kept of a request's messages.

A kept line is the message as it came, with fields put before it::

    {"receivedAt":"2026-03-02T10:11:12.123Z","source":"web","sentAt":"…", …the message…}

``receivedAt`` (the server's clock, UTC) and ``source`` (whose write key it was) always;
``type`` and ``messageId`` where the message has none; ``sentAt``, ``context`` and ``integrations`` from
the batch around it, or as ``batchContext`` and so on where the message has one of its own. A member of
the message that bears one of these names already is kept as ``originalReceivedAt`` and so on, since a
repeated name is not readable JSON to everyone. Line breaks between tokens become blanks.
"""

import json
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from lakehouse.collector.bodies import Body, Item, rename
from lakehouse.collector.judging import fault_of, is_time
from lakehouse.collector.limits import EVENT_BYTES, EVENTS_IN_BATCH
from lakehouse.collector.reasons import Reason

__all__ = ["Sorted", "rejected_line", "sort_out"]

_OURS = frozenset({"receivedAt", "source", "batchSentAt", "batchContext", "batchIntegrations"})


class Sorted:
    """The lines that one request gives: good ones, and those kept apart with their reasons."""

    __slots__ = ("events", "reasons", "rejected")

    def __init__(self) -> None:
        self.events: list[str] = []
        self.rejected: list[str] = []
        self.reasons: list[Reason] = []

    def reject(self, reason: Reason, **known: Any) -> None:
        """Keep something apart; see :func:`rejected_line`."""
        self.rejected.append(rejected_line(reason, **known))
        self.reasons.append(reason)


def sort_out(body: Body, call: str, *, source: str, received_at: str) -> Sorted:
    """Judge every message of a body. ``call`` is the type that the path names, or ``batch``."""
    result = Sorted()
    text = body.text
    expected = None if call == "batch" else call
    head = f'{{"receivedAt":"{received_at}","source":"{source}",'
    shared_size = sum(map(len, body.shared.values()))
    shared_fault = None if body.sent_at is None or is_time(body.sent_at) else Reason.BAD_TIME
    about = {"source": source, "received_at": received_at, "call": call}
    for number, item in enumerate(body.items):
        raw = text[item.start : item.end]
        if number == EVENTS_IN_BATCH:
            rest = text[item.start : body.items[-1].end]
            result.reject(Reason.TOO_MANY, body=rest, **about)
            break
        size = len(raw) if raw.isascii() else len(raw.encode())
        fault = (
            Reason.TOO_LARGE
            if size + shared_size > EVENT_BYTES
            else fault_of(item.value, expected) or shared_fault
        )
        if fault is None:
            result.events.append(_kept_line(head, raw, item, body.shared, expected))
        else:
            result.reject(fault, body=raw, **about)
    return result


def rejected_line(
    reason: Reason, *, source: str, received_at: str, call: str, body: str | None, size: int | None = None
) -> str:
    """The line of something kept apart: ``body`` is its text as it came, ``bytes`` its size."""
    if size is None and body is not None:
        size = len(body.encode())
    line = {"receivedAt": received_at, "source": source, "reason": reason, "call": call, "bytes": size}
    return json.dumps(line | {"body": body})


def _kept_line(head: str, raw: str, item: Item, shared: Mapping[str, str], call: str | None) -> str:
    message = item.value
    pieces = [head]
    clashes = [] if message.keys().isdisjoint(_OURS) else sorted(_OURS & message.keys())
    for name, value in shared.items():
        own = message.get(name) is not None
        if not own and name in message:
            clashes.append(name)
        pieces.append(f'"{_prefixed("batch", name) if own else name}":{value},')
    if call is not None and not message.get("type"):
        pieces.append(f'"type":"{call}",')
        clashes += ["type"] if "type" in message else []
    if message.get("messageId") is None:
        pieces.append(f'"messageId":"{uuid4()}",')
        clashes += ["messageId"] if "messageId" in message else []
    if clashes:
        raw = rename(raw, {name: _free_name(name, message) for name in clashes})
    pieces.append(raw[1:])
    line = "".join(pieces)
    return line if "\n" not in line else line.replace("\n", " ")


def _free_name(name: str, message: Mapping[str, Any]) -> str:
    while name in message:
        name = _prefixed("original", name)
    return name


def _prefixed(prefix: str, name: str) -> str:
    return prefix + name[0].upper() + name[1:]
