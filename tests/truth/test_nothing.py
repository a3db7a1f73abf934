"""A few of the tests of nothing of ``make truth``, in units as skewed as a shop's."""

import numpy as np

from tests.truth.nothing import Nothing, band, of_nothing

TESTS, UNITS = 60, 1_000
LOOKS = (0.3, 0.6, 1.0)


def test_of_nothing_one_test_in_twenty_reads_as_something_and_hardly_more_with_peeking():
    dice = np.random.default_rng(20)
    habit = dice.gamma(1.5, 1.0, UNITS)
    found = of_nothing(dice.poisson(habit) * 1.0, dice.poisson(habit) * 1.0, TESTS, dice, LOOKS)

    low, high = band(TESTS)
    assert low <= found.significant <= high
    assert found.significant <= found.peeked <= high


def test_too_many_or_too_few_of_them_are_a_problem():
    assert Nothing(500, significant=25, peeked=34).problems() == []
    assert len(Nothing(500, significant=5, peeked=10).problems()) == 1
    assert len(Nothing(500, significant=39, peeked=40).problems()) == 2
