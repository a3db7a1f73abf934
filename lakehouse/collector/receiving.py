"""A request's body, within limits, and the answers that turn a request away."""

import asyncio
import json
import zlib
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from lakehouse.collector.bodies import BodyError
from lakehouse.collector.limits import BODY_SECONDS
from lakehouse.collector.reasons import Reason

__all__ = ["Answer", "GoneError", "Receive", "Refusal", "Scope", "Send", "read_body", "text_of"]

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
_GZIP = 16 + zlib.MAX_WBITS


class GoneError(Exception):
    """The client hung up before its body was whole: nobody waits for an answer."""


class Answer:
    """A JSON answer, made once and sent as often as wanted."""

    __slots__ = ("_body", "_headers", "status")

    def __init__(self, status: int, content: dict[str, Any], *headers: tuple[bytes, bytes]) -> None:
        self.status = status
        self._body = json.dumps(content).encode()
        length = str(len(self._body)).encode()
        self._headers = [(b"content-type", b"application/json"), (b"content-length", length), *headers]

    async def send(self, send: Send) -> None:
        """Send it."""
        await send({"type": "http.response.start", "status": self.status, "headers": self._headers})
        await send({"type": "http.response.body", "body": self._body})


class Refusal(Exception):
    """The request is turned away with an answer that says why.

    ``retry_after`` seconds tell a client to send the same again, which Segment's clients do.
    """

    def __init__(self, status: int, code: str, message: str, *, retry_after: int | None = None) -> None:
        super().__init__(message)
        headers = []
        if retry_after is not None:
            seconds = str(retry_after).encode()
            headers = [(b"retry-after", seconds), (b"x-ratelimit-reset", seconds)]
        if status == 413:  # noqa: PLR2004  the rest of the body is not worth reading
            headers.append((b"connection", b"close"))
        self.answer = Answer(status, {"success": False, "code": code, "message": message}, *headers)


async def read_body(receive: Receive, declared: int, limit: int) -> bytes:
    """The whole body. Raises :class:`BodyError` if it is too large, :class:`Refusal` if it does not come.

    Of one that is too large by its own account (``declared`` bytes), nothing is read.
    """
    if declared > limit:
        raise BodyError(Reason.BODY_TOO_LARGE)
    message = await receive()
    body: bytes = message.get("body", b"")
    if message["type"] == "http.disconnect":
        raise GoneError
    if message.get("more_body"):
        try:
            async with asyncio.timeout(BODY_SECONDS):
                body = await _read_on(receive, body, limit)
        except TimeoutError:
            raise Refusal(408, "too_slow", f"the body did not arrive within {BODY_SECONDS:.0f} s") from None
    if len(body) > limit:
        raise BodyError(Reason.BODY_TOO_LARGE)
    return body


async def _read_on(receive: Receive, first: bytes, limit: int) -> bytes:
    chunks, size, more = [first], len(first), True
    while more and size <= limit:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise GoneError
        chunk = message.get("body", b"")
        chunks.append(chunk)
        size += len(chunk)
        more = message.get("more_body", False)
    return b"".join(chunks)


def text_of(body: bytes, encoding: bytes, limit: int) -> str:
    """The body unpacked and as text. Raises :class:`BodyError`, :class:`Refusal` for an unknown packing."""
    if encoding in (b"gzip", b"x-gzip"):
        body = _unpacked(body, limit)
    elif encoding not in (b"", b"identity"):
        raise Refusal(415, "unknown_encoding", "content-encoding may be gzip or left out")
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise BodyError(Reason.NOT_UTF8) from None


def _unpacked(body: bytes, limit: int) -> bytes:
    """At most one byte more than the limit is ever unpacked."""
    packer = zlib.decompressobj(_GZIP)
    try:
        unpacked = packer.decompress(body, limit + 1)
    except zlib.error:
        raise BodyError(Reason.NOT_PACKED) from None
    if len(unpacked) > limit:
        raise BodyError(Reason.BODY_TOO_LARGE)
    if not packer.eof:
        raise BodyError(Reason.NOT_PACKED)
    return unpacked
