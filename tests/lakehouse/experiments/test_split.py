import pytest

from lakehouse.experiments import BROKEN, split_p


def test_the_split_is_held_against_the_plan():
    assert split_p((900, 100), (0.9, 0.1)) == pytest.approx(1)
    assert split_p((5000, 4300), (0.5, 0.5)) < BROKEN
    assert split_p((5000, 4900), (0.5, 0.5)) > BROKEN


def test_two_shares_read_as_the_normal_approximation_does():
    """(520 - 500)² / 500 twice is a chi-square of 1.6: a normal of 1.2649."""
    assert split_p((520, 480), (0.5, 0.5)) == pytest.approx(0.2059, abs=0.0001)


def test_nobody_is_no_split():
    assert split_p((0, 0), (0.5, 0.5)) is None
