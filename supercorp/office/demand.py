"""What the warehouse is asked for: the lines of paid orders, in the order in which they are served."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from supercorp.clock import DAY
from supercorp.selling import Lines, Orders

__all__ = ["Demand", "demand_of"]

Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Demand:
    """One entry per line of a paid order, by product, then by payment: first paid, first served.

    ``start`` is the first entry of each product. ``served_by`` is the running sum of units over all entries,
    and ``before`` what it was before each product's first. Of shape (days, products): ``entries``, the
    entry after the last one paid by the end of that day, and ``units``, all units asked for by then.
    """

    line: Indices
    start: Indices
    served_by: Indices
    before: Indices
    entries: Indices
    units: Indices


def demand_of(orders: Orders, lines: Lines, first: int, *, days: int, products: int) -> Demand:
    """Sort the lines whose orders are paid within ``days`` from ``first``."""
    paid = orders.paid[lines.order]
    wanted = np.flatnonzero(paid < first + days * DAY)
    line = wanted[np.lexsort((paid[wanted], lines.product[wanted]))]
    product, quantity = lines.product[line], lines.quantity[line]
    start = np.searchsorted(product, np.arange(products))
    served_by = np.cumsum(quantity)
    cell = (paid[line] - first) // DAY * products + product

    def by_day(weights: Indices | None) -> Indices:
        counts = np.bincount(cell, weights, minlength=days * products).astype(np.int64)
        return counts.reshape(days, products).cumsum(axis=0)

    return Demand(
        line=line,
        start=start,
        served_by=served_by,
        before=np.concatenate([[0], served_by])[start],
        entries=start + by_day(None),
        units=by_day(quantity),
    )
