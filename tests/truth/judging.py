"""Whether what was found is right often enough: the bands of ``make truth``, and what is outside of them.

An interval of 95 % misses one time in twenty, and a false discovery rate of 5 % lets one claim in twenty be
false. So neither is judged row by row: the number of rows is, against the binomial distribution.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from scipy.stats import binom, poisson_binom

from tests.truth.finding import Claims, Finding, Kind

STATED = 0.95
FALSE = 0.05
SURE = 0.99
"""Of all runs in which everything is as stated, the share in which a band holds it."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """Of so many intervals, how many hold what was planted, and how many may."""

    effect: str
    inside: int
    total: int
    least: int
    most: int

    @property
    def holds(self) -> bool:
        return self.least <= self.inside <= self.most


@dataclass(frozen=True, slots=True)
class FalseClaims:
    """Of what is called real, what is not; ``most`` is how many families' worth of it may be false."""

    families: int
    made: int
    false: tuple[str, ...]
    weight: float
    most: int

    @property
    def holds(self) -> bool:
        return self.weight <= self.most


@dataclass(frozen=True, slots=True)
class Reached:
    """Of the verdicts that take some luck, how many were reached, how many may be expected, how many must."""

    reached: int
    total: int
    expected: float
    least: int

    @property
    def holds(self) -> bool:
        return self.reached >= self.least


def reached(findings: Iterable[Finding]) -> Reached:
    """The verdicts whose samples are too small to reach them always, against the chance of each."""
    these = [each for each in findings if each.kind is Kind.VERDICT and each.told and each.power < 1]
    powers = [each.power for each in these]
    least = int(poisson_binom.ppf(1 - SURE, powers)) if these else 0
    return Reached(sum(each.holds for each in these), len(these), sum(powers), least)


def coverage(findings: Iterable[Finding]) -> list[Coverage]:
    """Per effect, and pooled at the end.

    Each effect's band is widened for their number (Bonferroni), so that all of them together hold in 99 %.
    """
    told = [each for each in findings if each.kind is Kind.SAMPLED and each.told]
    by_effect = defaultdict[str, list[Finding]](list)
    for each in told:
        by_effect[each.effect].append(each)
    sure = 1 - (1 - SURE) / max(len(by_effect), 1)
    found = [_coverage(effect, mine, sure) for effect, mine in by_effect.items()]
    return [*found, _coverage("pooled", told, SURE)]


def _coverage(effect: str, findings: Sequence[Finding], sure: float) -> Coverage:
    total = len(findings)
    least, most = (int(each) for each in binom.interval(sure, total, STATED)) if total else (0, 0)
    return Coverage(effect, sum(each.holds for each in findings), total, least, most)


def false_claims(claims: Sequence[Claims]) -> FalseClaims:
    """What is false, against what the false discovery rate allows.

    The rate is the mean, over families that are judged together, of the share of false ones among those
    called real: none where nothing is. A sum of such shares is spread no wider than that of as many throws of
    a coin that shows false one time in twenty.
    """
    words = tuple(word for each in claims for word in each.false)
    weight = sum(each.share for each in claims)
    most = int(binom.ppf(SURE, len(claims), FALSE)) if claims else 0
    return FalseClaims(len(claims), sum(each.made for each in claims), words, weight, most)


def problems(findings: Sequence[Finding], claims: Sequence[Claims], *, powered: bool) -> Iterator[str]:
    """What is not as it should be, a line each.

    Unless ``powered``, the company is too small for every verdict to be reached, and for some things to be
    told at all: then only what the lake does say is judged.
    """
    for each in findings:
        if each.falls_short or (each.kind is Kind.SAMPLED and (each.told or not powered)):
            continue
        if not each.told and powered:
            yield f"{each.effect}, {each.quantity}: nothing is told"
        elif each.told and not each.holds and (powered or each.kind is not Kind.VERDICT):
            yield f"{each.effect}, {each.quantity}: planted {each.planted}, found {each.found}"
    lucky = reached(findings)
    if powered and not lucky.holds:
        yield (
            f"verdicts that take some luck: {lucky.reached} of {lucky.total} reached,"
            f" {lucky.least} at least should be"
        )
    for of in coverage(findings):
        if not of.holds:
            yield (
                f"intervals of {of.effect}: {of.inside} of {of.total} hold what was planted,"
                f" {of.least} to {of.most} should"
            )
    false = false_claims(claims)
    if not false.holds:
        yield (
            f"false claims: {len(false.false)} of {false.made}, {false.weight:.2f} families' worth,"
            f" at most {false.most} should be: {'; '.join(false.false)}"
        )
