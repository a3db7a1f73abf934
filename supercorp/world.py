"""The whole history of the company, drawn from one seed before anything is written.

Compact arrays: a few hundred bytes a customer. Nothing depends on the wall clock or on the order of
calls: every throw is a hash of the seed, its purpose and its owner (:mod:`supercorp.dice`), so that changing
one thing leaves the others alone. People visit (:mod:`supercorp.crowd.visits`); what they do there makes
customers, orders and tickets.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from supercorp.campaigns import AdDays, Campaign, advertise
from supercorp.catalog import Catalog, stock
from supercorp.clock import DAY, NEVER, Times, midnight
from supercorp.crowd.exposures import Exposures, first_exposures
from supercorp.crowd.outcome import Outcome, kept_until
from supercorp.crowd.people import Visitors, arrive, letters_sent
from supercorp.crowd.steps import Visits
from supercorp.crowd.visits import visit
from supercorp.dice import Dice
from supercorp.dirt import Dirt, plant, planted_count
from supercorp.experiments import Experiment, plan
from supercorp.operations import Operations, operate
from supercorp.releases import Release, schedule
from supercorp.selling import Lines, Orders
from supercorp.setting import Setting
from supercorp.shoppers import Addresses, Shoppers, forget, register, settle
from supercorp.tickets import Tickets, ask_without_order, file, joined_questions
from supercorp.truths import Size, Truths, load_truths

__all__ = ["LAST_DAY", "Counts", "Payments", "World", "simulate"]

LAST_DAY = date(2026, 6, 30)
_CATALOG_STREAM = 2


@dataclass(frozen=True, slots=True)
class Payments:
    """One entry per payment, by time; the id is the position plus one. ``order`` is -1 for orphans."""

    order: NDArray[np.int64]
    created: Times


@dataclass(frozen=True, slots=True)
class Counts:
    """How many entries of each kind lie in the history; those after them are of the days to come."""

    visits: int
    visitors: int
    shoppers: int
    addresses: int
    orders: int
    lines: int
    payments: int
    tickets: int
    exposures: int


@dataclass(frozen=True, slots=True)
class World:
    """Everything that happens from ``first_day`` to ``last_day``, both included, and a few days more.

    Arrays are by time and go on for ``live_days`` after the history; what is in the history does not depend
    on how many. ``without`` are the effects that were switched off.
    """

    size: Size
    seed: int
    last_day: date
    days: int
    truths: Truths
    shoppers: Shoppers
    addresses: Addresses
    catalog: Catalog
    orders: Orders
    lines: Lines
    payments: Payments
    dirt: Dirt
    campaigns: tuple[Campaign, ...]
    ads: AdDays
    releases: tuple[Release, ...]
    experiments: tuple[Experiment, ...]
    tickets: Tickets
    operations: Operations
    live_days: int
    without: frozenset[str]
    setting: Setting
    visitors: Visitors
    visits: Visits
    exposures: Exposures
    customer_of: NDArray[np.int64]  # per visitor, the position among the shoppers; -1 for none
    left: Times  # per visitor, when a customer stopped buying; NEVER for most

    @property
    def first_day(self) -> date:
        """The day the shop opens."""
        return self.last_day - timedelta(days=self.days - 1)

    @property
    def end(self) -> int:
        """The midnight after the last day."""
        return self.setting.end

    @property
    def horizon(self) -> int:
        """The midnight up to which the future after ``last_day`` is drawn as well."""
        return self.setting.horizon

    def counts(self) -> Counts:
        """How many of each there are in the history."""

        def before(times: Times) -> int:
            return int(np.searchsorted(times, self.end))

        orders = before(self.orders.placed)
        return Counts(
            visits=before(self.visits.start),
            visitors=int((self.visitors.arrived < self.end).sum()),
            shoppers=before(self.shoppers.created),
            addresses=before(self.addresses.created),
            orders=orders,
            lines=int(np.searchsorted(self.lines.order, orders)),
            payments=before(self.payments.created),
            tickets=before(self.tickets.opened),
            exposures=before(self.exposures.at),
        )


def simulate(
    size: str,
    seed: int,
    *,
    last_day: date = LAST_DAY,
    days: int | None = None,
    truths: Truths | None = None,
    live_days: int = 14,
    without: Collection[str] = (),
) -> World:
    """Draw a history: the same for the same arguments, on any day and machine.

    ``without`` names effects of :data:`supercorp.truths.EFFECTS` to switch off: the same seed, the same
    people and the same dice, but for what the effect would have changed.
    """
    truths = (truths or load_truths()).without(without)
    extent = truths.size(size)
    days = days or extent.days
    setting = _setting(truths, extent, seed, last_day, days=days, live_days=live_days)
    catalog = _catalog(setting)
    visitors = arrive(setting)
    outcome = visit(setting, visitors, catalog)
    forgotten = forget(setting, outcome.lives.registered)
    outcome = kept_until(outcome, forgotten)
    shoppers = register(setting, visitors, outcome.lives.registered, forgotten)
    customer_of = np.full(len(visitors), -1)
    customer_of[shoppers.visitor] = np.arange(len(shoppers))
    orders = replace(outcome.orders, customer=customer_of[outcome.orders.customer])
    dirt = plant(setting, shoppers, orders, outcome.lines)
    operations = operate(
        setting.dice,
        extent,
        catalog,
        orders,
        outcome.lines,
        first=setting.first,
        days=days,
        end=setting.end,
        horizon=setting.horizon,
    )
    return World(
        size=extent,
        seed=seed,
        last_day=last_day,
        days=days,
        truths=truths,
        shoppers=shoppers,
        addresses=settle(setting, shoppers, orders, _gave_no_address(outcome, shoppers)),
        catalog=catalog,
        orders=operations.warehouse.orders,
        lines=outcome.lines,
        payments=_payments(orders, dirt),
        dirt=dirt,
        campaigns=truths.campaigns,
        ads=_advertising(setting, visitors),
        releases=setting.releases,
        experiments=setting.experiments,
        tickets=_tickets(setting, outcome, shoppers, orders),
        operations=operations,
        live_days=live_days,
        without=frozenset(without),
        setting=setting,
        visitors=visitors,
        visits=outcome.visits,
        exposures=first_exposures(setting, outcome.visits, customer_of),
        customer_of=customer_of,
        left=outcome.lives.left,
    )


def _setting(truths: Truths, size: Size, seed: int, last_day: date, *, days: int, live_days: int) -> Setting:
    first = midnight(last_day - timedelta(days=days - 1))
    return Setting(
        dice=Dice(seed),
        truths=truths,
        size=size,
        first=first,
        days=days,
        end=midnight(last_day + timedelta(days=1)),
        horizon=midnight(last_day + timedelta(days=1 + live_days)),
        releases=schedule(truths.releases, first, days),
        experiments=plan(truths.experiments, first, days),
    )


def _catalog(setting: Setting) -> Catalog:
    """The goods; after the history their prices stay as they were on its last day."""
    random = np.random.default_rng(np.random.SeedSequence(setting.dice.seed).spawn(3)[_CATALOG_STREAM])
    truths, size = setting.truths, setting.size
    mistakes = planted_count(truths, "negative_price", size.products)
    catalog = stock(random, truths, size, setting.first, days=setting.days, mistakes=mistakes)
    more = -(-(setting.horizon - setting.first) // DAY) + 1 - setting.days
    return replace(
        catalog, price=np.concatenate([catalog.price, np.repeat(catalog.price[-1:], more, axis=0)])
    )


def _gave_no_address(outcome: Outcome, shoppers: Shoppers) -> NDArray[np.bool_]:
    """The customers who registered in a visit without the address step."""
    visits = outcome.visits
    without = np.zeros(len(outcome.lives.registered), dtype=np.bool_)
    without[visits.visitor[visits.no_address]] = True
    return without[shoppers.visitor]


def _payments(orders: Orders, dirt: Dirt) -> Payments:
    owed = np.concatenate([np.arange(len(orders)), np.full(len(dirt.orphan_payment), -1)])
    made = np.concatenate([orders.placed, dirt.orphan_payment])
    by_time = np.argsort(made, kind="stable")
    return Payments(owed[by_time], made[by_time])


def _tickets(setting: Setting, outcome: Outcome, shoppers: Shoppers, orders: Orders) -> Tickets:
    """About orders, and about nothing in particular; none from anybody who has been forgotten."""
    everyone = np.arange(len(shoppers))
    without = ask_without_order(setting.dice, setting.truths, shoppers.visitor, shoppers.created)
    customer = np.concatenate([orders.customer, everyone])
    order = np.concatenate([np.arange(len(orders)), np.full(len(shoppers), -1)])
    questions = joined_questions([outcome.questions, without], np.arange(len(customer)))
    gone = (questions.opened >= shoppers.forgotten[customer]) | (questions.opened >= setting.horizon)
    return file(replace(questions, opened=np.where(gone, NEVER, questions.opened)), customer, order)


def _advertising(setting: Setting, visitors: Visitors) -> AdDays:
    campaigns = setting.truths.campaigns
    days = -(-(setting.horizon - setting.first) // DAY)
    arrived, letters = np.zeros((2, len(campaigns), days), dtype=np.int64)
    paid = visitors.campaign >= 0
    day = (visitors.arrived[paid] - setting.first) // DAY
    np.add.at(arrived, (visitors.campaign[paid].astype(np.int64), day), 1)
    for number, campaign in enumerate(campaigns):
        if campaign.by_letter:
            arrived[number], letters[number] = 0, letters_sent(setting, campaign, days)
    return advertise(setting.dice, campaigns, setting.truths.clicks, arrived, letters, history=setting.days)
