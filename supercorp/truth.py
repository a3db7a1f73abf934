"""What the lake must find, written down by the one who planted it. The lake never reads this; tests do.

Counted from the simulated arrays, not from the database, so it is independent of every query.
"Clean" orders are those with neither kind of dirt that an order itself can have (negative total, unknown
status); days are UTC days of ``placed_at``; revenue is the sum of ``total``, money as text.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from supercorp.clock import DAY, NEVER, date_of
from supercorp.rows import money
from supercorp.world import World

__all__ = ["truth_of", "write_truth"]

STATUSES = ("placed", "paid", "shipped", "delivered", "returned")


def truth_of(world: World) -> dict[str, Any]:
    """The truth as JSON-able data.

    ``history``, ``rows`` per table at the end, ``dirt`` (ids per kind), ``orders`` (clean ones per
    day, channel and status at the end) and ``customers`` (registered, per day and channel).
    """
    return {
        "format": 1,
        "history": {
            "size": world.size.name,
            "seed": world.seed,
            "first_day": world.first_day.isoformat(),
            "last_day": world.last_day.isoformat(),
            "time_zone": "UTC",
            "truths": world.truths.digest,
        },
        "rows": _rows(world),
        "forgotten_customers": (np.flatnonzero(world.shoppers.forgotten < world.end) + 1).tolist(),
        "dirt": _dirt(world),
        "orders": _orders(world),
        "customers": _customers(world),
    }


def write_truth(world: World, path: Path) -> None:
    """Write the truth, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    partial.write_text(json.dumps(truth_of(world), indent=1) + "\n")
    partial.replace(path)


def _rows(world: World) -> dict[str, int]:
    forgotten = world.shoppers.forgotten < world.end
    return {
        "customers": int((~forgotten).sum()),
        "addresses": int((~forgotten[world.addresses.customer]).sum()),
        "products": len(world.catalog),
        "orders": len(world.orders),
        "order_lines": len(world.lines),
        "payments": len(world.payments.order),
    }


def _dirt(world: World) -> dict[str, dict[str, Any]]:
    dirt = world.dirt
    planted = {
        "negative_total": ("orders", dirt.negative_total),
        "unknown_status": ("orders", dirt.unknown_status),
        "negative_price": ("products", np.arange(world.catalog.buyable, len(world.catalog))),
        "malformed_email": ("customers", dirt.malformed_email),
        "orphan_payment": ("payments", np.flatnonzero(world.payments.order < 0)),
        "negative_quantity": ("order_lines", dirt.negative_quantity),
    }
    return {
        kind: {"table": table, "rows": len(positions), "ids": (positions + 1).tolist()}
        for kind, (table, positions) in planted.items()
    }


def _orders(world: World) -> list[dict[str, Any]]:
    """One entry per UTC day, channel and final status that has clean orders."""
    orders, end = world.orders, world.end
    status = np.zeros(len(orders), dtype=np.int64)
    for number, times in enumerate((orders.paid, orders.shipped, orders.delivered, orders.returned), start=1):
        status[times < end] = number
    clean = np.ones(len(orders), dtype=bool)
    clean[world.dirt.negative_total] = clean[world.dirt.unknown_status] = False
    channels = [channel.name for channel in world.truths.channels]
    cell = (orders.placed // DAY * len(channels) + orders.channel) * len(STATUSES) + status
    found, place = np.unique(cell[clean], return_inverse=True)
    revenue = np.zeros(len(found), dtype=np.int64)
    np.add.at(revenue, place, world.lines.total[clean])
    rest, statuses = found // len(STATUSES), found % len(STATUSES)
    return [
        {
            "day": date_of(day * DAY).isoformat(),
            "channel": channels[channel],
            "status": STATUSES[state],
            "orders": count,
            "revenue": sum_,
        }
        for day, channel, state, count, sum_ in zip(
            (rest // len(channels)).tolist(),
            (rest % len(channels)).tolist(),
            statuses.tolist(),
            np.bincount(place).tolist(),
            money(revenue),
            strict=True,
        )
    ]


def _customers(world: World) -> list[dict[str, Any]]:
    """One entry per UTC day of registration and channel: registered, forgotten since, malformed e-mail."""
    shoppers = world.shoppers
    channels = [channel.name for channel in world.truths.channels]
    cell = shoppers.created // DAY * len(channels) + shoppers.channel
    found, place = np.unique(cell, return_inverse=True)
    malformed = np.zeros(len(shoppers), dtype=bool)
    malformed[world.dirt.malformed_email] = True

    def per_cell(chosen: NDArray[np.bool_]) -> list[int]:
        counts: list[int] = np.bincount(place[chosen], minlength=len(found)).tolist()
        return counts

    return [
        {
            "day": date_of(day * DAY).isoformat(),
            "channel": channels[channel],
            "registered": registered,
            "forgotten": forgotten,
            "malformed_email": wrong,
        }
        for day, channel, registered, forgotten, wrong in zip(
            (found // len(channels)).tolist(),
            (found % len(channels)).tolist(),
            np.bincount(place).tolist(),
            per_cell((shoppers.forgotten < world.end) & (shoppers.forgotten != NEVER)),
            per_cell(malformed),
            strict=True,
        )
    ]
