"""What a visit is made of, step by step, and when each step is taken.

A visit is a landing (step 0), perhaps a product list, product views, the registration's steps, the cart's
and the checkout's. From the few numbers that say how far it got, every step's place in it follows, and from
the place its moment. The simulation and the event stream both ask here, so they cannot disagree.
"""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from supercorp.clock import Times
from supercorp.dice import Dice, Indices

__all__ = [
    "ADDRESSED",
    "AT_CHECKOUT",
    "BEGAN",
    "CART",
    "CHECKOUT",
    "DETAILED",
    "DONE",
    "EARLY",
    "ORDERED",
    "PAYMENT",
    "SIGNED_UP",
    "Visits",
    "by_time",
    "cart_step",
    "joined",
    "moment",
    "moment_of",
    "order_step",
    "registered_step",
    "signup_step",
]

BEGAN, SIGNED_UP, DETAILED, ADDRESSED, DONE = 1, 2, 3, 4, 5  # how far a registration got
CART, CHECKOUT, PAYMENT, ORDERED = 1, 2, 3, 4  # how far the shopping got
EARLY, AT_CHECKOUT = 1, 2  # when somebody signs in


@dataclass(frozen=True, slots=True)
class Visits:
    """One entry per visit, by time of its start.

    ``visitor`` and ``number`` (0 for the first) say which visit it is, to the dice as well. ``pace`` is in
    milliseconds a step. ``campaign`` is -1 but for visits by a paid click or a letter. ``signup`` and
    ``cart`` say how far it got. ``known`` is whether the device was signed in from the start, ``signs_in``
    whether somebody signs in: 0 for no. ``order`` is a position among the orders,
    -1 for none. ``seen`` has a bit per experiment. ``lines`` are the goods put into the cart.
    """

    visitor: NDArray[np.int32]
    number: NDArray[np.int16]
    start: Times
    pace: NDArray[np.int32]
    device: NDArray[np.int8]
    channel: NDArray[np.int8]
    campaign: NDArray[np.int8]
    listed: NDArray[np.bool_]
    views: NDArray[np.int8]
    signup: NDArray[np.int8]
    no_address: NDArray[np.bool_]
    known: NDArray[np.bool_]
    signs_in: NDArray[np.int8]
    cart: NDArray[np.int8]
    lines: NDArray[np.int8]
    broke_off: NDArray[np.bool_]
    saved_card: NDArray[np.bool_]
    went_back: NDArray[np.bool_]
    seen: NDArray[np.uint8]
    order: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.start)

    @property
    def signed_in(self) -> NDArray[np.bool_]:
        """Whether somebody was signed in on the device by the end of each visit."""
        signed_in: NDArray[np.bool_] = self.known | (self.signs_in > 0) | (self.signup == DONE)
        return signed_in

    def take(self, positions: NDArray[np.int64] | NDArray[np.bool_] | slice) -> "Visits":
        """Some of the visits, in that order; of a slice the same memory."""
        return Visits(**{each.name: getattr(self, each.name)[positions] for each in fields(self)})


def joined(parts: list[Visits]) -> Visits:
    """All the visits of several."""
    names = [each.name for each in fields(Visits)]
    return Visits(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})


def by_time(parts: list[Visits]) -> Visits:
    """All the visits of several by time of their start; ``parts`` is emptied, a column at a time."""
    columns = {each.name: [getattr(part, each.name) for part in parts] for each in fields(Visits)}
    parts.clear()
    order = np.lexsort((np.concatenate(columns["visitor"]), np.concatenate(columns["start"])))
    return Visits(**{name: np.concatenate(columns.pop(name))[order] for name in list(columns)})


def signup_step(visits: Visits) -> Indices:
    """The step at which registration is begun: the one after the last product."""
    return 1 + visits.listed.astype(np.int64) + visits.views


def registered_step(visits: Visits) -> Indices:
    """The step at which registration is done, where it is."""
    return signup_step(visits) + 4 - visits.no_address


def cart_step(visits: Visits) -> Indices:
    """The step at which the first of the goods is put into the cart."""
    signup = visits.signup.astype(np.int64)
    return signup_step(visits) + signup - (visits.no_address & (signup > SIGNED_UP))


def order_step(visits: Visits) -> Indices:
    """The step at which the order is placed: after cart, checkout, shipping and payment."""
    return cart_step(visits) + visits.lines + 4


def moment(dice: Dice, visits: Visits, step: Indices) -> Times:
    """When each visit takes a step: about ``pace`` apart, never out of order."""
    return moment_of(dice, visits.visitor, visits.number, step, start=visits.start, pace=visits.pace)


def moment_of(
    dice: Dice,
    visitor: NDArray[np.int32],
    number: NDArray[np.int16],
    step: Indices,
    *,
    start: Times,
    pace: NDArray[np.int32],
) -> Times:
    """As :func:`moment`, from the columns it needs."""
    jitter = np.where(step == 0, 0, dice.uniform("moment of a step", visitor, number, step))
    return start + (pace * (step + 0.7 * jitter)).astype(np.int64) * 1000
