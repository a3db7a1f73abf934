"""Planting dirt: a known number of rows of each kind that a real application would get wrong."""

import math
from dataclasses import dataclass

import numpy as np

from supercorp.clock import NEVER, Times
from supercorp.dice import Indices
from supercorp.selling import Lines, Orders
from supercorp.setting import Setting
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


@dataclass(frozen=True, slots=True)
class Dirt:
    """Positions of the rows that are wrong, sorted; for orphan payments, when they are made.

    All of the history; the days after it are clean. The kinds share no order. Customers with a
    malformed e-mail neither change it nor ask to be forgotten.
    """

    negative_total: Indices
    unknown_status: Indices
    malformed_email: Indices
    negative_quantity: Indices
    orphan_payment: Times


def planted_count(truths: Truths, kind: str, rows: int) -> int:
    """How many of ``rows`` rows are planted with a kind of dirt: the share, at least one, unless it is 0."""
    return math.ceil(truths.dirt[kind] * rows)


def plant(setting: Setting, shoppers: Shoppers, orders: Orders, lines: Lines) -> Dirt:
    """Choose among the rows of the history."""
    dice, truths, end = setting.dice, setting.truths, setting.end
    placed = np.arange(np.searchsorted(orders.placed, end))
    registered = np.arange(np.searchsorted(shoppers.created, end))
    sold = np.arange(np.searchsorted(lines.order, len(placed)))
    totals = dice.fewest("negative total", placed, planted_count(truths, "negative_total", len(placed)))
    rest = np.setdiff1d(placed, totals)
    statuses = dice.fewest("unknown status", rest, planted_count(truths, "unknown_status", len(placed)))
    steady = registered[
        (shoppers.forgotten[registered] == NEVER) & (shoppers.email_changed[registered] == NEVER)
    ]
    clean = sold[~np.isin(lines.order[sold], np.concatenate([totals, statuses]))]
    orphans = np.arange(planted_count(truths, "orphan_payment", len(placed)))
    moments = setting.first + dice.uniform("orphan payment", orphans) * (end - setting.first)
    return Dirt(
        negative_total=totals,
        unknown_status=statuses,
        malformed_email=dice.fewest(
            "malformed e-mail", steady, planted_count(truths, "malformed_email", len(registered))
        ),
        negative_quantity=dice.fewest(
            "negative quantity", clean, planted_count(truths, "negative_quantity", len(sold))
        ),
        orphan_payment=np.sort(moments.astype(np.int64)),
    )
