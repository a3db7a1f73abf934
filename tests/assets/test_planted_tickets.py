"""What the company has planted in its tickets is what a comparison of like with like says."""

import numpy as np
import pytest

from lakehouse.statistics import Counts, difference, standardised
from supercorp.clock import HOUR
from supercorp.exports.help_desk import answered
from supercorp.truth.counterfactual import course_of, course_without
from supercorp.truth.tickets import _bought_again, _tickets, fast_tickets


@pytest.fixture(scope="module")
def judged(world):
    """Tickets that can be judged: category, whether the customer wrote again, fast, bought; and the truth."""
    real = course_of(world)
    found = fast_tickets(world, real, course_without(world, ["fast_tickets"]))
    mine = _tickets(world, real)
    again = np.zeros(len(real.orders), dtype=bool)
    about = world.tickets.order
    known = (about >= 0) & (about < len(again))
    again[about[known]] = answered(world)[known] < world.end
    fast = real.resolved[mine] - real.opened[mine] < HOUR
    truth = {each["name"]: each["value"] for each in found}
    return real.category[mine], again[mine], fast, _bought_again(real, mine), truth


def counted(chosen, bought):
    return Counts(int(bought[chosen].sum()), int(chosen.sum()))


def test_like_with_like_finds_what_speed_brings_and_the_raw_contrast_does_not(judged):
    category, again, fast, bought, truth = judged
    strata = [
        (counted(here & fast, bought), counted(here & ~fast, bought))
        for kind in np.unique(category)
        for wrote in (False, True)
        for here in [(category == kind) & (again == wrote)]
    ]
    raw = difference(counted(fast, bought), counted(~fast, bought))
    adjusted = standardised(strata).difference

    assert raw.low > truth["effect"]
    assert adjusted.low < truth["effect"] < adjusted.high
    assert raw.value - adjusted.value > 0.02
