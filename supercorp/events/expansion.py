"""From visits to messages: which are sent, at which step, and by whom; numbers only, no text yet."""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from supercorp.clock import HOUR, NEVER, SECOND, Times
from supercorp.crowd.exposures import step_seen
from supercorp.crowd.steps import (
    ADDRESSED,
    AT_CHECKOUT,
    BEGAN,
    CART,
    CHECKOUT,
    DETAILED,
    DONE,
    EARLY,
    ORDERED,
    PAYMENT,
    SIGNED_UP,
    Visits,
    cart_step,
    moment_of,
    registered_step,
    signup_step,
)
from supercorp.dice import Indices
from supercorp.events.kinds import Kind
from supercorp.events.traffic import Traffic
from supercorp.world import World

__all__ = ["LONGEST", "Messages", "expand"]

LONGEST = 8 * HOUR  # no visit's messages happen later than this after its start


@dataclass(frozen=True, slots=True)
class Messages:
    """One entry per message. ``visit`` is a row of the traffic, ``item`` tells messages of one kind apart.

    ``at`` is when it really happened; ``known`` whether the sender knows whose it is.
    """

    visit: Indices
    kind: NDArray[np.int8]
    item: Indices
    at: Times
    known: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.visit)

    def take(self, positions: Indices | NDArray[np.bool_]) -> "Messages":
        """Some of the messages, in that order."""
        return Messages(**{each.name: getattr(self, each.name)[positions] for each in fields(self)})


class _Outbox:
    """The messages so far: which visits send them, and at which step."""

    def __init__(self, visits: Visits) -> None:
        self.visits = visits
        self._parts: list[tuple[Kind, Indices, Indices, Indices]] = []

    def send(self, kind: Kind, which: NDArray[np.bool_], step: Indices, item: int = 0) -> None:
        """One message from each of those visits."""
        chosen = np.flatnonzero(which)
        self._parts.append((kind, chosen, np.full(len(chosen), item), step[chosen]))

    def send_each(self, kind: Kind, times: Indices, step: Indices) -> None:
        """So many messages from each visit, a step apart."""
        chosen = np.repeat(np.arange(len(times)), times)
        item = np.arange(len(chosen)) - np.repeat(np.cumsum(times) - times, times)
        self._parts.append((kind, chosen, item, step[chosen] + item))

    def columns(self) -> tuple[NDArray[np.int8], Indices, Indices, Indices]:
        """Kind, visit, item and step of every message."""
        kind = np.concatenate([np.full(len(part[1]), int(part[0]), dtype=np.int8) for part in self._parts])
        visit, item, step = (np.concatenate([part[column] for part in self._parts]) for column in (1, 2, 3))
        return kind, visit, item, step


def expand(world: World, traffic: Traffic) -> Messages:
    """All messages of the visits, in no particular order."""
    visits, outbox = traffic.visits, _Outbox(traffic.visits)
    _send_browsing(world, outbox)
    _send_registration(outbox)
    _send_shopping(world, outbox)
    kind, visit, item, step = outbox.columns()
    at = moment_of(
        world.setting.dice,
        visits.visitor[visit],
        visits.number[visit],
        step,
        start=visits.start[visit],
        pace=visits.pace[visit],
    )
    at += kind * np.int64(7_000) + (item % 8) * 500  # the messages of a step come one after another
    at = np.where(kind == Kind.ORDERED_SERVER, at + SECOND // 4, at)
    failed = kind == Kind.PAYMENT_FAILED
    at[failed] = world.orders.failed[visits.order[visit[failed]]]
    return Messages(visit, kind, item, at, _known(visits, visit, step))


def _send_browsing(world: World, outbox: _Outbox) -> None:
    visits, send = outbox.visits, outbox.send
    nothing, views = np.zeros(len(visits), dtype=np.int64), visits.views.astype(np.int64)
    send(Kind.LANDING, np.ones(len(visits), dtype=np.bool_), nothing)
    send(Kind.SIGNED_IN, visits.signs_in == EARLY, nothing + 1)
    send(Kind.IDENTIFIED, visits.signs_in == EARLY, nothing + 1)
    send(Kind.LISTED, visits.listed, nothing + 1)
    outbox.send_each(Kind.VIEWED, views, 1 + visits.listed.astype(np.int64))
    for number in range(len(world.experiments)):
        shows = (visits.seen >> np.uint8(number) & 1).astype(np.bool_)
        send(Kind.EXPOSED, shows, step_seen(world.setting, visits, number), number)


def _send_registration(outbox: _Outbox) -> None:
    visits, send = outbox.visits, outbox.send
    signup, begun = visits.signup, signup_step(visits)
    send(Kind.SIGNUP_PAGE, signup >= BEGAN, begun)
    send(Kind.SIGNUP_STEP, signup >= SIGNED_UP, begun + 1, 0)
    send(Kind.SIGNUP_STEP, signup >= DETAILED, begun + 2, 1)
    send(Kind.SIGNUP_STEP, (signup >= ADDRESSED) & ~visits.no_address, begun + 3, 2)
    for kind in (Kind.SIGNED_UP, Kind.ALIASED, Kind.IDENTIFIED_NEW):
        send(kind, signup == DONE, registered_step(visits))


def _send_shopping(world: World, outbox: _Outbox) -> None:
    visits, send = outbox.visits, outbox.send
    cart, lines = visits.cart, visits.lines.astype(np.int64)
    begun = cart_step(visits)
    after = begun + lines
    outbox.send_each(Kind.ADDED, lines, begun)
    for kind in (Kind.CART_PAGE, Kind.CART):
        send(kind, cart >= CART, after)
    send(Kind.SIGNED_IN, visits.signs_in == AT_CHECKOUT, after + 1, 1)
    send(Kind.IDENTIFIED, visits.signs_in == AT_CHECKOUT, after + 1, 1)
    for kind in (Kind.CHECKOUT_PAGE, Kind.CHECKOUT):
        send(kind, cart >= CHECKOUT, after + 1)
    send(Kind.STEP_VIEWED, cart >= CHECKOUT, after + 1, 1)
    send(Kind.STEP_COMPLETED, cart >= PAYMENT, after + 2, 1)
    send(Kind.STEP_VIEWED, cart >= PAYMENT, after + 2, 2)
    ordered = cart == ORDERED
    send(Kind.PAYMENT_INFO, ordered | visits.broke_off, after + 3)
    send(Kind.CART_LOST, visits.broke_off, after + 4)
    send(Kind.STEP_COMPLETED, ordered, after + 4, 2)
    send(Kind.ORDERED, ordered, after + 4)
    send(Kind.CONFIRMATION, ordered, after + 4)
    send(Kind.WENT_BACK, visits.went_back, after + 5)
    send(Kind.ORDERED_SERVER, ordered, after + 4)
    fails = ordered.copy()
    fails[ordered] = world.orders.failed[visits.order[ordered]] != NEVER
    send(Kind.PAYMENT_FAILED, fails, after + 5)


def _known(visits: Visits, visit: Indices, step: Indices) -> NDArray[np.bool_]:
    """Whether the sender of each message is signed in at its step."""
    signs_in, signup = visits.signs_in[visit], visits.signup[visit]
    known = visits.known[visit] | ((signs_in == EARLY) & (step >= 1))
    known |= (signs_in == AT_CHECKOUT) & (step > (cart_step(visits) + visits.lines)[visit])
    known |= (signup == DONE) & (step >= registered_step(visits)[visit])
    return np.asarray(known)
