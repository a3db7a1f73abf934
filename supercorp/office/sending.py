"""Sending the shop's orders: each waits until all of its lines are in stock."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from supercorp.clock import DAY, HOUR, NEVER, Times
from supercorp.dice import Dice
from supercorp.office.demand import Demand
from supercorp.selling import Lines, Orders

__all__ = ["Sending"]

Indices = NDArray[np.int64]


class Sending:
    """Orders leave once all of their lines can; a later shipment moves delivery and return along."""

    def __init__(
        self, dice: Dice, orders: Orders, lines: Lines, demand: Demand, *, first: int, days: int
    ) -> None:
        self._dice, self._lines, self._demand = dice, lines, demand
        self._first, self._days = first, days
        self._next = demand.start.copy()
        self._open = np.bincount(lines.order, minlength=len(orders))
        self._line_start = np.searchsorted(lines.order, np.arange(len(orders) + 1))
        self._returning: list[list[Indices]] = [[] for _ in range(days)]
        self.waited = np.zeros(len(orders), dtype=np.int64)
        self._planned = orders

    @property
    def orders(self) -> Orders:
        """The orders with their real times; NEVER for the steps of those that still wait at the end."""
        plan, waits = self._planned, self._open > 0

        def moved(times: Times) -> Times:
            return np.where((times == NEVER) | waits, NEVER, np.where(times == NEVER, 0, times) + self.waited)

        return replace(
            plan, shipped=moved(plan.shipped), delivered=moved(plan.delivered), returned=moved(plan.returned)
        )

    def send(self, day: int, supply: Indices) -> Indices:
        """Serve what the supply allows; returns, per product, the units served since the beginning."""
        demand = self._demand
        if len(demand.line):
            able = np.searchsorted(demand.served_by, demand.before + supply, side="right")
            upto = np.maximum(np.minimum(able, demand.entries[day]), self._next)
            served = _ranges(self._next, upto)
            self._next = upto
            self._serve(day, demand.line[served])
        totals = np.concatenate([[0], demand.served_by])
        return totals[self._next] - demand.before

    def _serve(self, day: int, line: Indices) -> None:
        order = self._lines.order[line]
        np.subtract.at(self._open, order, 1)
        whole = np.unique(order[self._open[order] == 0])
        plan, midnight = self._planned, self._first + day * DAY
        ready = midnight + 7 * HOUR + self._dice.below("warehouse.ready", 3 * HOUR, whole)
        late = (plan.paid[whole] < midnight) & (plan.shipped[whole] < ready)
        self.waited[whole] = np.where(late, ready - plan.shipped[whole], 0)
        returning = whole[plan.returned[whole] != NEVER]
        on = (plan.returned[returning] + self.waited[returning] - self._first) // DAY
        for number in np.unique(on[on < self._days]).tolist():
            self._returning[number].append(returning[on == number])

    def returned(self, day: int) -> Indices:
        """Per product, the units that come back on a day."""
        order = np.concatenate([np.empty(0, np.int64), *self._returning[day]])
        line = _ranges(self._line_start[order], self._line_start[order + 1])
        units = np.bincount(
            self._lines.product[line], self._lines.quantity[line], minlength=len(self._demand.start)
        )
        return units.astype(np.int64)


def _ranges(starts: Indices, ends: Indices) -> Indices:
    """All numbers from each start to before its end, one range after another."""
    lengths = ends - starts
    offsets = np.repeat(starts - np.concatenate([[0], np.cumsum(lengths)[:-1]]), lengths)
    return offsets + np.arange(lengths.sum())
