"""How a dataset reads an input. A function never sees part of a group without having asked for it."""

from dataclasses import dataclass, field

from typing_extensions import override

__all__ = ["Changes", "Keys", "Read", "Whole", "Windows", "changes", "keys", "whole", "window"]


@dataclass(frozen=True, slots=True)
class Read:
    """The base of the ways of reading."""

    @property
    def how(self) -> str:
        """The way's name in records and plans."""
        return type(self).__name__.lower()


@dataclass(frozen=True, slots=True)
class Changes(Read):
    """Only what is new since the last commit of the reader."""


@dataclass(frozen=True, slots=True)
class Keys(Read):
    """All rows of the keys that changed. ``columns`` maps the reader's column to the input's."""

    columns: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Windows(Read):
    """All rows of the windows touched. ``by`` is the input's column that places a row in time."""

    by: str = ""

    @property
    @override
    def how(self) -> str:
        return "window"


@dataclass(frozen=True, slots=True)
class Whole(Read):
    """The whole input at its newest version. With ``triggers``, a change in it re-runs everything."""

    triggers: bool = True


def changes() -> Changes:
    """Read the rows that are new since this dataset's last commit.

    Of an append-only input these are the rows appended. Of any other they are the net changes by
    the input's key: the newest image of every row changed, with a column ``_change`` that is
    ``upsert`` or ``delete``.
    """
    return Changes()


def keys(*same: str, **renamed: str) -> Keys:
    """Read all rows of the keys that changed in any input read by keys.

    ``keys("customer_id")`` where reader and input call the column alike,
    ``keys(customer_id="id")`` where the input calls it ``id``. Right for joins and aggregates by key.
    """
    return Keys({**{name: name for name in same}, **renamed})


def window(by: str) -> Windows:
    """Read all rows of the windows touched; ``by`` is the input's time or date column."""
    return Windows(by)


def whole(*, triggers: bool = True) -> Whole:
    """Read the whole input.

    A change in it re-runs the dataset, and every window of a windowed one. ``triggers=False``
    makes it a mere look-up: its changes alone re-run nothing.
    """
    return Whole(triggers)
