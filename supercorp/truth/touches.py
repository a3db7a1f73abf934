"""Which campaign each buyer's browsers show, which is not always the one that brought them.

An analyst knows a browser, not a person. What is done on it before anybody signs in is read as done by
whoever signs in next; so people who borrow a browser inherit what its owner clicked, and lose what they
clicked themselves while the owner was the last to have signed in.
"""

import numpy as np

from supercorp.clock import NEVER
from supercorp.crowd.steps import Visits
from supercorp.dice import Indices
from supercorp.world import World

__all__ = ["first_touches"]


def first_touches(world: World) -> Indices:
    """Per customer who ordered in the history: the campaign their browsers show first; else -1.

    Of shape (customers). What is shown are visits with a campaign's name up to the first order. A
    newsletter's is not among the company's campaigns: who came by it first has -1.
    """
    visits = world.visits.take(slice(world.counts().visits))
    customers, orders = world.counts().shoppers, world.counts().orders
    first_order = np.full(customers, NEVER)
    np.minimum.at(first_order, world.orders.customer[:orders], world.orders.placed[:orders])
    bought = first_order != NEVER
    paid = (visits.campaign >= 0) & ~_by_letter(world)[visits.campaign]
    named = paid | (visits.channel == [each.name for each in world.truths.channels].index("email"))
    whose = _read_as(world, visits)
    shown = np.flatnonzero(named & (whose >= 0))
    shown = shown[bought[whose[shown]] & (visits.start[shown] <= first_order[whose[shown]])]
    first = np.full(customers, -1)
    # Visits lie by time: written from the last to the first, the first one stays.
    first[whose[shown[::-1]]] = np.where(paid, visits.campaign, -1)[shown[::-1]]
    return first


def _by_letter(world: World) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return np.asarray([each.by_letter for each in world.campaigns])


def _read_as(world: World, visits: Visits) -> Indices:
    """The customer as whose each visit is read; -1 where nobody ever signed in on its browser.

    It is whoever was signed in from its start; else the last who had signed in on the browser before, else
    the first who did later.
    """
    who, device = visits.visitor.astype(np.int64), visits.device.astype(np.int64)
    browser = world.visitors.browser(who, device)
    order = np.argsort(browser, kind="stable")  # visits lie by time, within a browser as well
    browser, known, signed = browser[order], visits.known[order], visits.signed_in[order]
    customer, place = world.customer_of[who[order]], np.arange(len(order))
    before = np.maximum.accumulate(np.where(signed, place, -1))
    before = np.where(known, place, np.concatenate([[-1], before[:-1]]))
    after = np.minimum.accumulate(np.where(signed, place, len(order))[::-1])[::-1]
    read = np.full(len(order), -1)
    for near in (np.minimum(after, len(order) - 1), np.maximum(before, 0)):  # the one before outranks
        there = signed[near] & (browser[near] == browser)
        read[there] = customer[near[there]]
    whose = np.empty_like(read)
    whose[order] = read
    return whose
