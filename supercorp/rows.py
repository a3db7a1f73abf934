"""The rows of the shop's tables as the application writes them, each with all columns in order."""

from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from supercorp.clock import texts
from supercorp.words import COUNTRIES, COUPONS, DOMAINS, FIRST_NAMES, GOODS, LAST_NAMES, STREETS, plain
from supercorp.world import World

__all__ = [
    "address_rows",
    "address_text",
    "customer_rows",
    "email",
    "line_rows",
    "money",
    "order_rows",
    "payment_rows",
    "product_rows",
]

Indices = NDArray[np.int64]
Rows = list[tuple[object, ...]]

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
        country, calling, _, _ = COUNTRIES[shoppers.country[position]]
        address = email(world, position)
        rows.append(
            (
                position + 1,
                address.replace("@", ".") if position in malformed else address,
                f"{FIRST_NAMES[shoppers.first[position]]} {LAST_NAMES[shoppers.last[position]]}",
                f"{calling} {shoppers.phone[position]}",
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


def product_rows(world: World, positions: Indices) -> Rows:
    """Rows of ``products`` with the prices of the first day."""
    catalog = world.catalog
    prices, costs = money(catalog.price[0, positions]), money(catalog.cost[positions])
    rows: Rows = []
    for position, price, cost, at in zip(
        positions.tolist(), prices, costs, texts(catalog.created[positions]), strict=True
    ):
        category, name = GOODS[catalog.category[position]][0], catalog.name[position]
        description = (
            f"{name}: made to be used every day and to last. Part of our {category} range, "
            f"item {position + 1}; sent within two days, and taken back within thirty."
        )
        rows.append(
            (position + 1, f"SKU-{position + 1:05d}", name, category, description, price, cost, True, at, at)
        )
    return rows


def order_rows(world: World, positions: Indices) -> Rows:
    """Rows of ``orders`` as they are placed."""
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
            at,
            at,
        )
        for position, customer, address, channel, coupon, shipping, total, at in columns
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
    payments, methods = world.payments, list(world.truths.orders["payment_methods"])
    order = payments.order[positions]
    orphan = order < 0
    amount = np.where(orphan, 0, world.lines.total[np.maximum(order, 0)])
    method = np.where(orphan, 0, world.orders.method[np.maximum(order, 0)])
    at = texts(payments.created[positions])
    return [
        (position + 1, order + 1 if order >= 0 else None, methods[how], "pending", much, when, when)
        for position, order, how, much, when in zip(
            positions.tolist(), order.tolist(), method.tolist(), money(amount), at, strict=True
        )
    ]
