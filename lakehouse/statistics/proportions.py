"""Shares of independent cases, and the difference of two, with intervals that stay honest for few cases."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lakehouse.errors import LakehouseError, explain

__all__ = ["Counts", "Interval", "difference", "share", "with_shares"]

LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Counts:
    """How many ``cases`` there were, and in how many of them it happened."""

    successes: int
    cases: int

    def __post_init__(self) -> None:
        if not 0 <= self.successes <= self.cases:
            raise LakehouseError(
                explain(
                    "these are no counts of a share",
                    expected="0 ≤ successes ≤ cases",
                    found=f"{self.successes} of {self.cases}",
                )
            )

    @property
    def share(self) -> float | None:
        """Successes per case; None where there are no cases."""
        return self.successes / self.cases if self.cases else None


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate and the bounds of its confidence interval, in the estimate's unit."""

    value: float
    low: float
    high: float


def share(counts: Counts, level: float = LEVEL) -> Interval | None:
    """The share with Wilson's score interval; None where there are no cases.

    Wilson, E. B. (1927), "Probable inference, the law of succession, and statistical inference", Journal of
    the American Statistical Association 22, 209-212. Recommended for few cases and shares near 0 or 1 by
    Brown, Cai and DasGupta (2001), Statistical Science 16, 101-133.
    """
    from statsmodels.stats.proportion import proportion_confint  # type: ignore[import-untyped]

    if not counts.cases:
        return None
    low, high = proportion_confint(counts.successes, counts.cases, alpha=1 - level, method="wilson")
    return Interval(counts.successes / counts.cases, float(low), float(high))


def difference(of: Counts, against: Counts, level: float = LEVEL) -> Interval | None:
    """One share less another, with Newcombe's interval; None where either has no cases.

    Newcombe, R. G. (1998), "Interval estimation for the difference between independent proportions",
    Statistics in Medicine 17, 873-890, method 10: Wilson's intervals of the two, combined by squares.
    """
    from statsmodels.stats.proportion import confint_proportions_2indep

    if not (of.cases and against.cases):
        return None
    low, high = confint_proportions_2indep(
        of.successes, of.cases, against.successes, against.cases, method="newcomb", alpha=1 - level
    )
    return Interval(of.successes / of.cases - against.successes / against.cases, float(low), float(high))


def with_shares(rows: Iterable[Mapping[str, Any]], successes: str, cases: str) -> list[dict[str, Any]]:
    """The rows, each with the ``share`` that two of its columns make, and its bounds ``low`` and ``high``.

    All three are None where a row has no cases.
    """
    found = [(row, share(Counts(row[successes], row[cases]))) for row in rows]
    return [
        {**row, "share": each and each.value, "low": each and each.low, "high": each and each.high}
        for row, each in found
    ]
