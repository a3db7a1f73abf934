"""The dice: even, independent of each other, and the same for the same question."""

import numpy as np
import pytest

from supercorp.dice import Dice

DICE = Dice(7)
MANY = np.arange(50_000)


def test_a_throw_depends_on_seed_purpose_and_keys_alone() -> None:
    assert (DICE.bits("x", MANY, 3)[::-1] == DICE.bits("x", MANY[::-1], 3)).all()
    assert (DICE.bits("x", MANY[:5]) == [DICE.bits("x", int(each)) for each in MANY[:5]]).all()
    for other in (Dice(8).bits("x", MANY), DICE.bits("y", MANY), DICE.bits("x", MANY, 0)):
        assert not (other == DICE.bits("x", MANY)).any()


@pytest.mark.parametrize("keys", [(MANY,), (MANY, 1), (1, MANY), (MANY // 100, MANY % 100), (-MANY,)])
def test_uniform_throws_are_even_and_unrelated_to_their_neighbours(keys: tuple[np.ndarray, ...]) -> None:
    throws = DICE.uniform("even", *keys)
    assert 0 <= throws.min() < throws.max() < 1
    counts = np.histogram(throws, 50, (0, 1))[0]
    assert ((counts - 1000) ** 2 / 1000).sum() < 100  # chi-square of 49 degrees: 85 is one in a thousand
    assert abs(np.corrcoef(throws[1:], throws[:-1])[0, 1]) < 0.02


def test_the_distributions_have_their_moments() -> None:
    assert DICE.exponential("e", 3.0, MANY).mean() == pytest.approx(3, rel=0.03)
    normal = DICE.normal("n", MANY)
    assert (normal.mean(), normal.std()) == pytest.approx((0, 1), abs=0.02)
    assert DICE.geometric("g", 1.4, MANY).mean() == pytest.approx(1.4, rel=0.03)
    poisson = DICE.poisson("p", 2.0, MANY)
    assert (poisson.mean(), poisson.var()) == pytest.approx((2, 2), rel=0.03)
    about = DICE.about("a", 40.0, MANY)
    assert (about.mean(), about.var()) == pytest.approx((40, 40), rel=0.05)
    assert DICE.poisson("p", 0.0, MANY[:100]).sum() == DICE.geometric("g", 0.0, MANY[:100]).sum() == 0


def test_choices_are_as_likely_as_their_weights() -> None:
    counts = np.bincount(DICE.choose("c", [1, 0, 3], MANY), minlength=3) / len(MANY)
    assert counts == pytest.approx([0.25, 0, 0.75], abs=0.01)
    weights = np.asarray([[1.0, 1.0], [0.0, 2.0], [3.0, 1.0]])
    row = MANY % 3
    drawn = DICE.choose_by_row("r", weights, row, MANY)
    assert [drawn[row == each].mean() for each in range(3)] == pytest.approx([0.5, 1, 0.25], abs=0.02)


def test_a_larger_share_only_adds() -> None:
    rare, often = DICE.happens("h", 0.1, MANY), DICE.happens("h", 0.3, MANY)
    assert often[rare].all()
    assert often.mean() == pytest.approx(0.3, abs=0.01)


def test_the_fewest_are_a_sorted_choice_of_that_size() -> None:
    chosen = DICE.fewest("f", MANY, 20)
    assert len(set(chosen.tolist())) == 20
    assert (np.diff(chosen) > 0).all()
    assert set(chosen.tolist()) < set(DICE.fewest("f", MANY, 21).tolist())
    assert len(DICE.fewest("f", MANY[:3], 9)) == 3
    assert len(DICE.fewest("f", MANY, 0)) == 0
