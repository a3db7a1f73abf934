"""Planting dirt: a known number of rows of each kind that a real application would get wrong."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from supercorp.clock import NEVER, Times
from supercorp.selling import Lines, Orders
from supercorp.shoppers import Shoppers
from supercorp.truths import Truths

__all__ = ["KINDS", "Dirt", "plant", "planted_count"]

KINDS = (
    "negative_total",
    "unknown_status",
    "negative_price",
    "malformed_email",
    "orphan_payment",
    "negative_quantity",
)
Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Dirt:
    """Positions of the rows that are wrong, sorted; for orphan payments, when they are made.

    The kinds share no order. Customers with a malformed e-mail neither change it nor ask to be forgotten.
    """

    negative_total: Indices
    unknown_status: Indices
    malformed_email: Indices
    negative_quantity: Indices
    orphan_payment: Times


def planted_count(truths: Truths, kind: str, rows: int) -> int:
    """How many of ``rows`` rows are planted with a kind of dirt: the share, at least one, unless it is 0."""
    return math.ceil(truths.dirt[kind] * rows)


def plant(
    random: np.random.Generator,
    truths: Truths,
    shoppers: Shoppers,
    orders: Orders,
    lines: Lines,
    *,
    first: int,
    end: int,
) -> Dirt:
    """Choose the rows."""
    totals = planted_count(truths, "negative_total", len(orders))
    statuses = planted_count(truths, "unknown_status", len(orders))
    chosen = random.choice(len(orders), size=totals + statuses, replace=False)
    steady = np.flatnonzero((shoppers.forgotten == NEVER) & (shoppers.email_changed == NEVER))
    clean = np.flatnonzero(~np.isin(lines.order, chosen))
    orphans = planted_count(truths, "orphan_payment", len(orders))
    return Dirt(
        negative_total=np.sort(chosen[:totals]),
        unknown_status=np.sort(chosen[totals:]),
        malformed_email=_some(random, steady, planted_count(truths, "malformed_email", len(shoppers))),
        negative_quantity=_some(random, clean, planted_count(truths, "negative_quantity", len(lines))),
        orphan_payment=np.sort(random.integers(first, end, orphans)),
    )


def _some(random: np.random.Generator, among: Indices, count: int) -> Indices:
    return np.sort(random.choice(among, size=count, replace=False))
