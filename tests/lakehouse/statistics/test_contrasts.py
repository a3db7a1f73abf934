import numpy as np
import pytest
import statsmodels.api as sm

from lakehouse.statistics import Counts, contrast

FOUR = (Counts(180, 1_000), Counts(30, 900), Counts(560, 3_000), Counts(640, 3_100))


def test_the_effect_is_the_interaction_of_a_logistic_regression():
    found = contrast(*FOUR)

    part, after, yes = (each.ravel() for each in np.meshgrid([1, 0], [0, 1], [1, 0], indexing="ij"))
    counted = [n + 0.5 for each in FOUR for n in (each.successes, each.cases - each.successes)]
    design = np.column_stack([np.ones(8), part, after, part * after])
    model = sm.GLM(yes, design, family=sm.families.Binomial(), freq_weights=np.array(counted)).fit()

    assert found.effect == pytest.approx(model.params[3])
    assert found.error == pytest.approx(model.bse[3], rel=1e-5)
    assert found.p_value == pytest.approx(model.pvalues[3], rel=1e-3)


def test_what_is_missing_is_counted_against_what_the_rest_did():
    found = contrast(*FOUR)
    missing = found.missing()

    assert found.expected == pytest.approx(0.199, abs=0.002)
    assert missing.value == pytest.approx(900 * found.expected - 30, abs=1)
    assert 0 < missing.low < missing.value < missing.high


def test_a_season_that_multiplies_everybodys_odds_is_no_effect():
    found = contrast(Counts(100, 1_100), Counts(200, 1_200), Counts(1_000, 2_000), Counts(2_000, 3_000))

    assert found.effect == pytest.approx(0, abs=0.01)
    assert found.own_z > 5


def test_none_at_all_is_far_but_not_infinitely():
    found = contrast(Counts(20, 100), Counts(0, 100), Counts(200, 1_000), Counts(200, 1_000))

    assert found.z < -2.5
    assert 0 < found.missing().low < found.missing().high < 100
