"""Every Delta table in a lake's folder: the datasets' own, their quarantines and tombstones."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lakehouse.engine import deltalog
from lakehouse.layers import Layer

__all__ = ["Stored", "stored_tables"]


@dataclass(frozen=True, slots=True)
class Stored:
    """A table on disk: what it is called, its folder, and the lock file of those who write it."""

    name: str
    path: Path
    lock: Path


def stored_tables(lake: Path) -> Iterator[Stored]:
    """All tables in a lake's folder, also those of datasets that the project no longer declares."""
    for layer in Layer:
        for path in _tables_in(lake / layer.value):
            yield _stored(lake, f"{layer.value}.{path.name}", "", path)
        for path in _tables_in(lake / layer.value / "_tombstones"):
            yield _stored(lake, f"{layer.value}.{path.name}", "'s tombstones", path)
    for path in _tables_in(lake / "bronze" / "_quarantine"):
        yield _stored(lake, path.name, "'s quarantine", path)


def _tables_in(folder: Path) -> list[Path]:
    found = sorted(folder.iterdir()) if folder.is_dir() else []
    return [path for path in found if deltalog.exists(path)]


def _stored(lake: Path, dataset: str, part: str, path: Path) -> Stored:
    return Stored(f"{dataset}{part}", path, lake / "_locks" / f"{dataset}.lock")
