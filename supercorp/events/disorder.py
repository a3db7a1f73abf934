"""When messages arrive, and what goes wrong with them on the way: each kind of dirt is a throw of its own."""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from supercorp.clock import DAY, HOUR, MINUTE, SECOND, Times
from supercorp.crowd.steps import Visits
from supercorp.dice import Indices
from supercorp.events.expansion import LONGEST, Messages
from supercorp.events.kinds import CALLS, Kind
from supercorp.events.traffic import BOT, Traffic
from supercorp.world import World

__all__ = ["LATEST", "Arrivals", "deliver", "stragglers"]

LATEST = 6 * DAY  # nothing arrives later than this after the start of its visit
_BY_SERVER = np.asarray([CALLS[kind].by_server for kind in Kind])
_NAMING = [Kind.IDENTIFIED, Kind.IDENTIFIED_NEW, Kind.ALIASED]  # nothing without an id
_PRICED = np.isin(np.arange(len(Kind)), [Kind.VIEWED, Kind.ADDED])


@dataclass(frozen=True, slots=True)
class Arrivals:
    """The messages with the moments they arrive at the collector, and their dirt; an entry per line.

    ``clock`` is by how much the sender's clock is ahead. ``repeated`` lines have been sent before.
    """

    messages: Messages
    received: Times
    clock: Times
    repeated: NDArray[np.bool_]
    late: NDArray[np.bool_]
    out_of_order: NDArray[np.bool_]
    truncated: NDArray[np.bool_]
    wrong_type: NDArray[np.bool_]
    missing_id: NDArray[np.bool_]
    email_in_url: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.received)

    def take(self, positions: Indices | NDArray[np.bool_]) -> "Arrivals":
        """Some of the lines, in that order."""
        rest = {each.name: getattr(self, each.name)[positions] for each in fields(self)[1:]}
        return Arrivals(self.messages.take(positions), **rest)


def stragglers(world: World, start: int) -> Indices:
    """Visits begun long before ``start`` some of whose messages may arrive after it."""
    first, last = np.searchsorted(world.visits.start, (start - LATEST, start - LONGEST))
    positions = np.arange(first, last)
    visits = world.visits.take(positions)
    return positions[_late(world, visits) | _repeats(world, visits)]


def deliver(world: World, traffic: Traffic, messages: Messages) -> Arrivals:
    """Give every message its moment of arrival and its dirt, and send some again."""
    dice, rules, visits = world.setting.dice, world.truths.event_dirt, traffic.visits
    visit, item = messages.visit, messages.kind * np.int64(64) + messages.item
    who, number = visits.visitor[visit], visits.number[visit]
    by_server = _BY_SERVER[messages.kind]
    travel = (0.06 + dice.exponential("travel of a message", 0.2, who, number, item)) * SECOND
    held = dice.happens("message held back", rules["out_of_order"], who, number, item) & ~by_server
    travel = travel + held * (4 + 56 * dice.uniform("held back", who, number, item)) * SECOND
    late = _late(world, visits)
    wait = (2 + 68 * dice.uniform("how late", visits.visitor, visits.number)) * HOUR
    late_line = late[visit] & ~by_server
    received = messages.at + np.where(late_line, wait[visit], 0).astype(np.int64) + travel.astype(np.int64)
    truncated = dice.happens("message truncated", rules["truncated"], who, number, item)
    missing = dice.happens("message without ids", rules["missing_id"], who, number, item)
    wrong = dice.happens("price of a wrong type", rules["wrong_type"], who, number, item)
    arrivals = Arrivals(
        messages=messages,
        received=received,
        clock=np.where(by_server, 0, _clocks(world, visits)[visit]),
        repeated=np.zeros(len(messages), dtype=np.bool_),
        late=late_line,
        out_of_order=held,
        truncated=truncated,
        wrong_type=wrong & _PRICED[messages.kind],
        missing_id=missing & ~truncated & ~np.isin(messages.kind, _NAMING),
        email_in_url=(messages.kind == Kind.LANDING) & _names_itself(world, traffic)[visit],
    )
    return _with_repeats(world, visits, arrivals)


def _with_repeats(world: World, visits: Visits, arrivals: Arrivals) -> Arrivals:
    """The lines, and once more one line of each visit that repeats itself, with the same faults."""
    dice = world.setting.dice
    repeating = np.flatnonzero(_repeats(world, visits))
    order = np.lexsort((arrivals.messages.item, arrivals.messages.kind, arrivals.messages.visit))
    counts = np.bincount(arrivals.messages.visit, minlength=len(visits))
    starts = np.cumsum(counts) - counts
    who, number = visits.visitor[repeating], visits.number[repeating]
    again = order[starts[repeating] + dice.below("which is repeated", counts[repeating], who, number)]
    every = arrivals.take(np.concatenate([np.arange(len(arrivals)), again]))
    wait = 5 * MINUTE + dice.uniform("when repeated", who, number) * 2 * DAY
    every.received[len(arrivals) :] += wait.astype(np.int64)
    every.repeated[len(arrivals) :] = True
    return every


def _late(world: World, visits: Visits) -> NDArray[np.bool_]:
    share = world.truths.event_dirt["late"]
    late = world.setting.dice.happens("sent late", share, visits.visitor, visits.number)
    return late & (visits.visitor < BOT)


def _repeats(world: World, visits: Visits) -> NDArray[np.bool_]:
    share = world.truths.event_dirt["duplicate"]
    again = world.setting.dice.happens("sends again", share, visits.visitor, visits.number)
    return again & (visits.visitor < BOT)


def _clocks(world: World, visits: Visits) -> Times:
    """By how much each visit's clock is ahead (or behind, below 0); a property of the visit."""
    dice, rules = world.setting.dice, world.truths.event_dirt
    throw = dice.uniform("wrong clock", visits.visitor, visits.number)
    by = (1 + dice.exponential("how wrong the clock", 30, visits.visitor, visits.number)) * HOUR
    ahead = throw < rules["clock_ahead"]
    behind = throw >= 1 - rules["clock_behind"]
    clocks: Times = (by * ahead - by * behind).astype(np.int64)
    return clocks


def _names_itself(world: World, traffic: Traffic) -> NDArray[np.bool_]:
    """Visits from a newsletter's link with the reader's e-mail address in it."""
    visits, dice = traffic.visits, world.setting.dice
    email = [channel.name for channel in world.truths.channels].index("email")
    share = world.truths.event_dirt["email_in_url"]
    customer = (world.customer_of[traffic.person] >= 0) & visits.known & ~traffic.bot
    chosen = dice.happens("e-mail in the URL", share, visits.visitor, visits.number)
    return np.asarray(chosen & customer & (visits.channel == email) & (visits.campaign < 0))
