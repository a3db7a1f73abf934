"""The rows of the shop's tables as the application writes them, each with all columns in order."""

from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from supercorp.clock import texts
from supercorp.shop_changes import describe
from supercorp.words import COUNTRIES, COUPONS, DOMAINS, FIRST_NAMES, GOODS, LAST_NAMES, STREETS, plain
from supercorp.world import World

__all__ = [
    "ORDER_COLUMNS",
    "Indices",
    "Rows",
    "address_rows",
    "address_text",
    "customer_rows",
    "description",
    "email",
    "full_name",
    "line_rows",
    "money",
    "order_rows",
    "payment_rows",
    "product_rows",
    "telephone",
]

Indices = NDArray[np.int64]
Rows = list[tuple[object, ...]]

ORDER_COLUMNS = (
    *(
        "id",
        "customer_id",
        "address_id",
        "status",
        "channel",
        "coupon",
        "currency",
        "shipping",
        "total",
        "gift",
    ),
    *("placed_at", "updated_at"),
)
_FIRST_PLAIN = [plain(name) for name in FIRST_NAMES]
_LAST_PLAIN = [plain(name) for name in LAST_NAMES]


def money(cents: NDArray[np.int64]) -> list[str]:
    """Cents as decimal texts: exact, which a float would not be."""
    return [f"{'-' if c < 0 else ''}{abs(c) // 100}.{abs(c) % 100:02d}" for c in cents.tolist()]


def email(world: World, customer: int, *, changed: bool = False) -> str:
    """A customer's address, unique by the id in it; a changed one turns the names round."""
    shoppers = world.shoppers
    names = [_FIRST_PLAIN[shoppers.first[customer]], _LAST_PLAIN[shoppers.last[customer]]]
    if changed:
        names.reverse()
    domain = DOMAINS[(shoppers.domain[customer] + changed) % len(DOMAINS)]
    return f"{names[0]}.{names[1]}{customer + 1}@{domain}"


def full_name(world: World, customer: int) -> str:
    """What a customer is called."""
    return f"{FIRST_NAMES[world.shoppers.first[customer]]} {LAST_NAMES[world.shoppers.last[customer]]}"


def telephone(world: World, customer: int) -> str:
    """A customer's number with the country's code."""
    return f"{COUNTRIES[world.shoppers.country[customer]][1]} {world.shoppers.phone[customer]}"


def address_text(world: World, address: int, *, corrected: bool = False) -> str:
    """Street and number; a correction adds the floor."""
    places = world.addresses
    text = f"{STREETS[places.street[address]]} {places.number[address]}"
    return f"{text}, floor {places.number[address] % 5 + 1}" if corrected else text


def customer_rows(world: World, positions: Indices) -> Rows:
    """Rows of ``customers`` at registration."""
    shoppers, channels = world.shoppers, [channel.name for channel in world.truths.channels]
    malformed = set(world.dirt.malformed_email.tolist())
    rows: Rows = []
    for position, at in zip(positions.tolist(), texts(shoppers.created[positions]), strict=True):
        country = COUNTRIES[shoppers.country[position]][0]
        address = email(world, position)
        rows.append(
            (
                position + 1,
                address.replace("@", ".") if position in malformed else address,
                full_name(world, position),
                telephone(world, position),
                channels[shoppers.channel[position]],
                country,
                (date(1970, 1, 1) + timedelta(days=int(shoppers.birth[position]))).isoformat(),
                bool(shoppers.consent[position]),
                at,
                at,
            )
        )
    return rows


def address_rows(world: World, positions: Indices) -> Rows:
    """Rows of ``addresses`` as first given."""
    places = world.addresses
    rows: Rows = []
    for position, at in zip(positions.tolist(), texts(places.created[positions]), strict=True):
        customer = int(places.customer[position])
        country, _, cities, postal = COUNTRIES[world.shoppers.country[customer]]
        rows.append(
            (
                position + 1,
                customer + 1,
                address_text(world, position),
                cities[places.city[position]],
                postal.format(places.postal[position]),
                country,
                at,
                at,
            )
        )
    return rows


