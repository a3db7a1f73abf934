"""A day on which something changed, in a series of days: what is left without trend and season."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import exp, sqrt
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lakehouse.statistics.proportions import LEVEL, Interval

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["DAYS_AFTER", "DAYS_BEFORE", "Interruption", "Other", "interruption"]

DAYS_BEFORE, DAYS_AFTER = 56, 28
LEAST_DAYS, LEAST_SUCCESSES = 14, 100
_LEAST_FREE = 15  # days more than there are regressors
_LAGS = 7  # days over which errors are taken to be correlated: a week
_MOST_ALIKE = 0.9
_LEAST_OTHER = 4  # days on either side of another change for it to be told from this one


@dataclass(frozen=True, slots=True)
class Other:
    """Something else that changed: from ``begins`` to the day before ``ends``, or for good."""

    name: str
    begins: date
    ends: date | None = None


@dataclass(frozen=True, slots=True)
class Interruption:
    """A daily count before and after a day. Changes are relative: 0.1 is a tenth more.

    ``before`` and ``after`` are means a day over ``days`` on either side, ``observed`` the change from one to
    the other. ``effect`` is what is left once trend, weekdays, traffic and ``others`` are taken out, with its
    interval, and ``rest`` all that was: (1 + observed) = (1 + effect)(1 + rest).
    """

    days: int
    before: float
    after: float
    observed: float
    effect: Interval
    p_value: float
    others: tuple[str, ...]

    @property
    def rest(self) -> float:
        """The change that trend, season, traffic and everything else known of explain."""
        return (1 + self.observed) / (1 + self.effect.value) - 1


def interruption(
    cells: "pd.DataFrame", at: date, others: Sequence[Other] = (), level: float = LEVEL
) -> Interruption | None:
    """Read what a day changed in a daily count, over eight weeks before it and four after it.

    ``cells`` have ``day``, ``part``, ``cases`` and ``successes``: the visits of a day by where they come
    from, say, and how many of them registered. A segmented regression of the successes (Wagner, Soumerai,
    Zhang and Ross-Degnan, 2002, "Segmented regression analysis of interrupted time series studies in
    medication use research", Journal of Clinical Pharmacy and Therapeutics 27, 299-309) on the logarithmic
    scale: a step at the day, a linear trend, the weekday and a step or a span for every other change. What
    the cases lead one to expect, each part at its own rate, is the offset: so a season of the traffic and a
    change of its mix are no effect. The error is the larger of two that allow for
    days that are alike: that of overdispersed counts, each correlated with the day before, and Newey and
    West's (1987, Econometrica 55, 703-708) over a week, which alone is too small for so few days; its
    quantile is Student's. The day itself is left out.

    None where either side has fewer than 14 days, or 100 successes, or where so much else changed in so few
    days that nothing can be told apart.
    """
    from scipy.stats import t as student  # type: ignore[import-untyped]

    daily = _daily(cells, at)
    away = daily["away"].to_numpy()
    before, after = daily[away < 0], daily[away > 0]
    if min(len(before), len(after)) < LEAST_DAYS:
        return None
    if min(before["successes"].sum(), after["successes"].sum()) < LEAST_SUCCESSES:
        return None
    columns, told = _columns(daily, others)
    if len(daily) - columns.shape[1] < _LEAST_FREE:
        return None
    value, error, freedom = _fitted(daily, columns)
    reach = float(student.ppf((1 + level) / 2, freedom)) * error
    days = min(len(before), len(after), DAYS_AFTER)
    means = before["successes"].tail(days).mean(), after["successes"].head(days).mean()
    return Interruption(
        days=days,
        before=float(means[0]),
        after=float(means[1]),
        observed=float(means[1] / means[0] - 1),
        effect=Interval(exp(value) - 1, exp(value - reach) - 1, exp(value + reach) - 1),
        p_value=float(2 * student.sf(abs(value) / error, freedom)),
        others=told,
    )


def _daily(cells: "pd.DataFrame", at: date) -> "pd.DataFrame":
    """The days around it, without it: ``away`` in days, ``successes``, ``expected`` from the mix of parts."""
    away = cells["day"].map(lambda day: (day - at).days)
    near = cells.assign(away=away)[(away >= -DAYS_BEFORE) & (away <= DAYS_AFTER) & (away != 0)]
    sums = near.groupby("part")[["cases", "successes"]].transform("sum")
    expected = near["cases"] * sums["successes"] / sums["cases"].clip(lower=1)
    daily = near.assign(expected=expected).groupby("away")[["successes", "expected"]].sum()
    return daily[daily["expected"] > 0].reset_index().assign(at=at)


def _columns(daily: "pd.DataFrame", others: Sequence[Other]) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """The regressors, the step first; and the names of the other changes that can be told from it."""
    away, at = daily["away"].to_numpy(), daily["at"].iloc[0]
    columns = [(away > 0).astype(float), np.ones(len(away)), away / DAYS_AFTER]
    columns += [(away % 7 == weekday).astype(float) for weekday in range(1, 7)]
    told = []
    for other in others:
        ends = (other.ends - at).days if other.ends else np.inf
        on = ((away >= (other.begins - at).days) & (away < ends)).astype(float)
        apart = min(
            on.sum(), (1 - on).sum(), np.abs(on - columns[0]).sum(), np.abs(on + columns[0] - 1).sum()
        )
        if apart >= _LEAST_OTHER and np.linalg.matrix_rank(np.column_stack([*columns, on])) > len(columns):
            columns.append(on)
            told.append(other.name)
    return np.column_stack(columns), tuple(told)


def _fitted(daily: "pd.DataFrame", columns: NDArray[np.float64]) -> tuple[float, float, int]:
    """The step on the logarithmic scale, its standard error, and the degrees of freedom left."""
    import statsmodels.api as sm  # type: ignore[import-untyped]

    model = sm.GLM(
        daily["successes"].to_numpy(dtype=float),
        columns,
        family=sm.families.Poisson(),
        offset=np.log(daily["expected"].to_numpy(dtype=float)),
    )
    alike: Mapping[str, Any] = {"maxlags": _LAGS, "use_correction": True}
    by_week = model.fit(cov_type="HAC", cov_kwds=alike)
    spread = model.fit(scale="X2")
    # Counts are never known better than as independent ones, though a few days may look so.
    independent = spread.bse[0] / sqrt(min(spread.scale, 1.0))
    error = max(by_week.bse[0], independent * sqrt(_alike(spread.resid_pearson, len(columns.T))))
    return float(spread.params[0]), float(error), int(spread.df_resid)


def _alike(residuals: NDArray[np.float64], columns: int) -> float:
    """By how much less independent days would tell: the variance's factor where each is like the one before.

    (1 + r) / (1 - r), with the correlation r of neighbours, which a regression makes look too small by about
    half a day for every column.
    """
    found = float(np.corrcoef(residuals[1:], residuals[:-1])[0, 1])
    corrected = (len(residuals) * found + columns / 2) / (len(residuals) - columns)
    likeness = min(max(corrected, 0.0), _MOST_ALIKE)
    return (1 + likeness) / (1 - likeness)
