"""Which editions of a letter have gone out: none goes twice, whatever dies in between.

An edition is noted before it is handed to the mail server and again after. One that was noted only
before may have arrived or not; nobody can tell, so it is not sent again unless a person says so.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path

from lakehouse.files import locked, replace_text
from lakehouse.settings import Settings

__all__ = ["Edition", "editions"]


class Edition(StrEnum):
    """How far an edition has come."""

    NEW = "new"
    SENDING = "sending"
    """Handed over, or about to be, when the process ended."""
    SENT = "sent"


class _Book:
    """The notes, read and written under a lock."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._notes: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}

    def state(self, edition: str) -> Edition:
        """How far it has come."""
        return Edition(self._notes.get(edition, Edition.NEW))

    def note(self, edition: str, state: Edition) -> None:
        """Write it down, and bring it to disk before going on."""
        if state is Edition.NEW:
            self._notes.pop(edition, None)
        else:
            self._notes[edition] = state.value
        replace_text(self._path, json.dumps(self._notes, indent=1, sort_keys=True))


@contextmanager
def editions(settings: Settings) -> Iterator[_Book]:
    """The notes of this environment, locked against other processes until the context ends."""
    path = settings.var_dir / "letters" / f"{settings.environment}.json"
    with locked(path.with_suffix(".lock")):
        yield _Book(path)
