"""Scala's collections, as Python's."""

from typing import Any

__all__ = ["listed"]


def listed(collection: Any) -> list[Any]:
    """A collection of a Java process as a list."""
    found = collection.toSeq()
    return [found.apply(place) for place in range(found.size())]
