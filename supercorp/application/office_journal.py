"""What the company behind the shop writes: buying, stock, invoices, and the registries of its teams."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from supercorp.application.changes import Change, DropVendor, Insert, Refill, Update
from supercorp.application.moments import Moments
from supercorp.application.office_rows import (
    invoice_line_rows,
    invoice_rows,
    movement_rows,
    payout_rows,
    price_import_rows,
    purchase_line_rows,
    purchase_rows,
    receipt_rows,
    vendor_rows,
)
from supercorp.application.shop_journal import update
from supercorp.clock import DAY, HOUR, NEVER, midnight, texts
from supercorp.operations import Operations
from supercorp.rows import Rows
from supercorp.world import World

__all__ = ["OfficeJournal"]

Indices = NDArray[np.int64]
_IMPORT = 3 * HOUR


class OfficeJournal:
    """The back office's part of the database, by time."""

    def __init__(self, world: World) -> None:
        self._world = world
        operations = world.operations
        vendors, purchases, invoices = operations.vendors, operations.warehouse.purchases, operations.invoices
        self._imports = _mondays(world)
        self.moments = {
            "vendors": Moments(vendors.created),
            "purchase_orders": Moments(purchases.ordered),
            "goods_receipts": Moments(operations.warehouse.receipts.received),
            "stock_movements": Moments(operations.movements.at),
            "vendor_invoices": Moments(invoices.bills.received),
            "vendor_payments": Moments(invoices.paid[invoices.paying]),
            "imported": Moments(self._imports),
            "part_received": Moments(purchases.part_received),
            "closed": Moments(purchases.closed),
            "dropped": Moments(vendors.dropped),
        }

    def vendors(self, start: int, end: int) -> Iterator[Change]:
        """New vendors, whom products refer to."""
        yield Insert("vendors", vendor_rows(self._world.operations, self._within("vendors", start, end)))

    def inserts(self, start: int, end: int) -> Iterator[Change]:
        """New rows, in an order that the foreign keys allow; order lines are there already."""
        world, operations = self._world, self._world.operations
        for number in self._within("imported", start, end).tolist():
            moment = int(self._imports[number])
            day = (moment - world.setting.first) // DAY
            yield Refill("price_imports", price_import_rows(world, moment, day))
        ordered = self._within("purchase_orders", start, end)
        yield Insert("purchase_orders", purchase_rows(operations, ordered))
        lines = _lines_of(operations.warehouse.purchases.order, ordered)
        yield Insert("purchase_order_lines", purchase_line_rows(operations, lines))
        received = self._within("vendor_invoices", start, end)
        single: tuple[tuple[str, Callable[[Operations, Indices], Rows]], ...] = (
            ("goods_receipts", receipt_rows),
            ("stock_movements", movement_rows),
            ("vendor_invoices", invoice_rows),
            ("vendor_payments", payout_rows),
        )
        for table, rows in single:
            if table == "vendor_payments":
                billed = _lines_of(operations.invoices.bills.invoice, received)
                yield Insert("vendor_invoice_lines", invoice_line_rows(operations, billed))
            yield Insert(table, rows(operations, self._within(table, start, end)))

    def updates(self, start: int, end: int) -> Iterator[Update]:
        """Purchase orders that are delivered, invoices that are paid."""
        purchases, invoices = self._world.operations.warehouse.purchases, self._world.operations.invoices
        part = self._within("part_received", start, end)
        if len(part):
            status = ["part_received"] * len(part)
            yield update("purchase_orders", part, purchases.part_received[part], status=("text", status))
        closed = self._within("closed", start, end)
        if len(closed):
            status = ["closed_short" if short else "received" for short in purchases.short[closed].tolist()]
            yield update("purchase_orders", closed, purchases.closed[closed], status=("text", status))
        paid = invoices.paying[self._within("vendor_payments", start, end)]
        if len(paid):
            yield update("vendor_invoices", paid, invoices.paid[paid], status=("text", ["paid"] * len(paid)))

    def deletes(self, start: int, end: int) -> Iterator[Change]:
        """The vendor that is dropped: first its goods get another one."""
        vendors = self._world.operations.vendors
        for vendor in self._within("dropped", start, end).tolist():
            at = vendors.dropped[vendor]
            goods = np.flatnonzero((vendors.of_product == vendor) & (self._world.catalog.created < at))
            new = (vendors.after_drop[goods] + 1).tolist()
            if new:
                yield update("products", goods, np.full(len(goods), at), vendor_id=("bigint", new))
            yield DropVendor(vendor + 1, texts(np.asarray([at]))[0])

    def _within(self, name: str, start: int, end: int) -> Indices:
        return self.moments[name].within(start, end)


def _lines_of(parent: Indices, positions: Indices) -> Indices:
    """The lines of consecutive parents; ``parent`` is sorted."""
    first, last = (positions[0], positions[-1] + 1) if len(positions) else (0, 0)
    return np.arange(*np.searchsorted(parent, (first, last)))


def _mondays(world: World) -> NDArray[np.int64]:
    """When the price list is imported, through the whole simulation."""
    weekday = world.operations.parameters.shop["price_import_weekday"]
    days = [world.first_day + timedelta(days=number) for number in range(world.days + world.live_days)]
    times = [midnight(day) + _IMPORT if day.weekday() == weekday else NEVER for day in days]
    return np.asarray(times, dtype=np.int64)
