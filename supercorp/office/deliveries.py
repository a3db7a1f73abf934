"""What comes of purchase orders: deliveries late, in parts, with damaged goods."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from supercorp.clock import DAY, HOUR, MINUTE, NEVER, Times
from supercorp.dice import Dice
from supercorp.office.vendors import Vendors
from supercorp.parameters import Parameters

__all__ = ["Arrivals", "Receipts", "arrivals", "sorted_receipts"]

Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Receipts:
    """One entry per purchase line and delivery, by time; the id is the position plus one.

    ``quantity`` came, ``damaged`` of it could not be used. ``part`` is 1 or 2: the order's first delivery
    or its second.
    """

    received: Times
    line: Indices
    part: Indices
    quantity: Indices
    damaged: Indices

    @property
    def accepted(self) -> Indices:
        """Units that went into stock."""
        return self.quantity - self.damaged


@dataclass(frozen=True, slots=True)
class Arrivals:
    """What becomes of some orders: the moments of both deliveries, the second ``NEVER`` for most."""

    first: Times
    rest: Times
    closed: Times
    receipts: Receipts


def arrivals(
    dice: Dice,
    parameters: Parameters,
    vendors: Vendors,
    *,
    order: Indices,
    vendor: Indices,
    ordered: int,
    line: Indices,
    line_order: Indices,
    quantity: Indices,
) -> Arrivals:
    """When the orders placed at one moment are delivered, and what is then in the boxes.

    ``order`` and ``line`` are positions; ``line_order`` is, per line, the place of its order in ``order``.
    """
    rules = parameters.deliveries

    def days(purpose: str, mean: float | NDArray[np.float64]) -> Indices:
        return np.ceil(dice.exponential(purpose, mean, order)).astype(np.int64)

    is_late = dice.happens("deliveries.late", parameters.vendors["late"], order)
    behind = days("deliveries.days_late", parameters.vendors["days_late"] * vendors.lateness[vendor])
    arrive = vendors.lead_days[vendor] + np.where(is_late, behind, 0)
    midnight = ordered // DAY * DAY
    hour = 7 * HOUR + dice.below("deliveries.hour", 5 * HOUR, order)
    first = midnight + arrive * DAY + hour
    parts = dice.happens("deliveries.partial", rules["partial"], order)
    lost = parts & dice.happens("deliveries.rest_never", rules["rest_never"], order)
    second = first + days("deliveries.rest", rules["days_to_rest"]) * DAY + 90 * MINUTE
    rest = np.where(parts & ~lost, second, NEVER)
    share = np.where(parts, rules["first_part"], 1.0)[line_order]
    now = np.maximum(np.floor(quantity * share), 1).astype(np.int64)
    later = np.flatnonzero((quantity > now) & (rest != NEVER)[line_order])
    took = np.concatenate([now, (quantity - now)[later]])
    of_line = np.concatenate([line, line[later]])
    part = np.repeat([1, 2], [len(line), len(later)])
    broken = dice.happens("deliveries.damaged", rules["damaged"], of_line, part)
    damaged = np.where(broken, np.ceil(took * rules["damaged_units"]), 0).astype(np.int64)
    return Arrivals(
        first=first,
        rest=rest,
        closed=np.where(rest != NEVER, rest, np.where(lost, second, first)),
        receipts=Receipts(
            received=np.concatenate([first[line_order], rest[line_order[later]]]),
            line=of_line,
            part=part,
            quantity=took,
            damaged=damaged,
        ),
    )


def sorted_receipts(parts: list[Receipts]) -> Receipts:
    """All receipts as one, by time (and line, where a delivery has several)."""
    received, line, part, quantity, damaged = (
        np.concatenate([np.empty(0, np.int64), *(getattr(each, name) for each in parts)])
        for name in ("received", "line", "part", "quantity", "damaged")
    )
    order = np.lexsort((line, received))
    return Receipts(received[order], line[order], part[order], quantity[order], damaged[order])
