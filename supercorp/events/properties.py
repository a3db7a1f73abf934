"""What each kind of message says: its properties or traits, by Segment's e-commerce specification (v2)."""

import json
from collections.abc import Callable

import numpy as np

from supercorp.clock import texts
from supercorp.dice import Indices
from supercorp.events.expansion import Messages
from supercorp.events.goods import Goods
from supercorp.events.kinds import Kind
from supercorp.events.orders import OrderTexts
from supercorp.events.traffic import Traffic
from supercorp.experiments import treated
from supercorp.rows import email, money
from supercorp.words import FIRST_NAMES, LAST_NAMES
from supercorp.world import World

__all__ = ["Properties"]

_STEPS = ("sign_up", "details", "address")
_CHECKOUT_STEPS = ("", "shipping", "payment")


class Properties:
    """Writes the inner part of messages: JSON members without their braces."""

    def __init__(self, world: World) -> None:
        """Prepare what many messages share."""
        self._world = world
        self._orders = OrderTexts(world)
        self.goods = Goods(world)
        self._by_kind: dict[Kind, Callable[[Traffic, Messages], list[str]]] = {
            Kind.SIGNED_IN: self._method,
            Kind.IDENTIFIED: self._traits,
            Kind.EXPOSED: self._experiments,
            Kind.LISTED: self._lists,
            Kind.VIEWED: self._products,
            Kind.SIGNUP_STEP: self._signup_steps,
            Kind.SIGNED_UP: self._method,
            Kind.IDENTIFIED_NEW: self._traits,
            Kind.ADDED: self._products,
            Kind.CART: self._carts,
            Kind.CHECKOUT: self._carts,
            Kind.STEP_COMPLETED: self._checkout_steps,
            Kind.STEP_VIEWED: self._checkout_steps,
            Kind.PAYMENT_INFO: self._payments,
            Kind.ORDERED: self._orders.completed,
            Kind.ORDERED_SERVER: self._orders.completed,
            Kind.PAYMENT_FAILED: self._orders.failed,
        }

    def of(self, traffic: Traffic, messages: Messages) -> list[str]:
        """The inner parts of the messages, in their order; empty for pages, which describe themselves."""
        found = np.full(len(messages), "", dtype=object)
        for kind, write in self._by_kind.items():
            chosen = np.flatnonzero(messages.kind == kind)
            if len(chosen):
                found[chosen] = write(traffic, messages.take(chosen))
        result: list[str] = found.tolist()
        return result

    def _method(self, _: Traffic, messages: Messages) -> list[str]:
        return ['"method":"email"'] * len(messages)

    def _traits(self, traffic: Traffic, messages: Messages) -> list[str]:
        shoppers = self._world.shoppers
        customers = self._world.customer_of[traffic.person[messages.visit]]
        return [
            f'"email":"{email(self._world, customer)}",'
            f'"name":{json.dumps(f"{FIRST_NAMES[first]} {LAST_NAMES[last]}", ensure_ascii=False)},'
            f'"createdAt":"{created}"'
            for customer, first, last, created in zip(
                customers.tolist(),
                shoppers.first[customers].tolist(),
                shoppers.last[customers].tolist(),
                texts(shoppers.created[customers]),
                strict=True,
            )
        ]

    def _experiments(self, traffic: Traffic, messages: Messages) -> list[str]:
        world, who = self._world, traffic.person[messages.visit]
        arms = np.zeros(len(messages), dtype=np.int64)
        for number, each in enumerate(world.experiments):
            mine = messages.item == number
            arms[mine] = treated(world.setting.dice, each, who[mine])
        written = [
            [
                f'"experiment_id":"{each.salt}","experiment_name":"{each.name}",'
                f'"variation_id":"{arm}","variation_name":"{("control", "treatment")[arm]}"'
                for arm in (0, 1)
            ]
            for each in world.experiments
        ]
        return [written[item][arm] for item, arm in zip(messages.item.tolist(), arms.tolist(), strict=True)]

    def _lists(self, traffic: Traffic, messages: Messages) -> list[str]:
        product, _ = self.goods.seen(traffic, messages.visit, np.zeros(len(messages), dtype=np.int64))
        names = self.goods.categories
        return [f'"list_id":"{names[each]}","category":"{names[each]}"' for each in product.tolist()]

    def _products(self, traffic: Traffic, messages: Messages) -> list[str]:
        goods, added = self.goods, messages.kind[0] == Kind.ADDED
        product, price = goods.seen(traffic, messages.visit, messages.item)
        quantity = goods.quantity(traffic, messages.visit, messages.item) if added else np.ones_like(product)
        new = goods.renamed(traffic.visits)[messages.visit]
        return [
            f'"{"productId" if renamed else "product_id"}":"{goods.skus[each]}",{goods.described[each]},'
            f'"price":{cents},"quantity":{count},"currency":"EUR"'
            for each, cents, count, renamed in zip(
                product.tolist(), money(price), quantity.tolist(), new.tolist(), strict=True
            )
        ]

    def _signup_steps(self, _: Traffic, messages: Messages) -> list[str]:
        return [f'"step":{item + 1},"step_name":"{_STEPS[item]}"' for item in messages.item.tolist()]

    def _carts(self, traffic: Traffic, messages: Messages) -> list[str]:
        lines = traffic.visits.lines[messages.visit].tolist()
        values = money(self.goods.cart_value(traffic, messages.visit))
        return [
            f'"cart_id":"{cart}","value":{value},"item_count":{count},"currency":"EUR"'
            for cart, value, count in zip(self._carts_of(traffic, messages.visit), values, lines, strict=True)
        ]

    def _checkout_steps(self, traffic: Traffic, messages: Messages) -> list[str]:
        return [
            f'"checkout_id":"{cart}","step":{item},"step_name":"{_CHECKOUT_STEPS[item]}"'
            for cart, item in zip(
                self._carts_of(traffic, messages.visit), messages.item.tolist(), strict=True
            )
        ]

    def _payments(self, traffic: Traffic, messages: Messages) -> list[str]:
        world, visits = self._world, traffic.visits.take(messages.visit)
        flow = world.setting.since("card_flow", visits.start)
        return [
            f'"checkout_id":"{cart}","step":2'
            + (f',"saved_card":{"true" if saved else "false"}' if new else "")
            for cart, saved, new in zip(
                self._carts_of(traffic, messages.visit),
                visits.saved_card.tolist(),
                flow.tolist(),
                strict=True,
            )
        ]

    @staticmethod
    def _carts_of(traffic: Traffic, rows: Indices) -> list[str]:
        """A name for each visit's cart."""
        visits = traffic.visits.take(rows)
        return [f"c{who}-{n}" for who, n in zip(visits.visitor.tolist(), visits.number.tolist(), strict=True)]
