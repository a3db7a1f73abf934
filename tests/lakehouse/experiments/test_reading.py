import numpy as np
import pytest
from statsmodels.stats.power import NormalIndPower
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

from lakehouse.experiments import Summary, detectable, read, units_needed

DICE = np.random.default_rng(11)


def test_a_mean_reads_as_in_statsmodels():
    control, treatment = DICE.gamma(2, 1, 900), DICE.gamma(2, 1.1, 1100)
    found = read(Summary.of(control), Summary.of(treatment))

    compared = CompareMeans(DescrStatsW(treatment), DescrStatsW(control))
    z, p_value = compared.ztest_ind(usevar="unequal")
    assert (found.z, found.p_value) == pytest.approx((z, p_value))
    assert found.lift == pytest.approx(treatment.mean() / control.mean() - 1)
    # The delta method: the variance of a logarithm is that of the mean, relative to the mean.
    relative = sum(each.var(ddof=1) / len(each) / each.mean() ** 2 for each in (control, treatment))
    assert found.error == pytest.approx(relative**0.5)


def test_a_ratio_of_sums_is_as_uncertain_as_resampling_its_units_says():
    per = 1 + DICE.poisson(2, 1000)
    value = DICE.poisson(per * DICE.gamma(4, 0.25, 1000))
    units = Summary.of(value, per)
    picks = DICE.integers(0, 1000, (1500, 1000))
    resampled = np.log(value[picks].sum(axis=1) / per[picks].sum(axis=1)).std()

    assert read(units, units).error == pytest.approx(2**0.5 * resampled, rel=0.08)


def test_what_was_known_before_makes_the_reading_sharper_and_leaves_it_right():
    before = DICE.gamma(2, 1, 8000)
    after = before + DICE.normal(3, 1, 8000)
    after[4000:] *= 1.02
    with_it = read(
        Summary.of(after[:4000], before=before[:4000]), Summary.of(after[4000:], before=before[4000:])
    )
    without = read(Summary.of(after[:4000]), Summary.of(after[4000:]))

    correlation = np.corrcoef(before, after)[0, 1]
    assert with_it.variance_removed == pytest.approx(correlation**2, abs=0.02)
    assert (with_it.error / without.error) ** 2 == pytest.approx(1 - correlation**2, abs=0.03)
    assert with_it.lift == pytest.approx(0.02, abs=3 * with_it.error)
    assert without.variance_removed == 0


def test_bounds_reach_as_far_as_asked_for():
    found = read(Summary.of(DICE.poisson(3, 500)), Summary.of(DICE.poisson(3, 500)))
    low, high = found.bounds(1.96)

    assert low < found.lift < high
    assert (1 + low) * (1 + high) == pytest.approx((1 + found.lift) ** 2)


@pytest.mark.parametrize("values", [[], [1], [0, 0, 0]], ids=["no units", "one unit", "no events"])
def test_nothing_to_compare_is_no_reading(values):
    some = Summary.of([1, 2, 3])

    assert read(Summary.of(values), some) is None
    assert read(some, Summary.of(values)) is None
    assert detectable(some, Summary.of(values)) is None


def test_no_spread_is_no_reading():
    assert read(Summary.of([2, 2, 2]), Summary.of([2, 2, 2])) is None
    assert units_needed(Summary.of([2, 2, 2]), Summary.of([2, 2, 2]), 0.1) is None


def test_power_is_that_of_statsmodels():
    values = DICE.gamma(2, 1, 2000)
    control, treatment = Summary.of(values[:1000]), Summary.of(values[1000:])
    size = NormalIndPower().solve_power(nobs1=1000, alpha=0.05, power=0.8)

    found = detectable(control, treatment)
    assert found == pytest.approx(size * values.std(ddof=1) / values.mean(), rel=0.001)
    assert units_needed(control, treatment, found) == pytest.approx(2000, abs=2)
    assert units_needed(control, treatment, 0) is None
