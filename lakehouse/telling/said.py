"""What has been said already: the memory that keeps alerts from repeating themselves."""

import json
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, Self

from lakehouse.files import locked, replace_text
from lakehouse.settings import Settings

__all__ = ["Key", "Said"]


class Key(NamedTuple):
    """What makes two alerts the same."""

    kind: str
    dataset: str
    cause: str


class Said:
    """Alerts said and not resolved, with the ways each went; one JSON file per environment."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._ways: dict[Key, tuple[str, ...]] = {}
        if path.exists():
            self._ways = {Key(*entry["key"]): tuple(entry["ways"]) for entry in _entries(path)}

    @classmethod
    @contextmanager
    def open(cls, settings: Settings) -> Iterator[Self]:
        """The memory, locked against other processes and threads until the context ends."""
        path = _place(settings)
        with locked(path.with_suffix(".lock")):
            yield cls(path)

    @staticmethod
    def anything(settings: Settings) -> bool:
        """Whether there is anything that could be resolved, without taking the lock."""
        path = _place(settings)
        return path.exists() and bool(_entries(path))

    def ways(self, key: Key) -> tuple[str, ...] | None:
        """The ways by which this was said, None if it was not said at all."""
        return self._ways.get(key)

    def note(self, key: Key, ways: tuple[str, ...]) -> None:
        """Remember, durably, that this was said."""
        if self._ways.get(key) != ways:
            self._ways[key] = ways
            self._save()

    def forget(self, kind: str, dataset: str, but: Collection[str] = ()) -> int:
        """Forget what was said of a kind and a dataset, ``but`` for these causes; gives how much it was."""
        said = [key for key in self._ways if (key.kind, key.dataset) == (kind, dataset)]
        gone = [key for key in said if key.cause not in but]
        for key in gone:
            del self._ways[key]
        if gone:
            self._save()
        return len(gone)

    def _save(self) -> None:
        body = [{"key": list(key), "ways": list(ways)} for key, ways in sorted(self._ways.items())]
        replace_text(self._path, json.dumps({"said": body}, indent=1, ensure_ascii=False))


def _place(settings: Settings) -> Path:
    return settings.var_dir / "alerts" / f"{settings.environment}.json"


def _entries(path: Path) -> list[dict[str, list[str]]]:
    """What the file holds; a damaged one counts as empty: to say a thing twice is the lesser evil."""
    try:
        entries: list[dict[str, list[str]]] = json.loads(path.read_text("utf-8"))["said"]
    except (ValueError, KeyError, FileNotFoundError):
        return []
    return entries
