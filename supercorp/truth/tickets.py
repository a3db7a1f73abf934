"""What a fast resolution of a ticket is worth, and what the raw contrast makes of it.

Conversion: a new purchase within 30 days of the resolution. Tickets about an order, resolved at least 30 days
before the history ends; buckets of 100 EUR of that order.
"""

import numpy as np
from numpy.typing import NDArray

from supercorp.clock import DAY, HOUR, NEVER, SECOND, Times
from supercorp.dice import Floats, Indices
from supercorp.truth.counterfactual import Course
from supercorp.truth.quantities import Quantities, quantity
from supercorp.world import World

__all__ = ["fast_tickets"]

_WITHIN = 30 * DAY
_BUCKETS = 4  # the last is 300 EUR and more


def fast_tickets(world: World, real: Course, without: Course) -> Quantities:
    """The raw contrast, the contrast within easy and hard, and the effect, over all and by order value."""
    tickets = _tickets(world, real)
    fast = real.resolved[tickets] - real.opened[tickets] < HOUR
    easy, bought = real.easy[tickets], _bought_again(real, tickets)
    firsts = _first_of_each(real, tickets)
    matched = _matched(real, without, tickets[firsts])
    pairs = firsts[matched >= 0]
    other = _bought_again(without, matched[matched >= 0], real.resolved[tickets[pairs]])
    gain = bought[pairs].astype(float) - other
    value = np.minimum(real.total[tickets] // 10_000, _BUCKETS - 1)

    def contrast(chosen: NDArray[np.bool_]) -> float:
        return _mean(bought[chosen & fast]) - _mean(bought[chosen & ~fast])

    everything = np.ones(len(tickets), dtype=np.bool_)
    within = _mean(easy[fast]) * contrast(easy) + (1 - _mean(easy[fast])) * contrast(~easy)
    category = real.category[tickets]
    by_category = sum(
        _mean(category[fast] == each) * contrast(category == each) for each in np.unique(category)
    )
    effect = _mean(gain[fast[pairs]])
    found = [
        quantity("tickets", len(tickets), "counted", "tickets that can be judged"),
        quantity("raw", contrast(everything), "counted", "conversion, resolved within the hour less not"),
        quantity(
            "adjusted", within, "counted", "the same within easy and hard, weighted as the fast ones are"
        ),
        quantity("by_category", by_category, "counted", "the same within the categories, which are seen"),
        quantity(
            "effect", effect, "paired", "of the fast, against themselves; everybody's first ticket only"
        ),
        quantity("overstated", contrast(everything) - effect, "paired", "raw less effect"),
    ]
    for bucket in range(_BUCKETS):
        name = f"{bucket * 100}+" if bucket == _BUCKETS - 1 else f"{bucket * 100}-{bucket * 100 + 100}"
        chosen = value[pairs] == bucket
        found.append(
            quantity(
                f"effect_{name}", _mean(gain[chosen & fast[pairs]]), "paired", f"effect, orders of {name} EUR"
            )
        )
    return found


def _tickets(world: World, course: Course) -> Indices:
    """The orders with a ticket that can be judged."""
    solved = (course.opened != NEVER) & (course.resolved != NEVER)
    return np.flatnonzero(solved & (np.where(solved, course.resolved, 0) + _WITHIN <= world.end) & solved)


def _bought_again(course: Course, orders: Indices, since: Indices | None = None) -> NDArray[np.bool_]:
    """Whether the person of each order buys within 30 days of ``since``, by default the resolution."""
    since = course.resolved[orders] if since is None else since
    by_person = np.lexsort((course.orders.placed, course.orders.customer))
    keys = _keys(course.orders.customer[by_person], course.orders.placed[by_person])
    whose = course.orders.customer[orders]
    first = np.searchsorted(keys, _keys(whose, since), side="right")
    return np.searchsorted(keys, _keys(whose, since + _WITHIN), side="right") > first


def _first_of_each(course: Course, tickets: Indices) -> Indices:
    """The positions of everybody's first ticket: before it, both worlds are the same for them."""
    order = np.lexsort((course.opened[tickets], course.orders.customer[tickets]))
    first = np.ones(len(order), dtype=np.bool_)
    first[1:] = course.orders.customer[tickets][order][1:] != course.orders.customer[tickets][order][:-1]
    return np.sort(order[first])


def _matched(real: Course, without: Course, orders: Indices) -> Indices:
    """The same orders in the other world, -1 for those that are not there."""
    there = _keys(without.orders.customer, without.orders.placed)
    by_key = np.argsort(there)
    wanted = _keys(real.orders.customer[orders], real.orders.placed[orders])
    place = np.minimum(np.searchsorted(there[by_key], wanted), len(there) - 1)
    return np.where(there[by_key][place] == wanted, by_key[place], -1)


def _keys(whose: Indices, times: Times) -> Indices:
    """Person and moment as one number that sorts as they do; seconds, so that it fits."""
    return (whose << 32) + times // SECOND


def _mean(values: NDArray[np.bool_] | Floats) -> float:
    return float(values.mean()) if len(values) else 0.0
