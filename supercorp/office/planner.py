"""The planner: a person with a spreadsheet who orders twice a week, and is wrong in known ways.

The flaws are planted: demand is averaged over the past, so growth is always missed; vendors are believed
about their lead times; small orders are blown up to the vendor's minimum; and some popular products are
put on hold by mistake, and run out.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from supercorp.catalog import Catalog
from supercorp.clock import DAY
from supercorp.dice import Dice
from supercorp.office.demand import Demand
from supercorp.office.vendors import Vendors
from supercorp.parameters import Parameters
from supercorp.truths import Size

__all__ = ["Holds", "Planner", "held_products"]

Indices = NDArray[np.int64]
Amounts = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Holds:
    """Products that the planner does not order, from day ``begins`` to before day ``ends`` of the history."""

    product: Indices
    begins: Indices
    ends: Indices

    def on(self, day: int) -> Indices:
        """The products on hold on a day."""
        return self.product[(self.begins <= day) & (day < self.ends)]


def held_products(dice: Dice, parameters: Parameters, catalog: Catalog, days: int) -> Holds:
    """Choose them among the most popular fifth; the hold begins in the second quarter of the history."""
    rules = parameters.planner
    count = math.ceil(rules["held"] * catalog.buyable)
    popular = np.argsort(-catalog.popularity, kind="stable")[: max(catalog.buyable // 5, count)]
    chosen = dice.fewest("planner.held", popular, count)
    begins = ((0.25 + 0.25 * dice.uniform("planner.held_from", chosen)) * days).astype(np.int64)
    return Holds(chosen, begins, begins + max(min(rules["held_days"], days // 3), 1))


class Planner:
    """Says on the evening of a day what to order. Rates are units per day, per product."""

    def __init__(
        self,
        dice: Dice,
        parameters: Parameters,
        catalog: Catalog,
        vendors: Vendors,
        size: Size,
        *,
        first: int,
        days: int,
    ) -> None:
        self._rules = parameters.planner
        self._vendors = vendors
        self._catalog = catalog
        self._first = first
        self.holds = held_products(dice, parameters, catalog, days)
        share = np.zeros(len(catalog))
        share[: catalog.buyable] = catalog.popularity / catalog.popularity.sum()
        self._expected: Amounts = share * size.customers * self._rules["opening_units"] / days
        around = 0.7 + 0.6 * dice.uniform("planner.opening", np.arange(len(catalog)))
        self.opening = np.ceil(self._expected * self._rules["opening_days"] * around).astype(np.int64)

    def order(self, day: int, demand: Demand, position: Indices) -> tuple[Indices, Indices]:
        """Products and quantities to order; ``position`` is stock and what comes less what is owed."""
        moment = self._first + day * DAY
        # By the day's noon, whatever the time zone of its midnight; 1970-01-01 was a Thursday.
        if ((moment + DAY // 2) // DAY + 3) % 7 not in self._rules["weekdays"]:
            return np.empty(0, np.int64), np.empty(0, np.int64)
        vendor = self._vendors.supplying(moment)
        rate = self._rate(day, demand)
        point = rate * (self._vendors.lead_days[vendor] + self._rules["safety_days"])
        wanted = (position <= point) & (rate > 0)
        wanted[self.holds.on(day)] = False
        product = np.flatnonzero(wanted)
        missing = point[product] + rate[product] * self._rules["cover_days"] - position[product]
        return product, self._worthwhile(vendor[product], product, missing)

    def _rate(self, day: int, demand: Demand) -> Amounts:
        """Average daily demand of the last days; before there are enough, filled up by what was expected."""
        back = self._rules["looks_back"]
        known = min(day + 1, back)
        sold = demand.units[day] - (demand.units[day - back] if day >= back else 0)
        rate: Amounts = (sold + (back - known) * self._expected) / back
        return rate

    def _worthwhile(self, vendor: Indices, product: Indices, missing: Amounts) -> Indices:
        """Whole packs, and so many that each vendor's minimum is met."""
        pack = self._rules["pack"]
        packs = np.maximum(np.ceil(missing / pack), 1)
        value = np.bincount(vendor, packs * pack * self._catalog.cost[product], minlength=len(self._vendors))
        with np.errstate(divide="ignore"):
            factor = np.maximum(np.ceil(self._vendors.minimum / value), 1)
        units: Indices = (packs * factor[vendor] * pack).astype(np.int64)
        return units
