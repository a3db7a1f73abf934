"""Naming datasets on the command line: ``orders``, ``silver.orders``, ``+orders``, ``orders+``, a layer."""

from collections.abc import Iterable

from lakehouse.discovery import Catalog
from lakehouse.layers import Layer

__all__ = ["select"]


def select(catalog: Catalog, words: Iterable[str]) -> frozenset[str]:
    """The names of the datasets meant; all of them where no word is given.

    ``+orders`` means it and all that it reads, ``orders+`` it and all that read it, ``silver`` every
    dataset of the layer. Raises :class:`~lakehouse.errors.DeclarationError` for an unknown name.
    """
    chosen: set[str] = set()
    given = [part for word in words for part in word.split(",") if part]
    for word in given:
        name = word.strip("+")
        if name in set(Layer):
            start = {each.name for each in catalog if each.layer == name}
        else:
            start = {catalog[name].name}
        chosen |= start
        if word.startswith("+"):
            chosen |= catalog.upstream_of(start)
        if word.endswith("+"):
            chosen |= _downstream_of(catalog, start)
    return frozenset(chosen if given else catalog.datasets)


def _downstream_of(catalog: Catalog, names: set[str]) -> set[str]:
    found: set[str] = set()
    todo = list(names)
    while todo:
        readers = {each.name for each in catalog.readers_of(todo.pop())} - found
        found |= readers
        todo += readers
    return found
