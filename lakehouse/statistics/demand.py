"""Demand for many goods that sell few units each: the course of the whole, and each one's share of it.

A single product sells hardly more than chance shows, so trend and season are those of the whole shop, which
has units enough to see them; a product is a share of the whole that moves slowly. Units are whole and come
in small orders, so their spread is that of a negative binomial distribution, never of a normal one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["SMOOTHING", "Share", "course", "quantile", "share", "shortage", "variance"]

SMOOTHING = 0.2
"""The weight of the newest period: small, as advised for demand of few units (Syntetos and Boylan 2005)."""

_FEWEST = 10  # periods from which a trend can be told
_WARM_UP = 3  # periods after which a fitted value says something
# A few periods say little of the spread: as if four more had been twice as wide as chance.
_USUAL, _AS_IF = 2.0, 4
_LEAST = 1e-6

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Share:
    """A product's part of the whole; ``dispersion`` is variance over mean of a period's units, at least 1."""

    share: float
    dispersion: float


def course(totals: Sequence[float], ahead: int) -> list[float]:
    """The whole in the next periods, from the totals so far: exponential smoothing with a damped trend.

    Gardner and McKenzie (1985), as ETS(M,Ad,N) of ``statsforecast``; the last total again while there are
    fewer than ten.
    """
    known = np.maximum(np.asarray(totals, dtype=np.float64), 1.0)
    if len(known) < _FEWEST:
        return [float(known[-1])] * ahead if len(known) else [0.0] * ahead
    from statsforecast.models import AutoETS

    found = AutoETS(season_length=1, model="MAN", damped=True).forecast(known, ahead)["mean"]
    return [max(float(value), 0.0) for value in found]


def share(units: Sequence[float], totals: Sequence[float]) -> Share:
    """A product's share of the whole, from its units and the totals of the same periods.

    Smoothed by the method of Teunter, Syntetos and Babai (2011), which lets a product die: periods without
    demand lower the chance of any. The dispersion is that of what was not foreseen one period before,
    leaning on a usual one while periods are few.
    """
    wanted, whole = np.asarray(units, dtype=np.float64), np.asarray(totals, dtype=np.float64)
    if not wanted.any():
        return Share(0.0, 1.0)
    from statsforecast.models import TSB

    parts = wanted / np.maximum(whole, 1.0)
    found = TSB(SMOOTHING, SMOOTHING).forecast(parts, 1, fitted=True)
    fitted = np.asarray(found["fitted"], dtype=np.float64) * whole
    told = ~np.isnan(fitted) & (np.arange(len(fitted)) >= _WARM_UP)
    usual = _AS_IF * float(wanted.mean())
    foreseen = float(fitted[told].sum()) + usual
    missed = float(((wanted - fitted)[told] ** 2).sum()) + usual * _USUAL
    return Share(float(found["mean"][0]), max(1.0, missed / foreseen))


def variance(expected: ArrayLike, dispersion: ArrayLike, periods: ArrayLike = 1.0) -> Numbers:
    """The variance of the units of so many periods together, of which ``expected`` are foreseen.

    Chance is new in each period; the error of a smoothed level (a / (2 - a) of one period's variance, part of
    the dispersion already for the first) is the same in all.
    """
    level = SMOOTHING / (2 - SMOOTHING)
    longer = 1 + level * np.maximum(np.asarray(periods, dtype=np.float64) - 1, 0)
    return np.asarray(np.asarray(expected, np.float64) * np.asarray(dispersion, np.float64) * longer)


def quantile(expected: ArrayLike, spread: ArrayLike, probability: float) -> Numbers:
    """Units that demand of this mean and variance stays at or under with a probability."""
    from scipy.special import nbdtrik  # type: ignore[import-untyped]

    mean = np.maximum(np.asarray(expected, np.float64), _LEAST)
    wide = np.maximum(np.asarray(spread, np.float64), mean * 1.0001)  # a little over Poisson's, its limit
    units = nbdtrik(probability, mean * mean / (wide - mean), mean / wide)
    return np.asarray(np.maximum(np.ceil(units - _LEAST), 0.0), np.float64)


def shortage(expected: ArrayLike, spread: ArrayLike, available: ArrayLike) -> Numbers:
    """Units that are asked for beyond those available, in the mean: the normal loss function.

    Silver, Pyke and Thomas (2017), "Inventory and Production Management in Supply Chains", section 6.7.
    """
    from scipy.special import ndtr

    deviation = np.sqrt(np.maximum(np.asarray(spread, np.float64), _LEAST))
    z = (np.asarray(available, np.float64) - np.asarray(expected, np.float64)) / deviation
    density = np.exp(-z * z / 2) / np.sqrt(2 * np.pi)
    return np.asarray(deviation * np.maximum(density - z * ndtr(-z), 0.0))
