"""A change against the change of the rest: what is left of it after what happened to everybody."""

from dataclasses import dataclass
from math import exp, log, sqrt
from statistics import NormalDist

from lakehouse.statistics.proportions import LEVEL, Counts, Interval

__all__ = ["Contrast", "contrast"]


@dataclass(frozen=True, slots=True)
class Contrast:
    """A difference in differences of log odds, with its standard error.

    ``own`` is the part's own change with ``own_error``; ``effect`` the same less the change of the rest.
    ``after`` are the part's counts after, ``log_odds`` their log odds.
    """

    after: Counts
    log_odds: float
    own: float
    own_error: float
    effect: float
    error: float

    @property
    def z(self) -> float:
        """The effect in standard errors."""
        return self.effect / self.error

    @property
    def own_z(self) -> float:
        """The part's own change in standard errors."""
        return self.own / self.own_error

    @property
    def p_value(self) -> float:
        """Two-sided: how often chance alone puts the effect so far from none."""
        return 2 * NormalDist().cdf(-abs(self.z))

    @property
    def expected(self) -> float:
        """The share after, had the part changed like the rest."""
        return _share(self.log_odds - self.effect)

    def missing(self, level: float = LEVEL) -> Interval:
        """How many successes more there were, had the part changed like the rest; negative for fewer."""
        reach = NormalDist().inv_cdf((1 + level) / 2) * self.error
        found = _share(self.log_odds)

        def lost(effect: float) -> float:
            return self.after.cases * (_share(self.log_odds - effect) - found)

        return Interval(lost(self.effect), lost(self.effect + reach), lost(self.effect - reach))


def contrast(before: Counts, after: Counts, rest_before: Counts, rest_after: Counts) -> Contrast:
    """The change of a part of the whole from before to after, against that of the rest.

    The effect is the interaction of a logistic regression with part, time and their product, which is
    saturated and so has a closed form: the difference of two log odds ratios, its variance the sum of the
    reciprocals of all counts (Woolf, B. (1955), Annals of Human Genetics 19, 251-253). Half a case is added
    to each count, which removes most of the bias and copes with zeros: Gart, J. J. and Zweifel, J. R.
    (1967), "On the bias of various estimators of the logit and its variance", Biometrika 54, 181-187. On
    this scale a season that multiplies everybody's odds drops out. Cases count as independent.
    """
    first, first_variance = _logit(before)
    last, last_variance = _logit(after)
    rest_first, rest_first_variance = _logit(rest_before)
    rest_last, rest_last_variance = _logit(rest_after)
    own_variance = first_variance + last_variance
    return Contrast(
        after=after,
        log_odds=last,
        own=last - first,
        own_error=sqrt(own_variance),
        effect=(last - first) - (rest_last - rest_first),
        error=sqrt(own_variance + rest_first_variance + rest_last_variance),
    )


def _logit(counts: Counts) -> tuple[float, float]:
    """The log odds and their variance, half a case added to each side."""
    yes, no = counts.successes + 0.5, counts.cases - counts.successes + 0.5
    return log(yes / no), 1 / yes + 1 / no


def _share(log_odds: float) -> float:
    return 1 / (1 + exp(-log_odds))
