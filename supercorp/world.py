"""The whole history of the company, drawn from one seed before anything is written.

Compact arrays: a few hundred bytes a customer. Nothing depends on the wall clock or on the order of
calls: every part draws from a stream of its own, so that changing one leaves the others alone.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from supercorp.catalog import Catalog, stock
from supercorp.clock import DAY, Times, midnight
from supercorp.dirt import Dirt, plant, planted_count
from supercorp.selling import Lines, Orders, fill_baskets, place_orders
from supercorp.shoppers import Addresses, Shoppers, register, settle
from supercorp.truths import Size, Truths, load_truths
from supercorp.words import COUPONS

__all__ = ["LAST_DAY", "Payments", "World", "simulate"]

LAST_DAY = date(2026, 6, 30)
_PARTS = ("shoppers", "addresses", "catalog", "orders", "baskets", "dirt")


@dataclass(frozen=True, slots=True)
class Payments:
    """One entry per payment, by time; the id is the position plus one. ``order`` is -1 for orphans."""

    order: NDArray[np.int64]
    created: Times


@dataclass(frozen=True, slots=True)
class World:
    """Everything that happens from ``first_day`` to ``last_day``, both included."""

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

    @property
    def first_day(self) -> date:
        """The day the shop opens."""
        return self.last_day - timedelta(days=self.days - 1)

    @property
    def end(self) -> int:
        """The midnight after the last day."""
        return midnight(self.last_day) + DAY


def simulate(
    size: str, seed: int, *, last_day: date = LAST_DAY, days: int | None = None, truths: Truths | None = None
) -> World:
    """Draw a history: the same for the same arguments, on any day and machine."""
    truths = truths or load_truths()
    extent = truths.size(size)
    days = days or extent.days
    first = midnight(last_day) - (days - 1) * DAY
    end = first + days * DAY
    streams = np.random.SeedSequence(seed).spawn(len(_PARTS))
    random = {part: np.random.default_rng(stream) for part, stream in zip(_PARTS, streams, strict=True)}

    shoppers = register(random["shoppers"], truths, extent, first, days)
    mistakes = planted_count(truths, "negative_price", extent.products)
    catalog = stock(random["catalog"], truths, extent, first, days=days, mistakes=mistakes)
    orders = place_orders(
        random["orders"], truths, shoppers, first, end, pace=extent.pace, coupons=len(COUPONS)
    )
    lines = fill_baskets(random["baskets"], truths, catalog, orders, first)
    dirt = plant(random["dirt"], truths, shoppers, orders, lines, first=first, end=end)
    owed = np.concatenate([np.arange(len(orders)), np.full(len(dirt.orphan_payment), -1)])
    made = np.concatenate([orders.placed, dirt.orphan_payment])
    by_time = np.argsort(made, kind="stable")
    return World(
        size=extent,
        seed=seed,
        last_day=last_day,
        days=days,
        truths=truths,
        shoppers=shoppers,
        addresses=settle(random["addresses"], truths, shoppers, end),
        catalog=catalog,
        orders=orders,
        lines=lines,
        payments=Payments(owed[by_time], made[by_time]),
        dirt=dirt,
    )
