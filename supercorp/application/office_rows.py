"""The rows of the tables behind the shop: vendors, purchasing, stock, invoices; all columns in order."""

from datetime import date

import numpy as np
from numpy.typing import NDArray

from supercorp.clock import Times, date_of, texts
from supercorp.office.movements import MOVEMENTS
from supercorp.operations import Operations
from supercorp.rows import Rows, money
from supercorp.words import COUNTRIES, plain
from supercorp.world import World

__all__ = [
    "delivery_note",
    "invoice_line_rows",
    "invoice_rows",
    "movement_rows",
    "payout_rows",
    "price_import_rows",
    "purchase_line_rows",
    "purchase_rows",
    "receipt_rows",
    "vendor_rows",
]

Indices = NDArray[np.int64]


def vendor_rows(operations: Operations, positions: Indices) -> Rows:
    """Rows of ``vendors``."""
    vendors = operations.vendors
    return [
        (
            position + 1,
            vendors.name(position),
            f"orders@{plain(vendors.name(position)).replace(' & ', '-').replace(' ', '-')}.example",
            COUNTRIES[vendors.country[position]][0],
            int(vendors.lead_days[position]),
            int(vendors.terms_days[position]),
            money(vendors.minimum[position : position + 1])[0],
            at,
            at,
        )
        for position, at in zip(positions.tolist(), texts(vendors.created[positions]), strict=True)
    ]


def price_import_rows(world: World, moment: int, day: int) -> Rows:
    """Rows of ``price_imports``: the prices of all goods on that day of the history."""
    catalog = world.catalog
    there = np.flatnonzero(catalog.created[: catalog.buyable] <= moment)
    (at,) = texts(np.asarray([moment]))
    prices = money(catalog.price[day, there])
    return [
        (f"SKU-{position + 1:05d}", price, at) for position, price in zip(there.tolist(), prices, strict=True)
    ]


def purchase_rows(operations: Operations, positions: Indices) -> Rows:
    """Rows of ``purchase_orders`` as they are placed."""
    purchases = operations.warehouse.purchases
    at = texts(purchases.ordered[positions])
    vendor = (purchases.vendor[positions] + 1).tolist()
    return [
        (position + 1, whom, "ordered", when, day.isoformat(), when, when)
        for position, whom, when, day in zip(
            positions.tolist(), vendor, at, _days(purchases.promised[positions]), strict=True
        )
    ]


def purchase_line_rows(operations: Operations, positions: Indices) -> Rows:
    """Rows of ``purchase_order_lines``, made with their orders."""
    purchases = operations.warehouse.purchases
    at = texts(purchases.ordered[purchases.order[positions]])
    return list(
        zip(
            (positions + 1).tolist(),
            (purchases.order[positions] + 1).tolist(),
            (purchases.product[positions] + 1).tolist(),
            purchases.quantity[positions].tolist(),
            money(purchases.unit_cost[positions]),
            at,
            at,
            strict=True,
        )
    )


def delivery_note(order: int, part: int) -> str:
    """What stands on the paper in the box: the purchase order and which of its deliveries it is."""
    return f"DN-{order + 1:06d}-{part}"


def receipt_rows(operations: Operations, positions: Indices) -> Rows:
    """Rows of ``goods_receipts``."""
    receipts, purchases = operations.warehouse.receipts, operations.warehouse.purchases
    line = receipts.line[positions]
    notes = map(delivery_note, purchases.order[line].tolist(), receipts.part[positions].tolist())
    at = texts(receipts.received[positions])
    return list(
        zip(
            (positions + 1).tolist(),
            (line + 1).tolist(),
            notes,
            receipts.quantity[positions].tolist(),
            receipts.damaged[positions].tolist(),
            at,
            at,
            at,
            strict=True,
        )
    )


def movement_rows(operations: Operations, positions: Indices) -> Rows:
    """Rows of ``stock_movements``."""
    movements = operations.movements
    columns = zip(
        positions.tolist(),
        movements.product[positions].tolist(),
        movements.kind[positions].tolist(),
        movements.units[positions].tolist(),
        movements.source[positions].tolist(),
        texts(movements.at[positions]),
        strict=True,
    )
    return [
        (
            position + 1,
            product + 1,
            MOVEMENTS[kind],
            units,
            source + 1 if MOVEMENTS[kind] == "receipt" else None,
            source + 1 if MOVEMENTS[kind] in {"sale", "return"} else None,
            ("opening stock", "stock count")[source] if MOVEMENTS[kind] == "correction" else None,
            at,
            at,
            at,
        )
        for position, product, kind, units, source, at in columns
    ]


def invoice_rows(operations: Operations, positions: Indices) -> Rows:
    """Rows of ``vendor_invoices`` as they are received; one without an order names no delivery note."""
    invoices = operations.invoices
    bills = invoices.bills
    gone = operations.vendors.dropped[bills.vendor[positions]] <= bills.received[positions]
    columns = zip(
        positions.tolist(),
        bills.vendor[positions].tolist(),
        gone.tolist(),
        bills.order[positions].tolist(),
        bills.part[positions].tolist(),
        bills.number[positions].tolist(),
        _days(bills.dated[positions]),
        _days(invoices.due[positions]),
        money(invoices.amount[positions]),
        texts(bills.received[positions]),
        strict=True,
    )
    return [
        (
            position + 1,
            None if dropped else vendor + 1,
            order + 1 if order >= 0 else None,
            delivery_note(order, part) if order >= 0 else None,
            f"{vendor + 1:03d}-{number + 1:07d}" if number >= 0 else f"{vendor + 1:03d}-S{-number:06d}",
            dated.isoformat(),
            due.isoformat(),
            amount,
            "open",
            at,
            at,
            at,
        )
        for position, vendor, dropped, order, part, number, dated, due, amount, at in columns
    ]


def invoice_line_rows(operations: Operations, positions: Indices) -> Rows:
    """Rows of ``vendor_invoice_lines``, made with their invoices."""
    bills = operations.invoices.bills
    at = texts(bills.received[bills.invoice[positions]])
    return [
        (position + 1, invoice + 1, line + 1 if line >= 0 else None, quantity, price, when, when)
        for position, invoice, line, quantity, price, when in zip(
            positions.tolist(),
            bills.invoice[positions].tolist(),
            bills.line[positions].tolist(),
            bills.quantity[positions].tolist(),
            money(bills.unit_price[positions]),
            at,
            strict=True,
        )
    ]


def payout_rows(operations: Operations, positions: Indices) -> Rows:
    """Rows of ``vendor_payments``; positions are places in the order of payment."""
    invoices = operations.invoices
    invoice = invoices.paying[positions]
    at = texts(invoices.paid[invoice])
    return list(
        zip(
            (positions + 1).tolist(),
            (invoice + 1).tolist(),
            money(invoices.amount[invoice]),
            at,
            at,
            at,
            strict=True,
        )
    )


def _days(times: Times) -> list[date]:
    return [date_of(time) for time in times.tolist()]