def description(world: World, product: int, *, rewritten: bool = False) -> str:
    """What the shop says about a product."""
    return describe(world.catalog, world.operations.shop, product, rewritten=rewritten)


def product_rows(world: World, positions: Indices) -> Rows:
    """Rows of ``products`` with the prices of the first day."""
    catalog, vendors = world.catalog, world.operations.vendors
    supplier = np.where(catalog.created < vendors.drop, vendors.of_product, vendors.after_drop) + 1
    columns = zip(
        positions.tolist(),
        supplier[positions].tolist(),
        money(catalog.price[0, positions]),
        money(catalog.cost[positions]),
        texts(catalog.created[positions]),
        strict=True,
    )
    return [
        (
            position + 1,
            f"SKU-{position + 1:05d}",
            catalog.name[position],
            GOODS[catalog.category[position]][0],
            vendor,
            description(world, position),
            price,
            cost,
            True,
            at,
            at,
        )
        for position, vendor, price, cost, at in columns
    ]


def order_rows(world: World, positions: Indices, *, gifts: bool = False) -> Rows:
    """Rows of ``orders`` as they are placed; with ``gifts``, of the columns that there are from then on."""
    orders, lines, channels = world.orders, world.lines, [channel.name for channel in world.truths.channels]
    stuck, wrong = set(world.dirt.unknown_status.tolist()), set(world.dirt.negative_total.tolist())
    customers = orders.customer[positions]
    columns = zip(
        positions.tolist(),
        (customers + 1).tolist(),
        (world.addresses.home[customers] + 1).tolist(),
        orders.channel[positions].tolist(),
        orders.coupon[positions].tolist(),
        money(lines.shipping[positions]),
        money(lines.total[positions]),
        _gifts(world, positions, known=gifts),
        texts(orders.placed[positions]),
        strict=True,
    )
    return [
        (
            position + 1,
            customer,
            address,
            "plcaed" if position in stuck else "placed",
            channels[channel],
            COUPONS[coupon] if coupon >= 0 else None,
            "EUR",
            shipping,
            f"-{total}" if position in wrong else total,
            *gift,
            at,
            at,
        )
        for position, customer, address, channel, coupon, shipping, total, gift, at in columns
    ]


def _gifts(world: World, positions: Indices, *, known: bool) -> list[tuple[bool | None, ...]]:
    """Per order the gift column: nothing where the table has none yet, null for orders older than it."""
    if not known:
        return [()] * len(positions)
    shop, placed = world.operations.shop, world.orders.placed[positions]
    return [
        (gift if after else None,)
        for gift, after in zip(
            shop.gift[positions].tolist(), (placed >= shop.gift_added).tolist(), strict=True
        )
    ]


def line_rows(world: World, positions: Indices) -> Rows:
    """Rows of ``order_lines``, made with their orders."""
    lines = world.lines
    quantity = lines.quantity[positions].copy()
    quantity[np.isin(positions, world.dirt.negative_quantity)] *= -1
    at = texts(world.orders.placed[lines.order[positions]])
    return list(
        zip(
            (positions + 1).tolist(),
            (lines.order[positions] + 1).tolist(),
            (lines.product[positions] + 1).tolist(),
            quantity.tolist(),
            money(lines.unit_price[positions]),
            at,
            at,
            strict=True,
        )
    )


def payment_rows(world: World, positions: Indices) -> Rows:
    """Rows of ``payments``, pending; an orphan is over nothing and for no order."""
    payments, methods = world.payments, [*world.truths.orders["payment_methods"], "wallet"]
    order = payments.order[positions]
    orphan = order < 0
    amount = np.where(orphan, 0, world.lines.total[np.maximum(order, 0)])
    method = np.where(orphan, 0, world.orders.method[np.maximum(order, 0)])
    method[~orphan & world.operations.shop.wallet[np.maximum(order, 0)]] = len(methods) - 1
    at = texts(payments.created[positions])
    return [
        (position + 1, order + 1 if order >= 0 else None, methods[how], "pending", much, when, when)
        for position, order, how, much, when in zip(
            positions.tolist(), order.tolist(), method.tolist(), money(amount), at, strict=True
        )
    ]
