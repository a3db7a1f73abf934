"""The ledger of the stock: every unit that came, went, came back or was counted differently."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from supercorp.clock import NEVER, Times
from supercorp.office.warehouse import Warehouse
from supercorp.selling import Lines

__all__ = ["MOVEMENTS", "Movements", "book"]

Indices = NDArray[np.int64]
MOVEMENTS = ("receipt", "sale", "return", "correction")
_RECEIPT, _SALE, _RETURN, _CORRECTION = range(4)


@dataclass(frozen=True, slots=True)
class Movements:
    """One entry per movement, by time; the id is the position plus one.

    ``kind`` is a position in :data:`MOVEMENTS`; ``units`` is negative for what leaves. ``source`` is the
    position of the receipt, or of the order line of a sale or return; of a correction it is 0 for the
    opening stock and 1 for a count. The units of a product add up to what is on its shelf, at any moment.
    """

    at: Times
    kind: NDArray[np.int8]
    product: NDArray[np.int32]
    units: NDArray[np.int32]
    source: Indices


def book(warehouse: Warehouse, lines: Lines, opening: Indices, first: int) -> Movements:
    """Write the ledger of all that happened in the warehouse; ``opening`` is the stock at ``first``."""
    receipts, counts, orders = warehouse.receipts, warehouse.counts, warehouse.orders
    came = np.flatnonzero(receipts.accepted > 0)
    sold = np.flatnonzero(orders.shipped[lines.order] != NEVER)
    back = np.flatnonzero(orders.returned[lines.order] != NEVER)
    stocked = np.flatnonzero(opening > 0)
    parts = (
        (_CORRECTION, np.full(len(stocked), first), stocked, opening[stocked], np.zeros_like(stocked)),
        (
            _RECEIPT,
            receipts.received[came],
            warehouse.purchases.product[receipts.line[came]],
            receipts.accepted[came],
            came,
        ),
        (_SALE, orders.shipped[lines.order[sold]], lines.product[sold], -lines.quantity[sold], sold),
        (_RETURN, orders.returned[lines.order[back]], lines.product[back], lines.quantity[back], back),
        (_CORRECTION, counts.at, counts.product, counts.units, np.ones_like(counts.product)),
    )
    at = np.concatenate([part[1] for part in parts])
    by_time = np.argsort(at, kind="stable")
    return Movements(
        at=at[by_time],
        kind=np.repeat(
            np.asarray([part[0] for part in parts], dtype=np.int8), [len(part[1]) for part in parts]
        )[by_time],
        product=np.concatenate([part[2] for part in parts])[by_time].astype(np.int32),
        units=np.concatenate([part[3] for part in parts])[by_time].astype(np.int32),
        source=np.concatenate([part[4] for part in parts])[by_time],
    )
