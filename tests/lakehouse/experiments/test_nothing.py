"""Tests of nothing: 500 experiments whose variations do not differ, in revenue as skewed as a shop's."""

import numpy as np
import pytest

from lakehouse.experiments import Summary, always_valid_p, read

TESTS, UNITS = 500, 1200
LOOKS = (0.3, 0.6, 0.9)


@pytest.fixture(scope="module")
def units():
    """Revenue and that of the weeks before, a row per test; every other unit is in the treatment."""
    dice = np.random.default_rng(20)
    habit = dice.gamma(1.5, 1.0, (TESTS, UNITS))
    return dice.poisson(habit) * dice.gamma(2.0, 20.0, (TESTS, UNITS)), dice.poisson(habit) * 40.0


def test_at_the_planned_end_one_in_twenty_reads_as_something(units):
    found = [
        read(
            Summary.of(revenue[0::2], before=before[0::2]),
            Summary.of(revenue[1::2], before=before[1::2]),
        )
        for revenue, before in zip(*units, strict=True)
    ]

    assert 0.025 <= np.mean([each.p_value <= 0.05 for each in found]) <= 0.075
    assert np.mean([each.variance_removed for each in found]) > 0.1


def test_looked_at_all_along_hardly_more_do(units):
    def significant(revenue, look):
        seen = revenue[: int(look * UNITS)]
        found = read(Summary.of(seen[0::2]), Summary.of(seen[1::2]))
        return always_valid_p(found.z, look) <= 0.05

    peeked = [any(significant(revenue, look) for look in LOOKS) for revenue in units[0]]

    assert np.mean(peeked) <= 0.07
