"""What a bronze table does when its source changes, by contract: one word for each kind of change.

::

    class ShopOrders(Contract):
        \"\"\"One row per order and dump that holds it.\"\"\"

        __evolution__ = Evolution(added="freeze")

``"freeze"`` alone means the same for all kinds. How it is done stands in :mod:`lakehouse.writing.drift`.
"""

from dataclasses import dataclass, fields
from enum import StrEnum

from lakehouse.errors import DeclarationError, explain

__all__ = ["EXTRA", "Evolution", "OnChange"]

EXTRA = "_extra_"
"""Columns of a bronze table that its contract does not have: ``_extra_gift`` holds the source's ``gift``."""


class OnChange(StrEnum):
    """What becomes of what the contract did not foresee."""

    EVOLVE = "evolve"
    """The table goes with it: values are kept as text in a column of their own, a column gone is null."""
    FREEZE = "freeze"
    """The loads that brought it stay in the bucket until the contract knows it; others are taken."""
    DISCARD = "discard"
    """The value is dropped; it is counted and told."""
    QUARANTINE = "quarantine"
    """The row steps aside, whole: for values of another type only."""


@dataclass(frozen=True, slots=True)
class Evolution:
    """The policy of a bronze contract.

    Args:
        added: for columns that the contract does not have: ``evolve``, ``freeze``, ``discard``.
        retyped: for values that do not fit their column's type: ``quarantine``, ``evolve``, ``freeze``,
            ``discard``. A row whose column must have a value steps aside in any case but ``freeze``.
        gone: for columns that records no longer have: ``evolve``, ``freeze``.
    """

    added: str = OnChange.EVOLVE
    retyped: str = OnChange.QUARANTINE
    gone: str = OnChange.EVOLVE

    def __post_init__(self) -> None:
        """Raise :class:`DeclarationError` for a word that means nothing for its kind of change."""
        for kind in fields(self):
            if getattr(self, kind.name) not in _ALLOWED[kind.name]:
                raise DeclarationError(
                    explain(
                        f"__evolution__ says of {kind.name} what nothing can be done by",
                        expected=f"one of {', '.join(_ALLOWED[kind.name])}",
                        found=repr(getattr(self, kind.name)),
                        remedy="correct the word",
                    )
                )

    @classmethod
    def of(cls, words: "Evolution | str") -> "Evolution":
        """A policy as declared: itself, or one word for all kinds of change."""
        if isinstance(words, Evolution):
            return words
        return cls(words, words, OnChange.EVOLVE if words == OnChange.DISCARD else words)

    @property
    def freezes(self) -> bool:
        """Whether any kind of change holds a load back."""
        return OnChange.FREEZE in (self.added, self.retyped, self.gone)


_THREE = (OnChange.EVOLVE, OnChange.FREEZE, OnChange.DISCARD)
_ALLOWED: dict[str, tuple[str, ...]] = {
    "added": _THREE,
    "retyped": (OnChange.QUARANTINE, *_THREE),
    "gone": (OnChange.EVOLVE, OnChange.FREEZE),
}
