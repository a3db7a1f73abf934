"""What the shop writes: goods, customers, orders and payments, and how they change."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from supercorp.application.changes import AddColumn, Change, Forget, Insert, Update
from supercorp.application.moments import Moments
from supercorp.clock import DAY, Times, texts
from supercorp.rows import (
    ORDER_COLUMNS,
    address_rows,
    address_text,
    customer_rows,
    description,
    email,
    line_rows,
    money,
    order_rows,
    payment_rows,
    product_rows,
)
from supercorp.world import World

__all__ = ["ShopJournal", "update"]

Indices = NDArray[np.int64]


class ShopJournal:
    """The shop's part of the database, by time."""

    def __init__(self, world: World) -> None:
        self._world = world
        shoppers, catalog, orders, changes = (
            world.shoppers,
            world.catalog,
            world.orders,
            world.operations.shop,
        )
        self.moments = {
            "products": Moments(catalog.created),
            "customers": Moments(shoppers.created),
            "addresses": Moments(world.addresses.created),
            "orders": Moments(orders.placed),
            "payments": Moments(world.payments.created),
            "gift_added": Moments(np.asarray([changes.gift_added])),
            "repriced": Moments(catalog.changed_at),
            "rewritten": Moments(changes.rewritten),
            "email": Moments(shoppers.email_changed),
            "corrected": Moments(world.addresses.corrected),
            "paid": Moments(orders.paid),
            "failed": Moments(orders.failed),
            "shipped": Moments(orders.shipped),
            "delivered": Moments(orders.delivered),
            "returned": Moments(orders.returned),
            "forgotten": Moments(shoppers.forgotten),
        }
        self._stuck = np.zeros(len(orders), dtype=bool)
        self._stuck[world.dirt.unknown_status] = True
        self._payment = np.empty(len(orders), dtype=np.int64)
        paying = np.flatnonzero(world.payments.order >= 0)
        self._payment[world.payments.order[paying]] = paying

    def inserts(self, start: int, end: int) -> Iterator[Change]:
        """New rows, in an order that the foreign keys allow; a new column before them."""
        world, moments = self._world, self.moments
        if len(moments["gift_added"].within(start, end)):
            yield AddColumn("orders", "gift", "boolean")
        yield Insert("products", product_rows(world, moments["products"].within(start, end)))
        yield Insert("customers", customer_rows(world, moments["customers"].within(start, end)))
        yield Insert("addresses", address_rows(world, moments["addresses"].within(start, end)))
        placed = moments["orders"].within(start, end)
        gifts = end > world.operations.shop.gift_added
        columns = ORDER_COLUMNS if gifts else ()
        yield Insert("orders", order_rows(world, placed, gifts=gifts), columns)
        first, last = (placed[0], placed[-1] + 1) if len(placed) else (0, 0)
        lines = np.searchsorted(world.lines.order, (first, last))
        yield Insert("order_lines", line_rows(world, np.arange(*lines)))
        yield Insert("payments", payment_rows(world, moments["payments"].within(start, end)))

    def updates(self, start: int, end: int) -> Iterator[Change]:
        """Changed rows."""
        yield from self._goods(start, end)
        yield from self._people(start, end)
        yield from self._steps(start, end)

    def deletes(self, start: int, end: int) -> Iterator[Change]:
        """Customers who asked to be forgotten."""
        gone = self.moments["forgotten"].within(start, end)
        if len(gone):
            yield Forget((gone + 1).tolist(), texts(self._world.shoppers.forgotten[gone]))

    def _goods(self, start: int, end: int) -> Iterator[Update]:
        world, catalog = self._world, self._world.catalog
        repriced = self.moments["repriced"].within(start, end)
        if len(repriced):
            product, at = catalog.changed_product[repriced], catalog.changed_at[repriced]
            price = catalog.price[(at - world.setting.first) // DAY, product]
            yield update("products", product, at, price=("numeric", money(price)))
        rewritten = self.moments["rewritten"].within(start, end)
        if len(rewritten):
            at = world.operations.shop.rewritten[rewritten]
            new = [description(world, position, rewritten=True) for position in rewritten.tolist()]
            yield update("products", rewritten, at, description=("text", new))

    def _people(self, start: int, end: int) -> Iterator[Update]:
        world = self._world
        changed = self.moments["email"].within(start, end)
        if len(changed):
            new = [email(world, position, changed=True) for position in changed.tolist()]
            yield update("customers", changed, world.shoppers.email_changed[changed], email=("text", new))
        corrected = self.moments["corrected"].within(start, end)
        if len(corrected):
            line1 = [address_text(world, position, corrected=True) for position in corrected.tolist()]
            at = world.addresses.corrected[corrected]
            yield update("addresses", corrected, at, line1=("text", line1))

    def _steps(self, start: int, end: int) -> Iterator[Update]:
        """An order and its payment move on together; stuck orders don't, but their payments do."""
        orders = self._world.orders
        steps = (
            ("paid", "paid", "captured", orders.paid),
            ("failed", None, "failed", orders.failed),
            ("shipped", "shipped", None, orders.shipped),
            ("delivered", "delivered", None, orders.delivered),
            ("returned", "returned", "refunded", orders.returned),
        )
        for step, status, paid, times in steps:
            taken = self.moments[step].within(start, end)
            moving = taken[~self._stuck[taken]]
            if status and len(moving):
                yield update("orders", moving, times[moving], status=("text", [status] * len(moving)))
            if paid and len(taken):
                yield update(
                    "payments", self._payment[taken], times[taken], status=("text", [paid] * len(taken))
                )


def update(table: str, positions: Indices, at: Times, **columns: tuple[str, Sequence[object]]) -> Update:
    """New values and the time of the change, for the rows of these positions."""
    return Update(table, (positions + 1).tolist(), columns | {"updated_at": ("timestamptz", texts(at))})
