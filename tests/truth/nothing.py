"""Tests of nothing: two variations of the same, read as any experiment is; how many read as something."""

import gc
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

from lakehouse.experiments import Measured, Plan, Role, Summary, Verdict, read_out

Numbers = NDArray[np.float64]
SIGNIFICANT = (0.025, 0.075)
PEEKED = 0.07
LOOKS = tuple(look / 10 for look in range(1, 11))
_MOVED = {Verdict.BETTER, Verdict.WORSE}


@dataclass(frozen=True, slots=True)
class Nothing:
    """Of so many tests of nothing: those that read as something at the end, and at one of the looks."""

    tests: int
    significant: int
    peeked: int

    @property
    def words(self) -> str:
        significant, peeked = (f"{each / self.tests:.1%}" for each in (self.significant, self.peeked))
        return (
            f"tests of nothing: {significant} of {self.tests} read as something,"
            f" {peeked} when looked at ten times"
        )

    def problems(self) -> list[str]:
        """What is outside of what is allowed."""
        share, peeked = self.significant / self.tests, self.peeked / self.tests
        low, high = SIGNIFICANT
        found = []
        if not low <= share <= high:
            found.append(f"tests of nothing: {share:.1%} read as something, {low:.1%} to {high:.1%} should")
        if peeked > PEEKED:
            found.append(f"tests of nothing, looked at all along: {peeked:.1%}, at most {PEEKED:.0%} should")
        return found


def of_nothing(
    value: Numbers, before: Numbers, tests: int, dice: np.random.Generator, looks: Sequence[float] = LOOKS
) -> Nothing:
    """Split the same units at random again and again; they are in the order in which they came.

    At the planned end a test is read once. Somebody who peeks takes every look, the last one at the end, and
    stops at the first that shows something.
    """
    significant = peeked = 0
    # Statsmodels collects garbage with every adjustment: what is here already need not be gone through.
    gc.freeze()
    for _ in range(tests):
        treated = dice.random(len(value)) < 0.5
        at_the_end = shows_something(value, before, treated, 1.0)
        significant += at_the_end
        peeked += at_the_end or any(shows_something(value, before, treated, look) for look in looks[:-1])
    gc.unfreeze()
    return Nothing(tests, significant, peeked)


def shows_something(value: Numbers, before: Numbers, treated: NDArray[np.bool_], look: float) -> bool:
    """Whether the read-out of the first units calls the treatment better or worse."""
    seen = slice(round(look * len(value)))
    arms = [Summary.of(value[seen][arm], before=before[seen][arm]) for arm in (~treated[seen], treated[seen])]
    plan = Plan(share=0.5, progress=look, relevant=0.03)
    measured = Measured("value", "all", Role.PRIMARY, *arms)
    (found,) = read_out(plan, (arms[0].units, arms[1].units), [measured])
    return found.judgement.verdict in _MOVED


def band(tests: int, sure: float = 0.999) -> tuple[int, int]:
    """How many of so many tests of nothing may read as something, if one in twenty does."""
    low, high = binom.interval(sure, tests, 0.05)
    return int(low), int(high)
