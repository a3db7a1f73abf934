"""The warehouse, day by day: goods come in, orders go out first paid first served, and some wait.

Goods that arrive on a day can be sent from the next day on, so the stock on the shelves is never negative.
Nothing looks ahead: what happens until a day does not depend on how many days are simulated.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from supercorp.catalog import Catalog
from supercorp.clock import DAY, HOUR, Times
from supercorp.dice import Dice
from supercorp.office.buying import Buying, Purchases
from supercorp.office.deliveries import Receipts, sorted_receipts
from supercorp.office.demand import demand_of
from supercorp.office.planner import Planner
from supercorp.office.sending import Sending
from supercorp.office.vendors import Vendors
from supercorp.parameters import Parameters
from supercorp.selling import Lines, Orders

__all__ = ["Counts", "Warehouse", "run_warehouse"]

Indices = NDArray[np.int64]
_COUNTING = 20 * HOUR


@dataclass(frozen=True, slots=True)
class Counts:
    """Corrections found when the stock is counted, by time: units more (or fewer, negative) than thought."""

    at: Times
    product: Indices
    units: Indices


@dataclass(frozen=True, slots=True)
class Warehouse:
    """What came of it all. ``orders`` are the shop's, with the times at which they really went their way.

    ``waited`` is, per order, how much later it was shipped for lack of stock (0 for most). ``empty`` has
    shape (days, products): orders waited for the product at the end of the day.
    """

    orders: Orders
    waited: Times
    empty: NDArray[np.bool_]
    purchases: Purchases
    receipts: Receipts
    counts: Counts


def run_warehouse(
    dice: Dice,
    parameters: Parameters,
    catalog: Catalog,
    vendors: Vendors,
    planner: Planner,
    *,
    orders: Orders,
    lines: Lines,
    first: int,
    days: int,
) -> Warehouse:
    """Let ``days`` pass in the warehouse, from ``first`` (a midnight)."""
    demand = demand_of(orders, lines, first, days=days, products=len(catalog))
    shop = Sending(dice, orders, lines, demand, first=first, days=days)
    office = Buying(dice, parameters, catalog, vendors, first=first, days=days)
    counts: list[Counts] = []
    supply = planner.opening.copy()
    empty = np.zeros((days, len(catalog)), dtype=bool)
    for day in range(days):
        sent = shop.send(day, supply)
        empty[day] = demand.units[day] > sent
        counted = _count(dice, parameters, day, (supply - sent)[: catalog.buyable], first)
        counts.append(counted)
        supply[counted.product] += counted.units
        supply += shop.returned(day) + office.received(day)
        on_hand = supply - demand.units[day]
        office.buy(day, *planner.order(day, demand, on_hand + office.expected))
    found = (np.concatenate([getattr(each, name) for each in counts]) for name in ("at", "product", "units"))
    return Warehouse(
        orders=shop.orders,
        waited=shop.waited,
        empty=empty,
        purchases=office.purchases(),
        receipts=sorted_receipts(office.deliveries),
        counts=Counts(*found),
    )


def _count(dice: Dice, parameters: Parameters, day: int, on_hand: Indices, first: int) -> Counts:
    """What is found when the goods that are for sale are counted."""
    rules = parameters.counts
    nothing = np.empty(0, np.int64)
    if (day + 1) % rules["every_days"]:
        return Counts(nothing, nothing, nothing)
    every = np.arange(len(on_hand))
    off = np.flatnonzero(dice.happens("counts.wrong", rules["wrong"], every, day))
    units = 1 + dice.below("counts.units", 3, off, day)
    missing = dice.happens("counts.missing", rules["missing"], off, day)
    units = np.where(missing, -np.minimum(units, on_hand[off]), units)
    off, units = off[units != 0], units[units != 0]
    return Counts(np.full(len(off), first + day * DAY + _COUNTING), off, units)
