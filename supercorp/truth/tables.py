"""The truth about the database's tables: rows, dirt, orders and customers.

"Clean" orders are those with neither kind of dirt that an order itself can have (negative total, unknown
status); days are the company's days of ``placed_at``; revenue is the sum of ``total``, money as text.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from supercorp.clock import DAY, NEVER, date_of
from supercorp.rows import money
from supercorp.world import World

__all__ = ["customers", "dirt", "orders", "rows"]

STATUSES = ("placed", "paid", "shipped", "delivered", "returned")


def rows(world: World) -> dict[str, int]:
    """Rows per table at the end of the history."""
    counts = world.counts()
    forgotten = world.shoppers.forgotten < world.end
    housed = world.addresses.customer[: counts.addresses]
    return {
        "customers": int((~forgotten[: counts.shoppers]).sum()),
        "addresses": int((~forgotten[housed]).sum()),
        "products": len(world.catalog),
        "orders": counts.orders,
        "order_lines": counts.lines,
        "payments": counts.payments,
    }


def dirt(world: World) -> dict[str, dict[str, Any]]:
    """The ids of the rows of each kind of dirt."""
    planted = {
        "negative_total": ("orders", world.dirt.negative_total),
        "unknown_status": ("orders", world.dirt.unknown_status),
        "negative_price": ("products", np.arange(world.catalog.buyable, len(world.catalog))),
        "malformed_email": ("customers", world.dirt.malformed_email),
        "orphan_payment": ("payments", np.flatnonzero(world.payments.order < 0)),
        "negative_quantity": ("order_lines", world.dirt.negative_quantity),
    }
    return {
        kind: {"table": table, "rows": len(positions), "ids": (positions + 1).tolist()}
        for kind, (table, positions) in planted.items()
    }


def orders(world: World) -> list[dict[str, Any]]:
    """One entry per day, channel and final status that has clean orders."""
    count, end = world.counts().orders, world.end
    placed = world.orders
    status = np.zeros(count, dtype=np.int64)
    for number, times in enumerate((placed.paid, placed.shipped, placed.delivered, placed.returned), start=1):
        status[times[:count] < end] = number
    clean = np.ones(count, dtype=bool)
    clean[world.dirt.negative_total] = clean[world.dirt.unknown_status] = False
    channels = [channel.name for channel in world.truths.channels]
    day = placed.placed[:count] // DAY
    cell = (day * len(channels) + placed.channel[:count]) * len(STATUSES) + status
    found, place = np.unique(cell[clean], return_inverse=True)
    revenue = np.zeros(len(found), dtype=np.int64)
    np.add.at(revenue, place, world.lines.total[:count][clean])
    rest, statuses = found // len(STATUSES), found % len(STATUSES)
    return [
        {
            "day": date_of(day * DAY).isoformat(),
            "channel": channels[channel],
            "status": STATUSES[state],
            "orders": number,
            "revenue": sum_,
        }
        for day, channel, state, number, sum_ in zip(
            (rest // len(channels)).tolist(),
            (rest % len(channels)).tolist(),
            statuses.tolist(),
            np.bincount(place).tolist(),
            money(revenue),
            strict=True,
        )
    ]


def customers(world: World) -> list[dict[str, Any]]:
    """One entry per day of registration and channel: registered, forgotten since, malformed e-mail."""
    shoppers, count = world.shoppers, world.counts().shoppers
    channels = [channel.name for channel in world.truths.channels]
    day = shoppers.created[:count] // DAY
    found, place = np.unique(day * len(channels) + shoppers.channel[:count], return_inverse=True)
    malformed = np.zeros(count, dtype=bool)
    malformed[world.dirt.malformed_email] = True
    forgotten = shoppers.forgotten[:count]

    def per_cell(chosen: NDArray[np.bool_]) -> list[int]:
        counts: list[int] = np.bincount(place[chosen], minlength=len(found)).tolist()
        return counts

    return [
        {
            "day": date_of(day * DAY).isoformat(),
            "channel": channels[channel],
            "registered": registered,
            "forgotten": gone,
            "malformed_email": wrong,
        }
        for day, channel, registered, gone, wrong in zip(
            (found // len(channels)).tolist(),
            (found % len(channels)).tolist(),
            np.bincount(place).tolist(),
            per_cell((forgotten < world.end) & (forgotten != NEVER)),
            per_cell(malformed),
            strict=True,
        )
    ]
