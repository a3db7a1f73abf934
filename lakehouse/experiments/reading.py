"""One metric of two variations: the lift with its interval, and what the test could have seen."""

from dataclasses import dataclass
from functools import lru_cache
from math import exp, isfinite, log, nan
from statistics import NormalDist
from typing import TYPE_CHECKING, Literal

from lakehouse.experiments.summaries import Summary

if TYPE_CHECKING:
    from tea_tasting.aggr import Aggregates  # type: ignore[import-untyped]
    from tea_tasting.metrics.mean import MeanResult, RatioOfMeans  # type: ignore[import-untyped]

    Wanted = Literal["rel_effect_size", "n_obs"]

__all__ = ["ALPHA", "POWER", "Reading", "detectable", "read", "units_needed"]

ALPHA = 0.05
POWER = 0.8


@dataclass(frozen=True, slots=True)
class Reading:
    """The treatment against the control.

    ``lift`` is relative: 0.1 is a tenth more. ``z`` is the absolute difference in standard errors, ``error``
    the standard error of the logarithm of the ratio, ``p_value`` two-sided and for one look at the planned
    end. ``variance_removed`` is what the covariate explained, as a share. ``control`` and ``treatment`` are
    the metric as it is; the lift is of the same after the covariate was taken out.
    """

    control: float
    treatment: float
    lift: float
    error: float
    z: float
    p_value: float
    variance_removed: float

    def bounds(self, z: float) -> tuple[float, float]:
        """The lift's interval that reaches ``z`` standard errors to both sides, on the scale of ratios."""
        ratio, reach = 1 + self.lift, exp(z * self.error)
        return ratio / reach - 1, ratio * reach - 1


def read(control: Summary, treatment: Summary) -> Reading | None:
    """Compare two variations; None where there is nothing to compare: no units, no events, no spread.

    Ratios of sums by the delta method: Deng, Knoblich and Lu (2018), "Applying the delta method in metric
    analytics", KDD. Variance reduction by what was known before: Deng, Xu, Kohavi and Walker (2013),
    "Improving the sensitivity of online controlled experiments by utilizing pre-experiment data" (CUPED),
    WSDM. Units are many, so the distribution is the normal one.
    """
    before, after = control.ratio, treatment.ratio
    if not _readable(control) or not _readable(treatment) or before is None or after is None:
        return None
    both = control.aggregates(), treatment.aggregates()
    spread = sum(each.ratio_var("value", "per") for each in both)
    if spread <= 0:
        return None
    found: MeanResult = _metric().analyze_aggregates(*both)
    error = _log_error(found)
    if not all(isfinite(each) for each in (found.rel_effect_size, error, found.statistic)) or not error:
        return None
    return Reading(
        control=before,
        treatment=after,
        lift=float(found.rel_effect_size),
        error=error,
        z=float(found.statistic),
        p_value=float(found.pvalue),
        variance_removed=_explained(both[0] + both[1]),
    )


def detectable(control: Summary, treatment: Summary) -> float | None:
    """The smallest relative lift that such a test would find in four cases of five; None where unknown."""
    return _solved(control, treatment, "rel_effect_size", None)


def units_needed(control: Summary, treatment: Summary, lift: float) -> int | None:
    """How many units, in all variations, find a lift of this size in four cases of five."""
    found = _solved(control, treatment, "n_obs", abs(lift)) if lift else None
    return None if found is None else int(found)


def _solved(control: Summary, treatment: Summary, wanted: "Wanted", lift: float | None) -> float | None:
    if not _readable(control) or not _readable(treatment):
        return None
    both = control.aggregates() + treatment.aggregates()
    if both.ratio_var("value", "per") <= 0:
        return None
    metric = _metric(treatment.units / control.units, lift)
    return float(getattr(metric.solve_power_from_aggregates(both, wanted)[0], wanted))


@lru_cache(maxsize=64)
def _metric(ratio: float = 1.0, lift: float | None = None) -> "RatioOfMeans":
    from tea_tasting.metrics.mean import RatioOfMeans

    return RatioOfMeans(
        "value",
        "per",
        "before",
        use_t=False,
        equal_var=False,
        confidence_level=1 - ALPHA,
        alpha=ALPHA,
        power=POWER,
        ratio=ratio,
        rel_effect_size=lift,
    )


def _readable(summary: Summary) -> bool:
    return summary.units > 1 and summary.per > 0 and summary.value > 0


def _explained(both: "Aggregates") -> float:
    """The share of the variance that the covariate takes away: the square of their correlation."""
    own, other = both.ratio_var("value", "per"), both.var("before")
    return float(both.ratio_cov("value", "per", "before", None) ** 2 / (own * other)) if other > 0 else 0.0


def _log_error(found: "MeanResult") -> float:
    """The standard error of the ratio's logarithm, from the width of its interval."""
    low, high = 1 + found.rel_effect_size_ci_lower, 1 + found.rel_effect_size_ci_upper
    return log(high / low) / 2 / NormalDist().inv_cdf(1 - ALPHA / 2) if low > 0 else nan
