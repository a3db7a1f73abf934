"""Which datasets a command names: ``orders``, ``+orders`` with all it reads, ``orders+`` with all readers."""

from collections.abc import Iterable

from lakehouse.dataset import Dataset
from lakehouse.lake import Lake

__all__ = ["downstream", "select"]


def select(lake: Lake, words: Iterable[str] = ()) -> tuple[Dataset, ...]:
    """The datasets that some words select, inputs before readers; no word selects all.

    A word is a name (``orders`` or ``silver.orders``), with ``+`` before it for everything upstream and
    after it for everything downstream. Raises :class:`~lakehouse.errors.DeclarationError` for a name
    that is not there, with those that are near.
    """
    words = tuple(words)
    if not words:
        return tuple(lake.catalog)
    chosen: set[str] = set()
    for word in words:
        name = lake.catalog[word.strip("+")].name
        chosen.add(name)
        if word.startswith("+"):
            chosen |= lake.catalog.upstream_of([name])
        if word.endswith("+"):
            chosen |= downstream(lake, [name])
    return tuple(dataset for dataset in lake.catalog if dataset.name in chosen)


def downstream(lake: Lake, names: Iterable[str]) -> set[str]:
    """These datasets and all that read them, directly or not."""
    found = set(names)
    for dataset in lake.catalog:  # inputs come before readers
        if found & set(dataset.inputs):
            found.add(dataset.name)
    return found
