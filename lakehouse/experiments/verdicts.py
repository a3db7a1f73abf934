"""What a reading comes to: one word from a closed list, and why."""

from dataclasses import dataclass
from enum import StrEnum

from lakehouse.experiments.reading import ALPHA, Reading

__all__ = ["LEAST_UNITS", "Judgement", "Verdict", "judge"]

LEAST_UNITS = 100
"""Fewer units in a variation than this are not read: sums of so few are not normal yet."""


class Verdict(StrEnum):
    """All that may be said of a metric in an experiment."""

    BETTER = "better"
    WORSE = "worse"
    NO_DIFFERENCE_LARGER_THAN = "no difference larger than"
    TOO_EARLY = "too early"
    INVALID_SPLIT = "invalid split"


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict and its reason. ``larger_than`` is the relative size that is ruled out, where one is."""

    verdict: Verdict
    reason: str
    larger_than: float | None = None


def judge(
    reading: Reading,
    p_adjusted: float,
    bounds: tuple[float, float],
    *,
    finished: bool,
    relevant: float,
    lower_is_better: bool,
) -> Judgement:
    """The verdict on one metric whose split holds and whose units are enough.

    ``p_adjusted`` and ``bounds`` are those of one look at the planned end where it is ``finished``, else the
    always valid ones. ``relevant`` is the smallest relative lift that would matter: while a test runs, a
    smaller one has to be ruled out before it may be called none.
    """
    farthest = max(abs(bound) for bound in bounds)
    if p_adjusted <= ALPHA:
        good = (reading.lift > 0) is not lower_is_better
        return Judgement(Verdict.BETTER if good else Verdict.WORSE, "more than chance explains")
    if finished:
        alone = reading.p_value <= ALPHA
        reason = "significant alone, not among so many metrics" if alone else "chance explains it"
        return Judgement(Verdict.NO_DIFFERENCE_LARGER_THAN, reason, farthest)
    if farthest <= relevant:
        return Judgement(Verdict.NO_DIFFERENCE_LARGER_THAN, "what would matter is ruled out", farthest)
    return Judgement(Verdict.TOO_EARLY, "what would matter is neither shown nor ruled out yet")
