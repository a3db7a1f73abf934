import numpy as np
import pytest
from scipy.stats import norm
from statsmodels.stats.multitest import multipletests

from lakehouse.statistics import adjusted


def test_the_values_are_those_of_statsmodels():
    p_values = [0.001, 0.008, 0.039, 0.041, 0.042, 0.06, 0.074, 0.205, 0.9, 0.039]

    assert adjusted(p_values) == pytest.approx(multipletests(p_values, method="fdr_bh")[1])


def test_no_tests_have_no_values():
    assert adjusted([]) == []


def test_of_what_is_called_real_no_more_than_it_says_is_chance():
    """Forty tests, eight of them of something: the false share of the discoveries, over 600 repetitions."""
    dice = np.random.default_rng(5)
    means = np.where(np.arange(40) < 8, 3.0, 0.0)
    false = []
    for z in dice.normal(means, 1.0, (600, 40)):
        found = np.asarray(adjusted(list(2 * norm.sf(abs(z))))) <= 0.10
        false.append(found[8:].sum() / max(found.sum(), 1))

    assert np.mean(false) == pytest.approx(0.08, abs=0.02)  # q times the share of those of nothing
