"""Purchase orders as they are placed with the vendors, and the goods that are on their way."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from supercorp.catalog import Catalog
from supercorp.clock import DAY, HOUR, NEVER, Times
from supercorp.dice import Dice
from supercorp.office.deliveries import Receipts, arrivals
from supercorp.office.vendors import Vendors
from supercorp.parameters import Parameters

__all__ = ["Buying", "Purchases"]

Indices = NDArray[np.int64]
_ORDERING = 16 * HOUR


@dataclass(frozen=True, slots=True)
class Purchases:
    """Purchase orders and their lines, both by time; ids are positions plus one. Money in cents.

    ``vendor``, ``ordered`` (the moment), ``promised`` (the day's midnight), ``part_received`` (the first of
    two deliveries), ``closed`` (the last, or the day the rest is given up) and ``short`` (the rest never
    came) are per order; ``order``, ``product``, ``quantity`` and ``unit_cost`` are per line.
    """

    vendor: Indices
    ordered: Times
    promised: Times
    part_received: Times
    closed: Times
    short: NDArray[np.bool_]
    order: Indices
    product: Indices
    quantity: Indices
    unit_cost: Indices


class Buying:
    """Purchase orders as they are placed, and the goods that are on their way."""

    def __init__(
        self,
        dice: Dice,
        parameters: Parameters,
        catalog: Catalog,
        vendors: Vendors,
        *,
        first: int,
        days: int,
    ) -> None:
        self._dice, self._parameters, self._vendors = dice, parameters, vendors
        self._cost, self._first, self._days = catalog.cost, first, days
        self._orders = self._lines = 0
        self._columns: dict[str, list[NDArray[np.generic]]] = {}
        self._arriving: list[list[tuple[Indices, Indices]]] = [[] for _ in range(days)]
        self.deliveries: list[Receipts] = []
        self.expected = np.zeros(len(catalog), dtype=np.int64)

    def buy(self, day: int, product: Indices, quantity: Indices) -> None:
        """Place an order with each vendor of the products."""
        if not len(product):
            return
        moment = self._first + day * DAY + _ORDERING
        by_vendor = np.argsort(self._vendors.supplying(moment)[product], kind="stable")
        product, quantity = product[by_vendor], quantity[by_vendor]
        vendor, place = np.unique(self._vendors.supplying(moment)[product], return_inverse=True)
        order = self._orders + np.arange(len(vendor))
        line = self._lines + np.arange(len(product))
        self._orders, self._lines = self._orders + len(vendor), self._lines + len(product)
        coming = arrivals(
            self._dice,
            self._parameters,
            self._vendors,
            order=order,
            vendor=vendor,
            ordered=moment,
            line=line,
            line_order=place,
            quantity=quantity,
        )
        promised = moment // DAY * DAY + self._vendors.lead_days[vendor] * DAY
        two_parts = (coming.rest != NEVER) | (coming.closed != coming.first)
        self._add(
            vendor=vendor,
            ordered=np.full(len(vendor), moment) + order % 60 * 1_000_000,
            promised=promised,
            part_received=np.where(two_parts, coming.first, NEVER),
            closed=coming.closed,
            short=(coming.rest == NEVER) & two_parts,
            order=order[place],
            product=product,
            quantity=quantity,
            unit_cost=self._cost[product],
        )
        self._await(coming.receipts, product[coming.receipts.line - line[0]])

    def _await(self, receipts: Receipts, product: Indices) -> None:
        self.deliveries.append(receipts)
        np.add.at(self.expected, product, receipts.accepted)
        on = (receipts.received - self._first) // DAY
        for number in np.unique(on[on < self._days]).tolist():
            now = on == number
            self._arriving[number].append((product[now], receipts.accepted[now]))

    def received(self, day: int) -> Indices:
        """Per product, the units that arrive on a day and can be used."""
        units = np.zeros_like(self.expected)
        for product, accepted in self._arriving[day]:
            np.add.at(units, product, accepted)
        self.expected -= units
        return units

    def _add(self, **columns: NDArray[np.generic]) -> None:
        for name, values in columns.items():
            self._columns.setdefault(name, []).append(values)

    def purchases(self) -> Purchases:
        """All that was ordered."""
        if not self._columns:
            nothing = np.empty(0, np.int64)
            self._add(**dict.fromkeys(Purchases.__dataclass_fields__, nothing))
        return Purchases(**{name: np.concatenate(values) for name, values in self._columns.items()})
