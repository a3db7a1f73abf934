"""Sending Segment messages to a collector as a client library does: batches, retries, the same ids again."""

import base64
import contextlib
import http.client
import json
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from supercorp.errors import CollectorError, explain

__all__ = ["Sender", "Sent", "StoppedError"]

_BATCH_BYTES = 400_000  # Segment takes 500 KB
_BATCH_MESSAGES = 1_000
_TIMEOUT_SECONDS = 10.0
_FIRST_WAIT_SECONDS = 0.2
_LONGEST_WAIT_SECONDS = 10.0
_TRY_AGAIN = {408, 429, 500, 502, 503, 504}


class StoppedError(Exception):
    """The wait for a collector was broken off: what was being sent may have arrived or not."""


@dataclass(slots=True)
class Sent:
    """What has been sent: messages, those that the collector did not take, and further tries."""

    messages: int = 0
    refused: int = 0
    retries: int = 0


class Sender:
    """One keep-alive connection to a collector. ``stop`` ends the waiting between two tries.

    ``say`` gets a line when the collector does not answer, and when it does again.

    A message that is no JSON goes in a body of its own, as it would from a client that was cut off: within a
    batch it would spoil the others.
    """

    def __init__(
        self,
        url: str,
        write_key: str,
        stop: threading.Event,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise CollectorError(
                explain(
                    "the collector's address cannot be used",
                    expected="one like http://127.0.0.1:3080",
                    found=url,
                    remedy="correct --collector",
                )
            )
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._address = f"{parts.scheme}://{parts.netloc}"
        self._path = parts.path.rstrip("/") + "/v1/batch"
        self._connection = kind(parts.hostname, parts.port, timeout=_TIMEOUT_SECONDS)
        key = base64.b64encode(f"{write_key}:".encode()).decode()
        self._headers = {"Authorization": f"Basic {key}", "Content-Type": "application/json"}
        self._stop, self._say = stop, say
        self.sent = Sent()

    def send(self, messages: Iterable[bytes]) -> None:
        """Send messages in their order; returns when all are taken or refused for good.

        Raises :class:`CollectorError` when the collector does not know the key or the path, and
        :class:`StoppedError` when ``stop`` is set while it does not answer.
        """
        for body, count in _bodies(messages):
            taken = self._post(body)
            self.sent.messages += count
            self.sent.refused += 0 if taken else count

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _post(self, body: bytes) -> bool:
        """Whether the collector took it; tried again, ever more slowly, for as long as it may yet do so."""
        wait = _FIRST_WAIT_SECONDS
        while True:
            status, retry_after = self._try(body)
            if status not in _TRY_AGAIN and status:
                if wait > _FIRST_WAIT_SECONDS:
                    self._say(f"the collector at {self._address} answers again")
                return self._verdict(status)
            if wait == _FIRST_WAIT_SECONDS:
                answer = f"answers {status}" if status else "does not answer"
                self._say(
                    f"the collector at {self._address} {answer}; the same is sent again until it takes it"
                )
            self.sent.retries += 1
            if self._stop.wait(max(wait, retry_after)):
                raise StoppedError
            wait = min(wait * 2, _LONGEST_WAIT_SECONDS)

    def _try(self, body: bytes) -> tuple[int, float]:
        """Status and the wait asked for; status 0 when there was no answer."""
        try:
            self._connection.request("POST", self._path, body, self._headers)
            response = self._connection.getresponse()
            response.read()
        except (OSError, http.client.HTTPException):
            self._connection.close()  # the next request opens it again
            return 0, 0.0
        asked = 0.0
        with contextlib.suppress(ValueError):
            asked = min(float(response.headers.get("Retry-After", "0")), _LONGEST_WAIT_SECONDS)
        return response.status, asked

    def _verdict(self, status: int) -> bool:
        if status in {401, 403, 404, 405}:
            raise CollectorError(
                explain(
                    "the collector does not take events from here",
                    where=self._address,
                    expected="200",
                    found=f"status {status}",
                    remedy="give it a key that it knows with --write-key"
                    if status in {401, 403}
                    else "correct the address in --collector",
                )
            )
        return status < http.HTTPStatus.BAD_REQUEST


def _bodies(messages: Iterable[bytes]) -> Iterator[tuple[bytes, int]]:
    """Bodies to post, and how many messages are in each."""
    batch: list[bytes] = []
    size = 0
    for message in messages:
        if not _is_json(message):
            yield from _packed(batch)
            yield message, 1
            batch, size = [], 0
            continue
        if size + len(message) > _BATCH_BYTES or len(batch) == _BATCH_MESSAGES:
            yield from _packed(batch)
            batch, size = [], 0
        batch.append(message)
        size += len(message) + 1
    yield from _packed(batch)


def _packed(batch: list[bytes]) -> Iterator[tuple[bytes, int]]:
    if batch:
        yield b'{"batch":[' + b",".join(batch) + b"]}", len(batch)


def _is_json(message: bytes) -> bool:
    try:
        json.loads(message)
    except ValueError:
        return False
    return True
