"""Visits are the cause of everything: registrations, orders and tickets come out of them.

Simulated in rounds: round n is each person's n-th visit, all at once; what comes of it decides whether and
when there is a next. Every throw is keyed by who and n, so a round asks nothing of the others.
"""

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from supercorp.catalog import Catalog
from supercorp.clock import DAY, NEVER, Times
from supercorp.crowd.browsing import browse
from supercorp.crowd.checkout import SHIPPING, pays_by_card_flow, shop
from supercorp.crowd.exposures import bit_of, seen_in
from supercorp.crowd.outcome import Outcome
from supercorp.crowd.people import Visitors
from supercorp.crowd.registering import sign_up
from supercorp.crowd.returning import APART, IDLE, SHOPPER, Lives, decide, readiness
from supercorp.crowd.steps import (
    AT_CHECKOUT,
    CART,
    CHECKOUT,
    DONE,
    EARLY,
    ORDERED,
    Visits,
    by_time,
    joined,
    moment,
    order_step,
    registered_step,
)
from supercorp.dice import Indices
from supercorp.selling import Assortment, Lines, Orders, fill_baskets, joined_orders, place_orders
from supercorp.setting import Setting
from supercorp.tickets import Questions, ask, brought_back, joined_questions

__all__ = ["visit"]

_PEOPLE = 1 << 18  # let in at a time: what a round needs beside its outcome is bounded by it


def visit(setting: Setting, visitors: Visitors, catalog: Catalog) -> Outcome:
    """Let everyone visit until the horizon, so many people at a time: nobody's visits ask for another's."""
    town = _Town(setting, visitors, Lives.begin(len(visitors)), Assortment.of(setting, catalog))
    parts = _Parts()
    for begin in range(0, len(visitors), _PEOPLE):
        part = _visits_of(town, np.arange(begin, min(begin + _PEOPLE, len(visitors))))
        if part.visits:  # else none of them arrives before the horizon
            parts.add(part)
    orders, lines, place = joined_orders(parts.sold)
    parts.sold.clear()
    visits = by_time(parts.visits)
    ordered = visits.order >= 0
    visits.order[ordered] = place[visits.order[ordered]]
    return Outcome(
        visits=visits,
        lives=town.lives,
        orders=orders,
        lines=lines,
        questions=joined_questions(parts.asked, np.argsort(place)),
    )


@dataclass(frozen=True, slots=True)
class _Town:
    """Who may visit what; their lives change."""

    setting: Setting
    visitors: Visitors
    lives: Lives
    assortment: Assortment


@dataclass(slots=True)
class _Parts:
    """What comes out, a part at a time; ``Visits.order`` counts through all the orders."""

    visits: list[Visits] = field(default_factory=list)
    sold: list[tuple[Orders, Lines]] = field(default_factory=list)
    asked: list[Questions] = field(default_factory=list)
    placed: int = 0

    def add(self, part: "_Parts") -> None:
        """Take in some people's visits, as one part."""
        orders, lines, place = joined_orders(part.sold)
        visits = joined(part.visits)
        ordered = visits.order >= 0
        visits.order[ordered] = self.placed + place[visits.order[ordered]]
        self.placed += len(orders)
        self.visits.append(visits)
        self.sold.append((orders, lines))
        self.asked.append(joined_questions(part.asked, np.argsort(place)))


def _visits_of(town: _Town, who: Indices) -> _Parts:
    """All the visits of some people, a part for each round."""
    setting, visitors, lives, found = town.setting, town.visitors, town.lives, _Parts()
    at, number, recalled = visitors.arrived[who], 0, np.zeros(len(who), dtype=np.bool_)
    while True:
        inside = at < setting.horizon
        who, at, recalled = who[inside], at[inside], recalled[inside]
        if not len(who):
            return found
        part = _round(setting, visitors, lives, who, number, at=at, recalled=recalled)
        buying = np.flatnonzero(part.cart == ORDERED)
        part.order[buying] = found.placed + np.arange(len(buying))
        found.placed += len(buying)
        orders, lines = _sell(setting, visitors, lives, town.assortment, part.take(buying))
        questions, recall = _tickets(setting, part.take(buying), orders, lines)
        spoiled = np.zeros(len(who), dtype=np.bool_)
        spoiled[buying] = lives.broken[who[buying]] & (orders.failed != NEVER)
        lives.orders[who[buying]] += 1
        lives.broken[who[buying]] = part.went_back[buying]
        lives.recall[who[buying]] = np.minimum(lives.recall[who[buying]], recall)
        found.visits.append(part)
        found.sold.append((orders, lines))
        found.asked.append(questions)
        at, recalled = _next(setting, visitors, lives, part, spoiled)
        number += 1


def _next(
    setting: Setting, visitors: Visitors, lives: Lives, part: Visits, spoiled: NDArray[np.bool_]
) -> tuple[Times, NDArray[np.bool_]]:
    """When each of the round comes again, and whether it is a ticket that brings them back."""
    who, number, at = part.visitor.astype(np.int64), int(part.number[0]), part.start
    following = decide(
        setting,
        visitors,
        lives,
        who,
        number,
        at=at,
        ordered=part.cart == ORDERED,
        broke_off=part.broke_off,
        spoiled=spoiled,
    )
    # Somebody who comes much later than the horizon is of no interest, and must not be moved before it.
    near = np.minimum(following, setting.horizon + 10 * DAY)
    following = np.where(following == NEVER, NEVER, setting.to_good_hours(near, at + APART, who, number))
    recall = np.maximum(lives.recall[who], at + APART)
    recalled = recall < following
    lives.recall[who[recalled]] = NEVER
    return np.where(recalled, recall, following), recalled


