"""Write keys: which key writes for which source, and how many requests a second.

Keys are written ``SOURCE=KEY``, several with blanks, commas or line breaks between them; in a file,
``#`` begins a comment. A source may have several keys, so that one can be replaced without a pause. A
write key stands in every page that sends events: it tells sources apart and can be revoked, but keeps
nobody out who has seen the page.
"""

import base64
import binascii
import math
import re
import time
from pathlib import Path
from typing import Any

from lakehouse.capture.manifest import check_name
from lakehouse.errors import LakehouseError, SettingsError, explain
from lakehouse.settings import Settings
from lakehouse.telling.logs import get_logger

__all__ = ["Client", "WriteKeys", "parse_keys"]

journal = get_logger(__name__)
_KEY = re.compile(r"[A-Za-z0-9_.~+/-]{1,200}")


class Client:
    """The holder of one write key: its source, and a bucket of tokens, one for each request."""

    __slots__ = ("_at", "_rate", "_tokens", "source")

    def __init__(self, source: str, rate: float) -> None:
        self.source = source
        self._rate, self._tokens, self._at = rate, max(rate, 1.0), time.monotonic()

    def wait_seconds(self) -> int:
        """0 if one more request is within the rate, a second's worth at once; else when to come back."""
        now = time.monotonic()
        self._tokens = min(max(self._rate, 1.0), self._tokens + (now - self._at) * self._rate)
        self._at = now
        if self._tokens >= 1.0:
            self._tokens -= 1.0
            return 0
        return math.ceil((1.0 - self._tokens) / self._rate)


def parse_keys(text: str, where: str) -> dict[str, str]:
    """Key to source. Raises :class:`SettingsError`, which never shows a key."""
    found: dict[str, str] = {}
    for number, entry in enumerate(re.sub(r"#[^\n]*", " ", text).replace(",", " ").split(), 1):
        source, equals, key = entry.partition("=")
        try:
            check_name(source, "source")
        except LakehouseError:
            equals = ""
        if not (equals and _KEY.fullmatch(key)) or found.get(key, source) != source:
            raise SettingsError(
                explain(
                    f"entry {number} of the write keys cannot be used",
                    where=where,
                    expected="SOURCE=KEY: a source in small letters, digits and underscores,"
                    " a key of letters, digits and _.~+/-, each key for one source",
                    remedy="correct the entry; `openssl rand -hex 16` makes a key",
                )
            )
        found[key] = source
    return found


class WriteKeys:
    """The keys of the setting and of the file; the file is read again when it has changed."""

    def __init__(self, settings: Settings) -> None:
        secret = settings.collector_keys
        self._fixed = secret.get_secret_value() if secret else ""
        file = settings.collector_keys_file
        self._file = settings.project / file if file else None
        self._rate = settings.collector_requests_per_second
        self._problem: str | None = None
        self._seen: tuple[int, int] | None = None
        self._clients: dict[str, Client] = {}
        self._by_header: dict[bytes, Client] = {}
        self._read()
        if not self._clients:
            raise SettingsError(
                explain(
                    "there is no write key, so nobody could send events",
                    where="LAKEHOUSE_COLLECTOR_KEYS",
                    expected="SOURCE=KEY, for instance web= and the output of `openssl rand -hex 16`",
                    found="nothing",
                    remedy="set it, or LAKEHOUSE_COLLECTOR_KEYS_FILE to a file of such lines",
                )
            )

    def by_header(self, header: bytes) -> Client | None:
        """The client of an ``Authorization: Basic`` header, whose user is the write key."""
        if client := self._by_header.get(header):
            return client
        try:
            user = base64.b64decode(header[6:], validate=True).partition(b":")[0]
        except (binascii.Error, ValueError):
            return None
        return self._clients.get(user.decode("latin-1"))

    def by_key(self, key: Any) -> Client | None:
        """The client of a write key that stood in a body."""
        return self._clients.get(key) if isinstance(key, str) else None

    def refresh(self) -> None:
        """Read the file again if it has changed; one that cannot be used changes nothing but the log."""
        try:
            if self._file and self._seen != _stamp(self._file):
                self._read()
                journal.info("collector.keys", f"{len(self._clients)} write keys", keys=len(self._clients))
        except LakehouseError as error:
            if self._problem != str(error):
                self._problem = str(error)
                journal.error("collector.keys", "the write keys stay as they were", error)

    def _read(self) -> None:
        found = parse_keys(self._fixed, "LAKEHOUSE_COLLECTOR_KEYS")
        if self._file:
            self._seen = _stamp(self._file)
            found |= parse_keys(_text(self._file), str(self._file))
            self._problem = None
        same = {key: client for key, client in self._clients.items() if found.get(key) == client.source}
        self._clients = {key: same.get(key) or Client(source, self._rate) for key, source in found.items()}
        self._by_header = {
            b"Basic " + base64.b64encode(f"{key}:".encode()): client for key, client in self._clients.items()
        }


def _stamp(file: Path) -> tuple[int, int]:
    try:
        status = file.stat()
    except OSError as error:
        raise _unreadable(file, error) from None
    return status.st_mtime_ns, status.st_size


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(file, error) from None


def _unreadable(file: Path, error: Exception) -> SettingsError:
    return SettingsError(
        explain(
            f"the file of write keys cannot be read: {getattr(error, 'strerror', None) or 'not UTF-8'}",
            where=str(file),
            remedy="correct LAKEHOUSE_COLLECTOR_KEYS_FILE or the file's permissions",
        )
    )
