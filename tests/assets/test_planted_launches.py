"""What the company has planted in its releases is what their read-outs say."""

import numpy as np
import pandas as pd
import pytest

from lakehouse.statistics import Other, interruption
from supercorp.clock import DAY, date_of
from supercorp.truth.counterfactual import course_of, course_without
from supercorp.truth.effects import _start_page


@pytest.fixture(scope="module")
def course(world):
    return course_of(world)


@pytest.fixture(scope="module")
def readout(world, course):
    """Reads a release in its visits: of all of them, or of people unknown, by channel and campaign."""
    visits = course.visits
    part = visits.channel.astype(int) * 100 + visits.campaign
    unknown = (course.registered[visits.visitor] > visits.start) | (visits.signup > 0)

    def read(version, successes, *, of_unknown):
        chosen = unknown if of_unknown else np.ones(len(visits), dtype=bool)
        columns = {"day": visits.start // DAY, "part": part, "cases": 1, "successes": successes}
        cells = pd.DataFrame(columns)[chosen].groupby(["day", "part"], as_index=False).sum()
        release = next(each for each in world.releases if each.version == version)
        others = [Other(each.version, date_of(each.released)) for each in world.releases if each != release]
        others += [Other(each.name, date_of(each.begun), date_of(each.ended)) for each in world.experiments]
        dated = cells.assign(day=cells["day"].map(lambda day: date_of(day * DAY)))
        return interruption(dated, date_of(release.released), others)

    return read


def test_the_start_pages_growth_is_split_into_season_and_effect(world, course, readout):
    found = _start_page(world, course, course_without(world, ["start_page"]))
    truth = {each["name"]: each["value"] for each in found}
    page = readout("3.3.0", course.visits.signup > 0, of_unknown=True)

    assert page.effect.low < truth["real"] < page.effect.high
    assert page.rest > 0.04


def test_the_release_that_lost_safaris_orders_fell_and_the_card_flow_cannot_be_told(course, readout):
    stored_cart, card_flow = (
        readout(version, course.visits.order >= 0, of_unknown=False) for version in ("3.4.0", "3.5.0")
    )

    assert stored_cart.effect.high < -0.1
    assert card_flow.effect.low < 0.02 < card_flow.effect.high
