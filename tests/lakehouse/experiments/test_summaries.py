import numpy as np
import pytest

from lakehouse.experiments import SUMS, Summary

DICE = np.random.default_rng(3)
VALUE, PER, BEFORE = DICE.poisson(2, 50), 1 + DICE.poisson(1, 50), DICE.normal(5, 2, 50)


def test_summaries_add_up():
    parts = Summary.of(VALUE[:20], PER[:20], BEFORE[:20]) + Summary.of(VALUE[20:], PER[20:], BEFORE[20:])
    whole = Summary.of(VALUE, PER, BEFORE)

    assert all(getattr(parts, name) == pytest.approx(getattr(whole, name)) for name in SUMS)


def test_sums_give_the_moments_of_the_units():
    found = Summary.of(VALUE, PER, BEFORE).aggregates()

    assert found.mean("value") == pytest.approx(VALUE.mean())
    assert found.var("per") == pytest.approx(PER.var(ddof=1))
    assert found.cov("value", "before") == pytest.approx(np.cov(VALUE, BEFORE)[0, 1])


def test_a_metric_without_anything_to_divide_it_has_no_value():
    assert Summary.of([1, 2], [0, 0]).ratio is None
    assert Summary.of([1, 2]).ratio == 1.5
