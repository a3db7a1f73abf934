"""Which datasets a run is of, in the order in which they run."""

from collections.abc import Iterable

from lakehouse.change.selection import select as names_of
from lakehouse.dataset import Dataset
from lakehouse.lake import Lake

__all__ = ["downstream", "select"]


def select(lake: Lake, words: Iterable[str] = ()) -> tuple[Dataset, ...]:
    """The datasets that some words select, inputs before readers; see :mod:`lakehouse.change.selection`."""
    chosen = names_of(lake.catalog, words)
    return tuple(dataset for dataset in lake.catalog if dataset.name in chosen)


def downstream(lake: Lake, names: Iterable[str]) -> set[str]:
    """These datasets and all that read them, directly or not."""
    found = set(names)
    for dataset in lake.catalog:  # inputs come before readers
        if found & set(dataset.inputs):
            found.add(dataset.name)
    return found
