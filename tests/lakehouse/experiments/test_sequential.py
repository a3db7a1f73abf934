import numpy as np
import pytest

from lakehouse.experiments import always_valid_p, critical_z


def test_the_p_value_is_at_alpha_exactly_where_the_interval_ends():
    for progress in (0.05, 0.5, 1.0, 3.0):
        assert always_valid_p(critical_z(progress), progress) == pytest.approx(0.05)


def test_the_sequence_is_narrowest_where_the_plan_ends():
    """Of all tunings; its width there is the standard errors times the square root of what is left."""
    assert critical_z(1) == pytest.approx(3.03, abs=0.02)
    widths = {scale: critical_z(scale) for scale in (0.3, 0.7, 1.0, 1.4, 3.0)}
    assert min(widths, key=widths.__getitem__) == 1.0


def test_no_difference_is_no_evidence():
    assert always_valid_p(0, 0.5) == 1


def test_looking_after_every_step_stays_under_alpha():
    """A thousand walks that go nowhere, looked at 100 times, until three times the planned end."""
    steps = np.random.default_rng(2).normal(size=(1000, 600)).cumsum(axis=1)
    looks = np.arange(6, 601, 6)
    z = abs(steps[:, looks - 1]) / np.sqrt(looks)
    reach = np.array([critical_z(look / 200) for look in looks])

    assert (z > reach).any(axis=1).mean() <= 0.05
    assert (z > 1.96).any(axis=1).mean() > 0.3  # what an ordinary test would have said
