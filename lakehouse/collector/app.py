"""The ASGI application: Segment's calls, and what operations asks.

Plain ASGI, without a framework: for single events, routing and request objects would take half of the
time that a request takes altogether.
"""

import time
from datetime import UTC, datetime

from lakehouse.collector.bodies import BodyError, read_batch, read_call
from lakehouse.collector.counts import Counts
from lakehouse.collector.judging import TYPES
from lakehouse.collector.keys import Client, WriteKeys
from lakehouse.collector.limits import BATCH_BYTES, EVENT_BYTES
from lakehouse.collector.messages import Sorted, sort_out
from lakehouse.collector.reasons import Reason
from lakehouse.collector.receiving import (
    Answer,
    GoneError,
    Receive,
    Refusal,
    Scope,
    Send,
    read_body,
    text_of,
)
from lakehouse.collector.spool import EVENTS, REJECTED, Spool, SpoolError

__all__ = ["CALLS", "Collector"]

CALLS = (
    {f"/v1/{name}": name for name in TYPES}
    | {f"/v1/{name[0]}": name for name in TYPES}  # as Segment's library for browsers has them
    | dict.fromkeys(("/v1/batch", "/v1/b", "/v1/import"), "batch")
)
"""Path to the type of its message, or ``batch``."""

_SUCCESS = Answer(200, {"success": True})
_CODES = {Reason.BODY_TOO_LARGE: (413, "too_large")}


class Collector:
    """Takes calls; its parts are started and ended by whoever made them."""

    def __init__(self, keys: WriteKeys, spool: Spool, counts: Counts) -> None:
        self._keys, self._spool, self._counts = keys, spool, counts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        try:
            answer = await self._answer(scope, receive)
        except Refusal as refusal:
            answer = refusal.answer
        except GoneError:
            return
        self._counts.answered(answer.status)
        await answer.send(send)

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        path = scope["path"]
        call = CALLS.get(path.rstrip("/"))
        if call is not None:
            if scope["method"] != "POST":
                raise Refusal(405, "not_allowed", "calls are sent with POST")
            return await self._take(call, scope, receive)
        if path == "/health":
            problems = self._counts.problems
            return Answer(503 if problems else 200, {"healthy": not problems, "problems": problems})
        if path == "/metrics":
            return Answer(200, self._counts.summary())
        raise Refusal(404, "not_found", "there is no such path; see Segment's HTTP tracking API")

    async def _take(self, call: str, scope: Scope, receive: Receive) -> Answer:
        """Take a call's messages; when this answers, they are on disk."""
        now = time.time()
        client, encoding, declared = self._headers(scope)
        limit = BATCH_BYTES if call == "batch" else EVENT_BYTES
        body = b""
        try:
            body = await read_body(receive, declared, limit)
            text = text_of(body, encoding, limit)
            content = read_batch(text) if call == "batch" else read_call(text)
        except BodyError as error:
            status, code = _CODES.get(error.reason, (400, "invalid_request"))
            if client is not None:
                found = Sorted()
                found.reject(
                    error.reason,
                    source=client.source,
                    received_at=_iso(now),
                    call=call,
                    body=body.decode(errors="backslashreplace") if body else None,
                    size=max(len(body), declared),
                )
                await self._keep(client, now, found)
            raise Refusal(status, code, error.reason) from None
        if client is None:
            client = self._admitted(self._keys.by_key(content.write_key))
        found = sort_out(content, call, source=client.source, received_at=_iso(now))
        await self._keep(client, now, found)
        return _SUCCESS

    def _headers(self, scope: Scope) -> tuple[Client | None, bytes, int]:
        """Who sends, by the header if it says; the body's packing; its size, or 0 where that is not said.

        With a key that nobody knows, or too often, the request is turned away before its body is read.
        """
        client, encoding, declared = None, b"", 0
        for name, value in scope["headers"]:
            if name == b"authorization" and value[:6].lower() == b"basic ":
                client = self._admitted(self._keys.by_header(value))
            elif name == b"content-length":
                declared = int(value)
            elif name == b"content-encoding":
                encoding = value.strip().lower()
        return client, encoding, declared

    def _admitted(self, client: Client | None) -> Client:
        if client is None:
            raise Refusal(401, "invalid_write_key", "the write key is missing or unknown")
        if wait := client.wait_seconds():
            raise Refusal(429, "rate_limited", "too many requests with this write key", retry_after=wait)
        return client

    async def _keep(self, client: Client, now: float, found: Sorted) -> None:
        lines = {EVENTS: found.events, REJECTED: found.rejected}
        lines = {table: some for table, some in lines.items() if some}
        if not lines:
            return
        try:
            size = await self._spool.keep(now, lines)
        except SpoolError as error:
            raise Refusal(503, "unavailable", f"nothing was taken: {error}", retry_after=5) from None
        self._counts.kept(client.source, len(found.events), size, found.reasons)


def _iso(seconds: float) -> str:
    """As JavaScript writes a time: UTC, milliseconds."""
    return f"{datetime.fromtimestamp(seconds, UTC).isoformat(timespec='milliseconds')[:-6]}Z"
