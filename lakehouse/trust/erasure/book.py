"""What erasures leave in writing: the list that filters later reads, the orders under way, the records.

``LAKE/_erasures/list.jsonl`` holds keyed hashes of the identifiers of everybody erased, and stays for good.
``LAKE/_erasures/records.jsonl`` says what each erasure did: counts and places, no personal data; it is the
table ``ops.erasures``.
``LAKE/bronze/_erasures/ID.json`` is an order under way. It holds the values themselves, in bronze's security
zone and for their owner's eyes only, until they are found nowhere any more; then it is removed.
"""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Self

from lakehouse.errors import ErasureError, explain
from lakehouse.files import locked, replace_text, sync_folder
from lakehouse.settings import Settings

__all__ = ["Book", "Erased", "Order", "hash_of", "kind_of"]


def kind_of(subject: str, identifier: str) -> str:
    """The kind under which an identifier is hashed: nothing else has its key."""
    return f"erased/{subject}/{identifier}"


def hash_of(value: str, subject: str, identifier: str, key: str) -> str:
    """The keyed hash of an identifier's value, whatever its case."""
    from lakehouse.trust.privacy import pseudonym_of  # only here: the records are read without Spark

    return pseudonym_of(value.lower(), kind_of(subject, identifier), key)


@dataclass(frozen=True, slots=True)
class Erased:
    """Of one subject, the hashes of the identifiers that nobody may bring back, by kind of identifier."""

    subject: str
    hashes: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Order:
    """An erasure under way.

    ``erasure`` is a keyed hash of the subject's own identifier; ``known`` the values of each identifier and
    ``terms`` what else would tell the person; ``done`` counts lines and rows by place; ``by`` who asked.
    """

    erasure: str
    subject: str
    known: dict[str, list[str]]
    terms: list[str]
    by: str
    asked_at: str
    done: dict[str, dict[str, int]] = field(default_factory=dict)
    logical_at: str | None = None

    @property
    def counts(self) -> dict[str, dict[str, int]]:
        """What was done, without the places and kinds of which nothing was."""
        some = {place: {name: n for name, n in each.items() if n} for place, each in self.done.items()}
        return {place: each for place, each in some.items() if each}

    def counted(self, place: str, **counts: int) -> Self:
        """The same with what was done in a place added to what was done there before."""
        before = self.done.get(place, {})
        added = {name: before.get(name, 0) + count for name, count in counts.items()}
        return replace(self, done={**self.done, place: before | added})


class Book:
    """The erasures of one lake."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._home = settings.lake_dir / "_erasures"
        self._open = settings.lake_dir / "bronze" / "_erasures"

    @property
    def orders_folder(self) -> Path:
        """Where the orders under way lie: the one place that a search passes over."""
        return self._open

    @property
    def anybody(self) -> bool:
        """Whether anybody was ever erased."""
        return self._list.exists()

    @property
    def _list(self) -> Path:
        return self._home / "list.jsonl"

    @property
    def _records(self) -> Path:
        return self._home / "records.jsonl"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """One erasure of a lake at a time."""
        with locked(self._home / "lock"):
            yield

    def erased(self) -> tuple[Erased, ...]:
        """The list, by subject.

        Raises :class:`ErasureError` where it was made with another key: nobody would be recognised, and
        everybody come back.
        """
        found: dict[str, dict[str, set[str]]] = {}
        for entry in _lines(self._list):
            self._check_key(entry)
            of_subject = found.setdefault(entry["subject"], {})
            for identifier, hashes in entry["hashes"].items():
                of_subject.setdefault(identifier, set()).update(hashes)
        return tuple(
            Erased(subject, {name: frozenset(each) for name, each in hashes.items()})
            for subject, hashes in found.items()
        )

    def put_on_list(self, order: Order) -> None:
        """Write the order's identifiers down as hashes; from now on reads pass over them. Idempotent."""
        key = self._settings.require_erasure_key()
        hashes = {
            identifier: sorted(hash_of(value, order.subject, identifier, key) for value in values)
            for identifier, values in order.known.items()
        }
        entry = {"subject": order.subject, "erasure": order.erasure, "hashes": hashes, "key": _mark(key)}
        before = list(_lines(self._list))
        if entry not in before:
            self._replace(self._list, [*before, entry])

    def keep(self, order: Order) -> None:
        """Write an order down, for its owner's eyes only, on disk when this returns."""
        self._open.mkdir(parents=True, exist_ok=True)
        self._open.chmod(0o700)
        file = self._open / f"{order.erasure}.json"
        if not file.exists():
            os.close(os.open(file, os.O_CREAT | os.O_WRONLY, 0o600))
        mask = os.umask(0o077)
        try:
            replace_text(file, json.dumps(asdict(order), indent=1))
        finally:
            os.umask(mask)

    def order(self, erasure: str) -> Order | None:
        """An order under way, or None."""
        file = self._open / f"{erasure}.json"
        return Order(**json.loads(file.read_text())) if file.exists() else None

    def orders(self) -> tuple[Order, ...]:
        """All orders under way."""
        return tuple(Order(**json.loads(file.read_text())) for file in sorted(self._open.glob("*.json")))

    def close(self, order: Order) -> None:
        """Remove an order whose values are found nowhere any more."""
        (self._open / f"{order.erasure}.json").unlink(missing_ok=True)
        if self._open.is_dir():
            sync_folder(self._open)

    def record(self, order: Order, event: str, **told: object) -> None:
        """Write down what was done, without personal data."""
        at = datetime.now(UTC).isoformat(timespec="seconds")
        entry = {"at": at, "erasure": order.erasure, "subject": order.subject, "event": event, "by": order.by}
        self._replace(self._records, [*_lines(self._records), entry | told])

    def records(self) -> tuple[dict[str, Any], ...]:
        """All that was written down, oldest first."""
        return tuple(_lines(self._records))

    def _replace(self, file: Path, entries: list[dict[str, Any]]) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        replace_text(file, "".join(json.dumps(entry, sort_keys=True) + "\n" for entry in entries))

    def _check_key(self, entry: Mapping[str, Any]) -> None:
        if entry["key"] != _mark(self._settings.require_erasure_key()):
            raise ErasureError(
                explain(
                    "the list of the erased was made with another key, so nobody on it would be recognised",
                    where=str(self._list),
                    expected="the key with which it was begun",
                    remedy="set LAKEHOUSE_ERASURE_KEY to the former LAKEHOUSE_PSEUDONYM_KEY; "
                    "see docs/privacy.md",
                )
            )


@cache
def _mark(key: str) -> str:
    """What tells one key from another and says nothing about it: 160,000 hashes of a long secret."""
    return hashlib.pbkdf2_hmac("sha256", key.encode(), b"lakehouse/erasure/key", 160_000).hex()[:16]


def _lines(file: Path) -> Iterator[dict[str, Any]]:
    if file.exists():
        yield from (json.loads(line) for line in file.read_text().splitlines())
