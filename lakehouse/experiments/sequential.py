"""A reading that stays valid however often it is looked at, and whenever one stops.

An ordinary test answers once, at the planned end. Looked at every day until it "is significant", it is wrong
far more often than one time in twenty. The asymptotic confidence sequence of Waudby-Smith, Arbour, Sinha,
Kennedy and Ramdas (2024), "Time-uniform central limit theory and asymptotic confidence sequences", Annals of
Statistics 52, 2613-2640, proposition 2.5, covers at all times at once; its p-value is the one of the mixture
sequential probability ratio test (Johari, Koomen, Pekelis and Walsh, 2022, "Always valid inference",
Operations Research 70, 1806-1821). The price is a wider interval: about 3.0 standard errors at the planned
end instead of 1.96.
"""

from functools import cache
from math import e, exp, log, sqrt

from lakehouse.experiments.reading import ALPHA

__all__ = ["always_valid_p", "critical_z"]


def critical_z(progress: float, alpha: float = ALPHA) -> float:
    """How many standard errors the interval reaches to both sides.

    ``progress`` is the information collected as a share of the planned one (more than 1 after the planned
    end). The sequence is narrowest at the planned end; only its width depends on the plan, not its validity.
    """
    ratio = _tuning(ALPHA) * progress
    return sqrt((ratio + 1) / ratio * (log(ratio + 1) - 2 * log(alpha)))


def always_valid_p(z: float, progress: float) -> float:
    """The p-value of a difference of ``z`` standard errors: 5 % exactly where the interval's end is none."""
    ratio = _tuning(ALPHA) * progress
    evidence = z * z * ratio / (2 * (ratio + 1)) - log(ratio + 1) / 2
    return exp(-evidence) if evidence > 0 else 1.0


@cache
def _tuning(alpha: float) -> float:
    """ρ² times the planned size, by which the interval is narrowest there: the paper's appendix B.2."""
    from scipy.special import lambertw  # type: ignore[import-untyped]

    return float(-lambertw(-(alpha**2) / e, -1).real - 1)
