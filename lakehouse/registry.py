"""Registries: a file with one tuple of entries, such as ``METRICS`` in the project's ``metrics.py``."""

import importlib.util
from typing import Protocol, TypeVar

from lakehouse.discovery import import_module
from lakehouse.errors import DeclarationError, explain

__all__ = ["Entry", "entries_of", "wrong"]


class Entry(Protocol):
    """What stands in a registry: something of a name."""

    @property
    def name(self) -> str:
        """As the command line says it."""


Kind = TypeVar("Kind", bound=Entry)


def entries_of(package: str, name: str, kind: type[Kind]) -> tuple[Kind, ...]:
    """The entries in ``package/name.py``; none where the project has no such file, or no such package.

    To be called with a catalog that was discovered, so that the project is on the import path. Raises
    :class:`DeclarationError` where the file declares anything else.
    """
    module = f"{package}.{name}"
    try:
        declared = importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:  # the project has no package of datasets
        declared = False
    if not declared:
        return ()
    found = getattr(import_module(module), name.upper(), None)
    if not isinstance(found, tuple) or not all(isinstance(each, kind) for each in found):
        raise DeclarationError(
            explain(
                f"the registry holds no {name}",
                where=f"{module.replace('.', '/')}.py",
                expected=f"{name.upper()} = ({kind.__name__}(…), …)",
                found=type(found).__name__,
            )
        )
    return found


def wrong(
    entry: Entry, what: str, *, expected: object = None, found: object = None, remedy: str | None = None
) -> DeclarationError:
    """The error of one entry, which it names: ``metric revenue: …``."""
    where = f"{type(entry).__name__.lower()} {entry.name}"
    return DeclarationError(explain(what, where=where, expected=expected, found=found, remedy=remedy))
