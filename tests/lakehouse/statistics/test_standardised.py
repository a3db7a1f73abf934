import numpy as np
import pytest
from scipy.stats import norm

from lakehouse.statistics import Counts, standardised


def test_a_mix_of_its_own_is_not_taken_for_an_effect():
    """In each stratum the group goes like the others, but it is mostly where all go badly."""
    found = standardised([(Counts(8, 80), Counts(10, 100)), (Counts(18, 20), Counts(900, 1000))])

    assert found.group == Counts(26, 100)
    assert found.expected == pytest.approx(0.26)
    assert found.difference.value == pytest.approx(0)
    assert found.difference.low < 0 < found.difference.high


def test_a_group_without_others_is_left_out_and_counted():
    found = standardised([(Counts(1, 10), Counts(50, 100)), (Counts(3, 3), Counts(0, 0))])

    assert (found.group, found.alone) == (Counts(1, 10), 3)
    assert found.missing.value == pytest.approx(4)
    assert found.missing.low < 4 < found.missing.high


def test_with_one_stratum_it_is_the_interval_of_agresti_and_caffo():
    found = standardised([(Counts(2, 30), Counts(270, 300))])
    own, others = 3 / 32, 271 / 302
    error = np.sqrt(own * (1 - own) / 32 + others * (1 - others) / 302)

    assert found.difference.high - found.difference.value == pytest.approx(norm.ppf(0.975) * error)


def test_there_is_nothing_to_say_without_anybody_to_compare_with():
    assert standardised([]) is None
    assert standardised([(Counts(0, 0), Counts(5, 9)), (Counts(5, 9), Counts(0, 0))]) is None


def test_its_interval_holds_the_truth_as_often_as_it_says():
    dice = np.random.default_rng(3)
    own, others = (25, 12), (400, 90)
    shares, effect = (0.9, 0.5), -0.3
    truth = effect
    held = 0
    for _ in range(800):
        strata = [
            (Counts(int(dice.binomial(n, p + effect)), n), Counts(int(dice.binomial(m, p)), m))
            for n, m, p in zip(own, others, shares, strict=True)
        ]
        gap = standardised(strata).difference
        held += gap.low <= truth <= gap.high

    assert 0.93 <= held / 800 <= 0.985
