"""Whether the variations are as large as planned: if not, who is missing may be the effect."""

from collections.abc import Sequence

__all__ = ["BROKEN", "split_p"]

BROKEN = 0.001
"""A split less likely than this is broken. Every experiment is checked: a small bound avoids false alarms."""


def split_p(units: Sequence[int], shares: Sequence[float]) -> float | None:
    """How often chance alone splits so unevenly: the chi-square test of the counts against the plan.

    ``shares`` are those planned, adding up to 1; None where there are no units. Fabijan et al. (2019),
    "Diagnosing sample ratio mismatch in online controlled experiments", KDD.
    """
    from scipy.stats import chisquare  # type: ignore[import-untyped]

    total = sum(units)
    if not total:
        return None
    return float(chisquare(list(units), [share * total for share in shares]).pvalue)
