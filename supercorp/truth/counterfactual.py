"""The same people and the same dice without an effect: what differs is the effect."""

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from supercorp.clock import NEVER, Times
from supercorp.crowd.outcome import Outcome, kept_until
from supercorp.crowd.steps import Visits
from supercorp.crowd.visits import visit
from supercorp.dice import Indices
from supercorp.selling import Orders
from supercorp.shoppers import forget
from supercorp.world import World

__all__ = ["Course", "course_of", "course_without"]


@dataclass(frozen=True, slots=True)
class Course:
    """What people did in the history, in one world or the other; ``orders.customer`` holds visitors.

    ``registered`` is per visitor, ``NEVER`` for those who have not by the end of the history. ``resolved``
    and ``opened`` are those of the ticket about each order, ``NEVER`` where there is none.
    """

    visits: Visits
    orders: Orders
    total: Indices
    registered: Times
    opened: Times
    resolved: Times
    easy: NDArray[np.bool_]
    category: Indices


def course_of(world: World) -> Course:
    """What happened."""
    counts, tickets = world.counts(), world.tickets
    orders = world.orders.take(slice(counts.orders))
    about = np.flatnonzero((tickets.order >= 0) & (tickets.order < counts.orders))
    opened, resolved = np.full((2, counts.orders), NEVER)
    easy = np.zeros(counts.orders, dtype=np.bool_)
    opened[tickets.order[about]] = tickets.opened[about]
    resolved[tickets.order[about]] = tickets.resolved[about]
    easy[tickets.order[about]] = tickets.easy[about]
    category = np.zeros(counts.orders, dtype=np.int64)
    category[tickets.order[about]] = tickets.category[about]
    registered = np.full(len(world.visitors), NEVER)
    registered[world.shoppers.visitor[: counts.shoppers]] = world.shoppers.created[: counts.shoppers]
    return Course(
        visits=world.visits.take(slice(counts.visits)),
        orders=replace(orders, customer=world.shoppers.visitor[orders.customer]),
        total=world.lines.total[: counts.orders],
        registered=registered,
        opened=opened,
        resolved=resolved,
        easy=easy,
        category=category,
    )


def course_without(world: World, effects: Collection[str]) -> Course:
    """What would have happened without some effects."""
    return _course(world, _outcome(world, effects))


def _outcome(world: World, effects: Collection[str]) -> Outcome:
    """The visits run again: seconds for a small company. Nobody arrives otherwise for want of an effect."""
    truths = world.truths.without(effects)
    setting = replace(world.setting, truths=truths, horizon=world.end)
    outcome = visit(setting, world.visitors, world.catalog)
    return kept_until(outcome, forget(setting, outcome.lives.registered))


def _course(world: World, outcome: Outcome) -> Course:
    placed = slice(int(np.searchsorted(outcome.orders.placed, world.end)))
    begun = slice(int(np.searchsorted(outcome.visits.start, world.end)))
    orders = outcome.orders.take(placed)
    registered = outcome.lives.registered
    return Course(
        visits=outcome.visits.take(begun),
        orders=orders,
        total=outcome.lines.total[placed],
        registered=np.where(registered < world.end, registered, NEVER),
        opened=outcome.questions.opened[placed],
        resolved=outcome.questions.resolved[placed],
        easy=outcome.questions.easy[placed],
        category=outcome.questions.category[placed],
    )
