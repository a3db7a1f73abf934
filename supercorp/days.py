"""What an application writes on one day: inserts first, then updates, then deletions."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from supercorp.clock import DAY, NEVER, Times, midnight, texts
from supercorp.rows import (
    address_rows,
    address_text,
    customer_rows,
    email,
    line_rows,
    money,
    order_rows,
    payment_rows,
    product_rows,
)
from supercorp.world import World

__all__ = ["Forget", "Insert", "Update", "changes_on"]

Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Insert:
    """Rows for a table, each with all its columns in their order."""

    table: str
    rows: list[tuple[object, ...]]


@dataclass(frozen=True, slots=True)
class Update:
    """New values for some rows: ``columns`` maps a column to its SQL type and a value per row."""

    table: str
    ids: list[int]
    columns: dict[str, tuple[str, list[str]]]


@dataclass(frozen=True, slots=True)
class Forget:
    """Customers to remove, with their addresses; their orders stay, without them, changed at ``at``."""

    customers: list[int]
    at: list[str]


def changes_on(world: World, day: date) -> Iterator[Insert | Update | Forget]:
    """The day's changes in an order that the foreign keys allow; every time in them is of that day."""
    start = midnight(day)
    window = (start, start + DAY)
    yield from _inserts(world, window)
    yield from _people(world, window)
    yield from _order_steps(world, window)
    gone = _within(world.shoppers.forgotten, window)
    if len(gone):
        yield Forget((gone + 1).tolist(), texts(world.shoppers.forgotten[gone]))


def _inserts(world: World, window: tuple[int, int]) -> Iterator[Insert]:
    yield Insert("products", product_rows(world, _within(world.catalog.created, window)))
    yield Insert("customers", customer_rows(world, _within(world.shoppers.created, window)))
    yield Insert("addresses", address_rows(world, _within(world.addresses.created, window)))
    first, last = np.searchsorted(world.orders.placed, window)
    yield Insert("orders", order_rows(world, np.arange(first, last)))
    lines = np.searchsorted(world.lines.order, (first, last))
    yield Insert("order_lines", line_rows(world, np.arange(*lines)))
    payments = np.searchsorted(world.payments.created, window)
    yield Insert("payments", payment_rows(world, np.arange(*payments)))


def _people(world: World, window: tuple[int, int]) -> Iterator[Update]:
    catalog = world.catalog
    repriced = _within(catalog.changed_at, window)
    if len(repriced):
        product, at = catalog.changed_product[repriced], catalog.changed_at[repriced]
        price = catalog.price[(at - midnight(world.first_day)) // DAY, product]
        yield _update("products", product, at, price=("numeric", money(price)))
    changed = _within(world.shoppers.email_changed, window)
    if len(changed):
        new = [email(world, position, changed=True) for position in changed.tolist()]
        yield _update("customers", changed, world.shoppers.email_changed[changed], email=("text", new))
    corrected = _within(world.addresses.corrected, window)
    if len(corrected):
        line1 = [address_text(world, position, corrected=True) for position in corrected.tolist()]
        yield _update("addresses", corrected, world.addresses.corrected[corrected], line1=("text", line1))


def _order_steps(world: World, window: tuple[int, int]) -> Iterator[Update]:
    orders = world.orders
    stuck = np.zeros(len(orders), dtype=bool)
    stuck[world.dirt.unknown_status] = True
    payment = np.empty(len(orders), dtype=np.int64)
    paying = np.flatnonzero(world.payments.order >= 0)
    payment[world.payments.order[paying]] = paying
    steps = (
        ("paid", "captured", orders.paid),
        (None, "failed", orders.failed),
        ("shipped", None, orders.shipped),
        ("delivered", None, orders.delivered),
        ("returned", "refunded", orders.returned),
    )
    for status, paid, times in steps:
        taken = _within(times, window)
        moving = taken[~stuck[taken]]
        if status and len(moving):
            yield _update("orders", moving, times[moving], status=("text", [status] * len(moving)))
        if paid and len(taken):
            yield _update("payments", payment[taken], times[taken], status=("text", [paid] * len(taken)))


def _update(table: str, positions: Indices, at: Times, **columns: tuple[str, list[str]]) -> Update:
    return Update(table, (positions + 1).tolist(), columns | {"updated_at": ("timestamptz", texts(at))})


def _within(times: Times, window: tuple[int, int]) -> Indices:
    """The positions whose time lies in the window, in order of position; NEVER is in none."""
    return np.flatnonzero((times >= window[0]) & (times < window[1]) & (times != NEVER))
