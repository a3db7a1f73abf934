import numpy as np
import pytest

from lakehouse.statistics.demand import course, quantile, share, shortage, variance


def test_a_course_goes_on_and_its_trend_wears_off():
    found = course([100 + 10 * week for week in range(12)], 6)

    steps = np.diff([210, *found])
    assert 212 < found[0] < 222
    assert (np.diff(steps)[1:] < 0).all()
    assert 0 < steps[-1] < steps[0]


def test_few_periods_show_no_trend():
    assert course([10, 20, 40] * 3, 2) == [40, 40]
    assert course([], 2) == [0, 0]


def test_a_steady_share_is_found_however_the_whole_moves():
    totals = np.asarray([40, 80, 120, 200, 100, 60])

    found = share(totals / 4, totals)

    assert found.share == pytest.approx(0.25)


def test_one_outlier_among_few_periods_is_no_wide_spread():
    steady, once = share([5] * 4, [50] * 4), share([5, 5, 5, 35], [50] * 4)

    assert 1 < steady.dispersion < 2
    assert steady.dispersion < once.dispersion < (35 - 5) ** 2 / 5


def test_a_product_that_nobody_asks_for_any_more_loses_its_share():
    sold, died = share([10] * 8, [100] * 8), share([10] * 4 + [0] * 4, [100] * 8)

    assert died.share < 0.5 * sold.share
    assert share([0] * 8, [100] * 8).share == 0


def test_the_spread_grows_faster_than_the_periods():
    one, two = variance([10.0, 20.0], [2.0, 2.0], [1, 2])

    assert (one, two) == (20.0, pytest.approx(40 * (1 + 0.2 / 1.8)))


@pytest.mark.parametrize("dispersion", [1.0, 3.0])
def test_so_many_units_are_enough_as_often_as_said(dispersion):
    random, mean = np.random.default_rng(1), 12.0
    extra = dispersion - 1
    means = random.gamma(mean / extra, extra, 20_000) if extra else np.full(20_000, mean)
    asked = random.poisson(means)

    (enough,) = quantile([mean], variance([mean], [dispersion]), 0.95)

    assert (asked <= enough).mean() >= 0.945
    assert (asked <= enough - 1).mean() < 0.95


def test_what_is_asked_for_in_vain_is_the_excess_in_the_mean():
    asked = np.maximum(np.random.default_rng(1).normal(50, 10, 200_000), 0)

    (none_there, some_there) = shortage([50, 50], [100, 100], [0, 55])

    assert none_there == pytest.approx(50, abs=0.01)
    assert some_there == pytest.approx(np.maximum(asked - 55, 0).mean(), rel=0.03)
