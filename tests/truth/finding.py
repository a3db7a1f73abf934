"""What is held against the truth: a number with its interval, a count, a verdict; and what is claimed."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Claims", "Finding", "Kind", "counted", "exactly", "sampled", "verdict"]

Number = float | None


class Kind(StrEnum):
    """How the planted and the found are compared."""

    SAMPLED = "sampled"
    """An interval of 95 % for what lies behind the sample: misses it one time in twenty, judged together."""
    COUNTED = "counted"
    """The planted was counted in what happened to the same people: an interval for it holds it every time."""
    EXACT = "exact"
    VERDICT = "verdict"


@dataclass(frozen=True, slots=True)
class Finding:
    """One row of the table. ``found`` is None where the lake says that it cannot tell.

    Of a verdict, ``power`` is the chance that a sample of this size reaches it; ``short`` are the verdicts
    that say less than what was planted, and nothing false.
    """

    effect: str
    quantity: str
    kind: Kind
    planted: float | str
    found: float | str | None
    low: Number = None
    high: Number = None
    among: frozenset[str] = frozenset()
    short: frozenset[str] = frozenset()
    power: float = 1.0

    @property
    def told(self) -> bool:
        """Whether there is something to compare: an interval, a count, a verdict."""
        if self.kind in {Kind.SAMPLED, Kind.COUNTED}:
            return self.low is not None and self.high is not None
        return self.found is not None

    @property
    def falls_short(self) -> bool:
        """Whether a verdict that takes some luck was not reached, and none that is false either."""
        return self.power < 1 and not self.holds and self.found in self.short

    @property
    def holds(self) -> bool:
        """Whether the interval holds the planted, the counts are equal, the verdict is the one to reach."""
        if self.kind is Kind.VERDICT:
            return self.found in self.among
        if self.kind is Kind.EXACT:
            return self.found == self.planted
        return self.low is not None and self.high is not None and self.low <= float(self.planted) <= self.high


@dataclass(frozen=True, slots=True)
class Claims:
    """What one family of readings, judged together, calls real; ``false`` are those of nothing, in words."""

    effect: str
    made: int
    false: tuple[str, ...] = ()

    @property
    def share(self) -> float:
        """The false among those made; 0 where none was."""
        return len(self.false) / self.made if self.made else 0.0


def sampled(
    effect: str, quantity: str, planted: float, found: Number, bounds: tuple[Number, Number]
) -> Finding:
    return Finding(effect, quantity, Kind.SAMPLED, planted, found, *bounds)


def counted(
    effect: str, quantity: str, planted: float, found: Number, bounds: tuple[Number, Number]
) -> Finding:
    return Finding(effect, quantity, Kind.COUNTED, planted, found, *bounds)


def exactly(effect: str, quantity: str, planted: float, found: Number) -> Finding:
    return Finding(effect, quantity, Kind.EXACT, planted, found)


def verdict(
    effect: str,
    quantity: str,
    among: Collection[str],
    found: str | None,
    *,
    short: Collection[str] = (),
    power: float = 1.0,
) -> Finding:
    """``among``: the verdicts that are right, the likeliest first; ``short``, ``power`` as in a finding."""
    words = " or ".join(among)
    return Finding(
        effect,
        quantity,
        Kind.VERDICT,
        words,
        found,
        among=frozenset(among),
        short=frozenset(short),
        power=power,
    )
