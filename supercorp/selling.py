"""Who buys what and when, what it comes to, and how each order and payment moves on."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from supercorp.catalog import Catalog
from supercorp.clock import DAY, MINUTE, NEVER, Times, times_of_day
from supercorp.shoppers import Shoppers
from supercorp.truths import Truths

__all__ = ["Lines", "Orders", "fill_baskets", "place_orders"]

Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Orders:
    """One entry per order, by time; the id is the position plus one. Money in cents.

    The times of its steps are ``NEVER`` where a step is not taken; they may lie past the end of the
    history, and are then not yet known to the database.
    """

    customer: Indices
    placed: Times
    channel: Indices
    coupon: Indices  # position in the list, -1 for none
    paid: Times
    failed: Times
    shipped: Times
    delivered: Times
    returned: Times
    method: Indices

    def __len__(self) -> int:
        return len(self.placed)


@dataclass(frozen=True, slots=True)
class Lines:
    """One entry per order line, by order; the id is the position plus one.

    ``shipping`` and ``total`` are per order.
    """

    order: Indices
    product: Indices
    quantity: Indices
    unit_price: Indices
    shipping: Indices
    total: Indices

    def __len__(self) -> int:
        return len(self.order)


def place_orders(
    random: np.random.Generator,
    truths: Truths,
    shoppers: Shoppers,
    first: int,
    end: int,
    *,
    pace: float,
    coupons: int,
) -> Orders:
    """Let every shopper buy, come back or stay away, and every order go its way."""
    customer, wanted, again = _purchases(random, truths, shoppers, end, pace)
    placed = _on_good_days(random, truths, shoppers, customer, wanted, first=first, end=end)
    order = np.argsort(placed, kind="stable")
    customer, placed, again = customer[order], placed[order], again[order]
    count, rules = len(placed), truths.orders
    names = [channel.name for channel in truths.channels]
    other = random.choice(
        [names.index(name) for name in rules["return_channels"]],
        size=count,
        p=list(rules["return_channels"].values()),
    )
    strays = again & (random.random(count) >= rules["own_channel_on_return"])

    def later(start: Times, least: float, mean: float) -> Times:
        wait = (least + random.exponential(mean, count)).astype(np.int64)
        return np.where(start == NEVER, NEVER, np.where(start == NEVER, 0, start) + wait)

    tried = later(placed, MINUTE / 6, rules["minutes_to_payment"] * MINUTE)
    fails = random.random(count) < rules["payment_fails"]
    paid = np.where(fails, NEVER, tried)
    shipped = later(paid, DAY / 6, rules["days_to_shipment"] * DAY)
    delivered = later(shipped, DAY / 2, rules["days_to_delivery"] * DAY)
    returned = later(delivered, DAY, rules["days_to_return"] * DAY)
    returned = np.where(random.random(count) < rules["returned"], returned, NEVER)
    return Orders(
        customer=customer,
        placed=placed,
        channel=np.where(strays, other, shoppers.channel[customer]),
        coupon=np.where(random.random(count) < rules["coupon"], random.integers(0, coupons, count), -1),
        paid=paid,
        failed=np.where(fails, tried, NEVER),
        shipped=shipped,
        delivered=delivered,
        returned=returned,
        method=random.choice(
            len(rules["payment_methods"]), size=count, p=list(rules["payment_methods"].values())
        ),
    )


def fill_baskets(
    random: np.random.Generator, truths: Truths, catalog: Catalog, orders: Orders, first: int
) -> Lines:
    """Draw the goods of each order, at the prices of its day, and add them up."""
    mean_lines = np.asarray([channel.lines for channel in truths.channels])
    per_order = 1 + random.poisson(mean_lines[orders.channel] - 1)
    order = np.repeat(np.arange(len(orders)), per_order)
    channel = orders.channel[order]
    draw = random.random(len(order))
    product = np.empty(len(order), dtype=np.int64)
    typical = np.abs(catalog.price[0, : catalog.buyable]).astype(float)
    for position, traits in enumerate(truths.channels):
        appeal = np.cumsum(catalog.popularity * (typical / np.median(typical)) ** traits.dear)
        mine = channel == position
        product[mine] = np.searchsorted(appeal / appeal[-1], draw[mine], side="right")
    product = np.minimum(product, catalog.buyable - 1)
    quantity = np.minimum(random.geometric(0.8, len(order)), 6)
    unit_price = catalog.price[(orders.placed[order] - first) // DAY, product]
    goods = np.bincount(order, weights=quantity * unit_price, minlength=len(orders)).astype(np.int64)
    off = np.where(orders.coupon >= 0, np.rint(goods * truths.orders["coupon_off"]), 0).astype(np.int64)
    free = goods - off >= round(truths.orders["free_shipping_from"] * 100)
    shipping = np.where(free, 0, round(truths.orders["shipping"] * 100))
    return Lines(order, product, quantity, unit_price, shipping, goods - off + shipping)


def _purchases(
    random: np.random.Generator, truths: Truths, shoppers: Shoppers, end: int, pace: float
) -> tuple[Indices, Times, NDArray[np.bool_]]:
    """Customer and moment of each purchase, and whether it is a return, one round of orders at a time."""
    until = np.minimum(shoppers.forgotten, end)

    def trait(name: str) -> NDArray[np.float64]:
        return np.asarray([getattr(channel, name) for channel in truths.channels])[shoppers.channel]

    comes_back, between = trait("comes_back"), trait("days_between_orders") / pace
    buyers = np.flatnonzero(random.random(len(shoppers)) < trait("buys"))
    wait = random.exponential(trait("days_to_first_order")[buyers] * DAY / pace)
    moment = shoppers.created[buyers] + MINUTE + wait.astype(np.int64)
    rounds: list[tuple[Indices, Times, NDArray[np.bool_]]] = []
    while len(buyers):
        inside = moment < until[buyers]
        buyers, moment = buyers[inside], moment[inside]
        rounds.append((buyers, moment, np.full(len(buyers), bool(rounds))))
        loyal = random.random(len(buyers)) < comes_back[buyers]
        buyers, moment = buyers[loyal], moment[loyal]
        moment = moment + random.exponential(between[buyers] * DAY).astype(np.int64)
    customer, wanted, again = (np.concatenate(part) for part in zip(*rounds, strict=True))
    return customer, wanted, again


def _on_good_days(
    random: np.random.Generator,
    truths: Truths,
    shoppers: Shoppers,
    customer: Indices,
    wanted: Times,
    *,
    first: int,
    end: int,
) -> Times:
    """Move purchases within their week and day to when people shop, where that is possible."""
    weights = np.asarray(truths.season["orders_by_weekday"], dtype=float)
    monday = (first // DAY + 3) % 7
    by_position = np.roll(weights, -monday)
    week = (wanted - first) // (7 * DAY)
    position = random.choice(7, size=len(wanted), p=by_position / by_position.sum())
    moved = first + (week * 7 + position) * DAY
    moved = moved + times_of_day(random, truths.season["by_hour"], len(wanted))
    until = np.minimum(shoppers.forgotten[customer], end)
    possible = (moved > shoppers.created[customer] + MINUTE) & (moved < until)
    return np.where(possible, moved, wanted)
