"""What moved a number, and by how much each part of it: exact decompositions of a change.

Three questions, three ways, each of which adds up to the change to the last cent:

- the number is a **product** (revenue is visits by conversion by order value): the Shapley value of each
  factor, which is its effect averaged over all orders in which the factors may have changed (Shorrocks 2013,
  *Decomposition procedures for distributional analysis*, Journal of Economic Inequality 11). It
  needs no logarithm, so a factor may be zero.
- the number is a **sum** over the members of a dimension: each member's own change.
- the number is a **ratio** of two sums over members: for each member, what the change of its own rate
  did, and what its changed share of the whole did (Kitagawa 1955, *Components of a difference between
  two rates*, JASA 50).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import factorial, prod

__all__ = ["Part", "of_product", "of_ratio", "of_sum"]


@dataclass(frozen=True, slots=True)
class Part:
    """One part's contribution to a change; for a ratio, ``rate`` and ``mix`` add up to it."""

    name: str
    change: float
    rate: float = 0.0
    mix: float = 0.0


def of_product(before: Mapping[str, float], after: Mapping[str, float]) -> tuple[Part, ...]:
    """Each factor's contribution to the change of the product of all; the same names on both sides."""
    names = _same_names(before, after)
    others = {name: [each for each in names if each != name] for name in names}

    def product(changed: Sequence[str]) -> float:
        return prod(after[name] if name in changed else before[name] for name in names)

    parts = []
    for name in names:
        change = 0.0
        for size in range(len(names)):
            weight = factorial(size) * factorial(len(names) - size - 1) / factorial(len(names))
            for already in combinations(others[name], size):
                change += weight * (product([*already, name]) - product(already))
        parts.append(Part(name, change))
    return tuple(parts)


def of_sum(before: Mapping[str, float], after: Mapping[str, float]) -> tuple[Part, ...]:
    """Each member's contribution to the change of the sum; a member missing on one side is zero there."""
    names = dict.fromkeys([*before, *after])
    return tuple(Part(name, after.get(name, 0.0) - before.get(name, 0.0)) for name in names)


def of_ratio(
    before: Mapping[str, tuple[float, float]], after: Mapping[str, tuple[float, float]]
) -> tuple[Part, ...]:
    """Each member's contribution to the change of (sum of firsts) ÷ (sum of seconds).

    A member whose share grows adds where its rate is above the whole's, and takes away where it is below.
    A member without a second value on one side has no rate there; it is given its other one.
    """
    names = dict.fromkeys([*before, *after])
    whole_before, whole_after = _total(before), _total(after)
    rate_of_whole = (_rate(whole_before) + _rate(whole_after)) / 2
    parts = []
    for name in names:
        was, now = before.get(name, (0.0, 0.0)), after.get(name, (0.0, 0.0))
        share_was, share_now = _share(was, whole_before), _share(now, whole_after)
        rate_was, rate_now = _rate(was if was[1] else now), _rate(now if now[1] else was)
        rate = (share_was + share_now) / 2 * (rate_now - rate_was)
        mix = (share_now - share_was) * ((rate_was + rate_now) / 2 - rate_of_whole)
        parts.append(Part(name, rate + mix, rate, mix))
    return tuple(parts)


def _same_names(before: Mapping[str, float], after: Mapping[str, float]) -> list[str]:
    if set(before) != set(after):
        message = f"factors differ: {sorted(before)} and {sorted(after)}"
        raise ValueError(message)
    return list(before)


def _total(members: Mapping[str, tuple[float, float]]) -> tuple[float, float]:
    return sum(value for value, _ in members.values()), sum(per for _, per in members.values())


def _rate(member: tuple[float, float]) -> float:
    return member[0] / member[1] if member[1] else 0.0


def _share(member: tuple[float, float], whole: tuple[float, float]) -> float:
    return member[1] / whole[1] if whole[1] else 0.0
