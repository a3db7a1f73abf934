"""What is bought, what it comes to, and how each order and payment moves on."""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from supercorp.catalog import Catalog
from supercorp.clock import DAY, MINUTE, NEVER, Times
from supercorp.dice import Floats, Indices, Whole
from supercorp.setting import Setting
from supercorp.words import COUPONS

__all__ = ["Assortment", "Lines", "Orders", "fill_baskets", "joined_orders", "place_orders", "quantities"]

_LETTER_COUPON = len(COUPONS) - 1


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

    def take(self, positions: Indices | NDArray[np.bool_] | slice) -> "Orders":
        """Some of the orders, in that order; of a slice the same memory."""
        return Orders(**{each.name: getattr(self, each.name)[positions] for each in fields(self)})


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


@dataclass(frozen=True, slots=True)
class Assortment:
    """The goods as people choose among them: a row of weights per style of taste and channel."""

    catalog: Catalog
    weights: Floats
    channels: int

    @classmethod
    def of(cls, setting: Setting, catalog: Catalog) -> "Assortment":
        """Popularity, price and taste: goods whose style is near one's own, on a ring, are liked most."""
        styles = int(setting.truths.people["styles"])
        typical = np.abs(catalog.price[0, : catalog.buyable]).astype(float)
        style = setting.dice.below("style of a product", styles, np.arange(catalog.buyable))
        angle = 2 * np.pi * (np.arange(styles)[:, None] - style) / styles
        liking = np.exp(setting.truths.people["taste"] * np.cos(angle))
        dear = np.asarray([channel.dear for channel in setting.truths.channels])[:, None]
        appeal = catalog.popularity * (typical / np.median(typical)) ** dear
        weights = (liking[:, None, :] * appeal[None, :, :]).reshape(-1, catalog.buyable)
        return cls(catalog, weights, len(setting.truths.channels))

    def choose(
        self,
        setting: Setting,
        style: Whole,
        channel: Whole,
        *,
        visitor: Whole,
        number: Whole,
        item: Whole,
    ) -> Indices:
        """What somebody of a style, won by a channel, looks at as the ``item``-th product of a visit.

        The first of them go into the cart, if anything does.
        """
        row = style.astype(np.int64) * self.channels + channel
        return setting.dice.choose_by_row("product", self.weights, row, visitor, number, item)

    def price_at(self, setting: Setting, product: Indices, times: Times) -> Indices:
        """The price of each product at each moment, in cents."""
        return self.catalog.price[(times - setting.first) // DAY, product]


def place_orders(
    setting: Setting,
    visitor: Indices,
    number: Indices,
    *,
    placed: Times,
    channel: Indices,
    thrift: Floats,
    by_letter: NDArray[np.bool_],
    by_card_flow: NDArray[np.bool_],
    broken_cart: NDArray[np.bool_],
) -> Orders:
    """The orders of some visits and how they will go; ``customer`` holds visitors for now.

    A payment fails now and then, and nearly always where Back on the confirmation page of the order before
    has left a ``broken_cart``.
    """
    dice, rules = setting.dice, setting.truths.orders

    def later(step: str, start: Times, least: float, mean: float) -> Times:
        wait = (least + dice.exponential(step, mean, visitor, number)).astype(np.int64)
        return np.where(start == NEVER, NEVER, np.where(start == NEVER, 0, start) + wait)

    tried = later("payment", placed, MINUTE / 6, rules["minutes_to_payment"] * MINUTE)
    fails = dice.happens("payment fails", rules["payment_fails"], visitor, number)
    hit = dice.happens("broken cart", setting.effect("back_button")["next_fails"], visitor, number)
    fails |= broken_cart & hit
    paid = np.where(fails, NEVER, tried)
    shipped = later("shipment", paid, DAY / 6, rules["days_to_shipment"] * DAY)
    delivered = later("delivery", shipped, DAY / 2, rules["days_to_delivery"] * DAY)
    returned = later("return", delivered, DAY, rules["days_to_return"] * DAY)
    sends_back = dice.happens("sends back", rules["returned"], visitor, number)
    coupon = dice.below("which coupon", _LETTER_COUPON, visitor, number)
    coupon = np.where(dice.happens("coupon", rules["coupon"] * 2 * thrift, visitor, number), coupon, -1)
    return Orders(
        customer=visitor,
        placed=placed,
        channel=channel,
        coupon=np.where(by_letter, _LETTER_COUPON, coupon),
        paid=paid,
        failed=np.where(fails, tried, NEVER),
        shipped=shipped,
        delivered=delivered,
        returned=np.where(sends_back, returned, NEVER),
        method=_methods(setting, visitor, number, by_card_flow),
    )


def fill_baskets(
    setting: Setting,
    assortment: Assortment,
    orders: Orders,
    number: Indices,
    *,
    style: Indices,
    channel: Indices,
    lines: Indices,
    shipping_in_price: NDArray[np.bool_],
) -> Lines:
    """The goods of each order, at the prices of its day, added up; ``lines`` is how many each has."""
    rules = setting.truths.orders
    order = np.repeat(np.arange(len(orders)), lines)
    item = np.arange(len(order)) - np.repeat(np.cumsum(lines) - lines, lines)
    whose, visit = orders.customer[order], number[order]
    product = assortment.choose(setting, style[order], channel[order], visitor=whose, number=visit, item=item)
    quantity = quantities(setting, whose, visit, item)
    unit_price = assortment.price_at(setting, product, orders.placed[order])
    dearer = np.where(shipping_in_price, setting.effect("shipping_test")["price"], 1.0)
    unit_price = np.rint(unit_price * dearer[order]).astype(np.int64)
    goods = np.bincount(order, weights=quantity * unit_price, minlength=len(orders)).astype(np.int64)
    off = np.where(orders.coupon >= 0, np.rint(goods * rules["coupon_off"]), 0).astype(np.int64)
    free = (goods - off >= round(rules["free_shipping_from"] * 100)) | shipping_in_price
    shipping = np.where(free, 0, round(rules["shipping"] * 100))
    return Lines(order, product, quantity, unit_price, shipping, goods - off + shipping)


def quantities(setting: Setting, visitor: Whole, number: Whole, item: Whole) -> Indices:
    """How many of the ``item``-th product of a visit's cart are bought."""
    return 1 + np.minimum(setting.dice.geometric("quantity", 0.25, visitor, number, item), 5)


def joined_orders(parts: list[tuple[Orders, Lines]]) -> tuple[Orders, Lines, Indices]:
    """All orders by time, with their lines; and where each of the parts' orders went."""

    def ordered(name: str) -> Indices:
        return np.concatenate([getattr(orders, name) for orders, _ in parts])

    by_time = np.lexsort((ordered("customer"), ordered("placed")))
    orders = Orders(**{each.name: ordered(each.name)[by_time] for each in fields(Orders)})
    place = np.empty(len(by_time), dtype=np.int64)
    place[by_time] = np.arange(len(by_time))
    starts = np.cumsum([0, *(len(part) for part, _ in parts)])
    owner = np.concatenate([lines.order + start for (_, lines), start in zip(parts, starts, strict=False)])
    by_order = np.argsort(place[owner], kind="stable")

    def lined(name: str) -> Indices:
        return np.concatenate([getattr(lines, name) for _, lines in parts])

    lines = Lines(
        order=place[owner][by_order],
        product=lined("product")[by_order],
        quantity=lined("quantity")[by_order],
        unit_price=lined("unit_price")[by_order],
        shipping=lined("shipping")[by_time],
        total=lined("total")[by_time],
    )
    return orders, lines, place


def _methods(setting: Setting, visitor: Indices, number: Indices, by_card_flow: NDArray[np.bool_]) -> Indices:
    """How each order is paid: by card for those who favour cards, else by one of the other ways."""
    shares = setting.truths.orders["payment_methods"]
    favours = setting.dice.happens("favours cards", shares["card"], visitor) | by_card_flow
    others = [0.0 if name == "card" else share for name, share in shares.items()]
    card = list(shares).index("card")
    return np.where(favours, card, setting.dice.choose("payment method", others, visitor, number))
