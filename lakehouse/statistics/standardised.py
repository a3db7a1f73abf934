"""Like with like: a group against others who are mixed differently, stratum by stratum."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

from lakehouse.statistics.proportions import LEVEL, Counts, Interval

__all__ = ["Standardised", "standardised"]


@dataclass(frozen=True, slots=True)
class Standardised:
    """A group against others of its own mix.

    ``group`` are the cases that have others to compare with, ``alone`` counts those that have none and are
    left out. ``expected`` is the share the group would have, had each of its strata that of the others.
    ``difference`` is the group's share less the expected one.
    """

    group: Counts
    alone: int
    expected: float
    difference: Interval

    @property
    def missing(self) -> Interval:
        """Successes that the group would have had more: negative where it has more than expected."""
        cases, gap = self.group.cases, self.difference
        return Interval(-gap.value * cases, -gap.high * cases, -gap.low * cases)


def standardised(strata: Iterable[tuple[Counts, Counts]], level: float = LEVEL) -> Standardised | None:
    """Compare a group with others; each stratum is the group's counts and the others'.

    Direct standardisation to the group's mix, as in Rothman, Greenland and Lash, "Modern Epidemiology" (3rd
    ed., 2008), chapter 3: the expected share is the others' share in each stratum, weighted by the group's
    cases. The variances of the shares add up, each taken after adding a success and a failure, so that a
    stratum in which all went alike does not count as certain: Agresti and Caffo (2000), "Simple and
    effective confidence intervals for proportions", The American Statistician 54, 280-288.

    None where no stratum has both.
    """
    pairs = [(group, others) for group, others in strata if group.cases]
    both = [(group, others) for group, others in pairs if others.cases]
    cases = sum(group.cases for group, _ in both)
    if not cases:
        return None
    own = Counts(sum(group.successes for group, _ in both), cases)
    expected = sum(group.cases * others.successes / others.cases for group, others in both) / cases
    variance = _variance(own) + sum((group.cases / cases) ** 2 * _variance(others) for group, others in both)
    value = own.successes / cases - expected
    reach = NormalDist().inv_cdf((1 + level) / 2) * sqrt(variance)
    bounds = Interval(value, max(value - reach, -1.0), min(value + reach, 1.0))
    return Standardised(own, sum(group.cases for group, _ in pairs) - cases, expected, bounds)


def _variance(counts: Counts) -> float:
    """Of a share, after Agresti and Caffo."""
    adjusted = (counts.successes + 1) / (counts.cases + 2)
    return adjusted * (1 - adjusted) / (counts.cases + 2)