def _round(
    setting: Setting,
    visitors: Visitors,
    lives: Lives,
    who: Indices,
    number: int,
    *,
    at: Times,
    recalled: NDArray[np.bool_],
) -> Visits:
    """Everyone's visit up to its end; registrations are noted in ``lives``."""
    dice, rules = setting.dice, setting.effect("back_button")
    begun = browse(setting, visitors, lives, who, number)
    signup, no_address = sign_up(setting, visitors, who, number, at)
    signup, no_address = np.where(begun.was, 0, signup), no_address & ~begun.was
    new = signup == DONE
    _settle_in(setting, visitors, lives, who[new])
    recognised = begun.known | begun.early | new
    shopping = shop(
        setting,
        visitors,
        who,
        number,
        at,
        device=begun.device,
        ready=readiness(setting, visitors, lives, who, new=new, recalled=recalled),
        customer=begun.was | new,
        recognised=recognised,
        idle=lives.mood[who] == IDLE,
    )
    late = begun.was & ~begun.known & ~begun.early & (shopping.cart >= CHECKOUT)
    presses = dice.happens("presses Back", rules["presses"], who, number)
    part = Visits(
        visitor=who.astype(np.int32),
        number=np.full(len(who), number, dtype=np.int16),
        start=at,
        pace=begun.pace.astype(np.int32),
        device=begun.device.astype(np.int8),
        channel=begun.channel.astype(np.int8),
        campaign=begun.campaign.astype(np.int8),
        listed=begun.listed,
        views=begun.views.astype(np.int8),
        signup=signup.astype(np.int8),
        no_address=no_address,
        known=begun.known,
        signs_in=np.where(begun.early, EARLY, np.where(late, AT_CHECKOUT, 0)).astype(np.int8),
        cart=shopping.cart.astype(np.int8),
        lines=_lines(setting, who, number, begun.channel, shopping.cart),
        broke_off=shopping.broke_off,
        saved_card=shopping.saved_card,
        went_back=presses & (shopping.cart == ORDERED),
        seen=np.zeros(len(who), dtype=np.uint8),
        order=np.full(len(who), -1, dtype=np.int32),
    )
    part = replace(part, seen=seen_in(setting, part, recognised=recognised))
    lives.registered[who[new]] = moment(dice, part.take(new), registered_step(part)[new])
    signs = new | (part.signs_in > 0)
    lives.signed_in[who[signs]] |= np.uint8(1) << part.device[signs].astype(np.uint8)
    return part


def _lines(setting: Setting, who: Indices, number: int, channel: Indices, cart: Indices) -> NDArray[np.int8]:
    """How many goods go into each cart; none where there is no cart."""
    carted, lines = np.flatnonzero(cart >= CART), np.zeros(len(who), dtype=np.int8)
    more = setting.trait("lines", channel[carted]) - 1
    lines[carted] = 1 + setting.dice.poisson("lines", more, who[carted], number)
    return lines


def _settle_in(setting: Setting, visitors: Visitors, lives: Lives, who: Indices) -> None:
    """What becomes of those who register: some will ever buy."""
    chance = setting.trait("buys", visitors.channel[who])
    chance = chance * setting.campaign_trait("buys", visitors.campaign[who])
    buys = setting.dice.happens("ever buys", chance, who)
    lives.mood[who] = np.where(buys, SHOPPER, IDLE)


def _sell(
    setting: Setting, visitors: Visitors, lives: Lives, assortment: Assortment, part: Visits
) -> tuple[Orders, Lines]:
    who, number = part.visitor.astype(np.int64), part.number.astype(np.int64)
    channel = part.channel.astype(np.int64)
    letters = setting.campaign_trait("by_letter", visitors.campaign[who]) * (visitors.campaign[who] >= 0) > 0
    orders = place_orders(
        setting,
        who,
        number,
        placed=moment(setting.dice, part, order_step(part)),
        channel=channel,
        thrift=visitors.thrift[who].astype(float),
        by_letter=letters & (lives.orders[who] == 0),
        by_card_flow=part.saved_card & pays_by_card_flow(setting, who, part.start),
        broken_cart=lives.broken[who],
    )
    priced = (part.seen & bit_of(setting, SHIPPING) > 0) & setting.treats(SHIPPING, who, part.start)
    lines = fill_baskets(
        setting,
        assortment,
        orders,
        number,
        style=visitors.style[who].astype(np.int64),
        channel=channel,
        lines=part.lines.astype(np.int64),
        shipping_in_price=priced,
    )
    return orders, lines


def _tickets(setting: Setting, part: Visits, orders: Orders, lines: Lines) -> tuple[Questions, Times]:
    who, number = part.visitor.astype(np.int64), part.number.astype(np.int64)
    dice, truths = setting.dice, setting.truths
    questions = ask(dice, truths, who, number, placed=orders.placed, delivered=orders.delivered)
    return questions, brought_back(dice, truths, questions, visitor=who, number=number, cents=lines.total)
