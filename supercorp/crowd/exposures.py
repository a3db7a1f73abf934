"""Which experiments a visit shows, and to whom each was first shown."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from supercorp.clock import Times
from supercorp.crowd.steps import BEGAN, CART, Visits, moment, signup_step
from supercorp.dice import Indices
from supercorp.experiments import running, treated
from supercorp.setting import Setting

__all__ = ["Exposures", "bit_of", "first_exposures", "seen_in", "step_seen"]


@dataclass(frozen=True, slots=True)
class Exposures:
    """One entry per experiment and visitor who saw it, by the time they first did.

    ``experiment`` is a position in the registry, ``visit`` one among the visits, ``customer`` one among the
    shoppers: -1 for those who never register (subjects of an experiment on customers always have).
    """

    experiment: Indices
    visitor: Indices
    customer: Indices
    treatment: NDArray[np.bool_]
    at: Times
    visit: Indices

    def __len__(self) -> int:
        return len(self.at)


def bit_of(setting: Setting, name: str) -> np.uint8:
    """The bit of an experiment in ``Visits.seen``."""
    return np.uint8(1 << [each.name for each in setting.experiments].index(name))


def seen_in(setting: Setting, visits: Visits, *, recognised: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """The experiments that each visit shows, a bit each.

    One on customers shows to the ``recognised``. A broken split loses some of its treatment before they
    see anything.
    """
    shows = {
        "button_colour": visits.views > 0,
        "product_page_redesign": visits.views > 0,
        "recommended_first": visits.listed,
        "address_step_removed": visits.signup >= BEGAN,
        "shipping_in_price": recognised & ((visits.views > 0) | (visits.cart >= CART)),
    }
    seen = np.zeros(len(visits), dtype=np.uint8)
    who = visits.visitor.astype(np.int64)
    for number, each in enumerate(setting.experiments):
        shown = shows[each.name] & running(each, visits.start)
        if each.lost_treatment:
            lost = setting.dice.happens(f"lost by {each.name}", each.lost_treatment, who)
            shown &= ~(lost & treated(setting.dice, each, who))
        seen |= (shown.astype(np.uint8) << np.uint8(number)).astype(np.uint8)
    return seen


def step_seen(setting: Setting, visits: Visits, experiment: int) -> Indices:
    """The step of each visit at which it shows an experiment."""
    name = setting.experiments[experiment].name
    if name == "address_step_removed":
        return signup_step(visits)
    first_view = 1 + visits.listed.astype(np.int64)
    return np.ones(len(visits), dtype=np.int64) if name == "recommended_first" else first_view


def first_exposures(setting: Setting, visits: Visits, customer_of: Indices) -> Exposures:
    """Who saw what first when; ``visits`` by time, ``customer_of`` a position per visitor or -1."""
    found: list[tuple[Indices, Indices, Indices]] = []
    for number in range(len(setting.experiments)):
        showing = np.flatnonzero(visits.seen >> np.uint8(number) & 1)
        visitor, first = np.unique(visits.visitor[showing].astype(np.int64), return_index=True)
        found.append((np.full(len(visitor), number), visitor, showing[first]))
    experiment, visitor, visit = (np.concatenate(part) for part in zip(*found, strict=True))
    shown = visits.take(visit)
    at, treatment = np.zeros(len(visit), dtype=np.int64), np.zeros(len(visit), dtype=np.bool_)
    for number, each in enumerate(setting.experiments):
        mine = np.flatnonzero(experiment == number)
        at[mine] = moment(setting.dice, shown.take(mine), step_seen(setting, shown.take(mine), number))
        treatment[mine] = treated(setting.dice, each, visitor[mine])
    order = np.lexsort((visitor, experiment, at))
    return Exposures(
        experiment=experiment[order],
        visitor=visitor[order],
        customer=customer_of[visitor[order]],
        treatment=treatment[order],
        at=at[order],
        visit=visit[order],
    )
