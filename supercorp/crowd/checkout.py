"""Shopping in a visit: how far it gets, what stops it, and what goes wrong with the payment."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from supercorp.clock import Times
from supercorp.crowd.devices import IOS_SAFARI
from supercorp.crowd.people import Visitors
from supercorp.crowd.steps import CART, CHECKOUT, ORDERED, PAYMENT
from supercorp.dice import Floats, Indices
from supercorp.setting import Setting
from supercorp.words import COUNTRIES

__all__ = ["HOME", "SHIPPING", "Shopping", "pays_by_card_flow", "shop"]

SHIPPING = "shipping_in_price"
HOME = [country[0] for country in COUNTRIES].index("DE")


@dataclass(frozen=True, slots=True)
class Shopping:
    """How far each visit's shopping gets: ``cart`` as in :class:`supercorp.crowd.steps.Visits`.

    ``broke_off`` are those who tried to pay and could not; ``saved_card`` used the new card flow.
    """

    cart: Indices
    broke_off: NDArray[np.bool_]
    saved_card: NDArray[np.bool_]


def shop(
    setting: Setting,
    visitors: Visitors,
    who: Indices,
    number: int,
    at: Times,
    *,
    device: Indices,
    ready: Floats,
    customer: NDArray[np.bool_],
    recognised: NDArray[np.bool_],
    idle: NDArray[np.bool_],
) -> Shopping:
    """Let each visit shop. ``ready`` is its chance of an order before anything helps or harms it.

    Only a ``customer`` gets into the checkout; the experiment reaches those ``recognised`` before. The
    chance is held against one throw, so that a harm takes away orders and adds none. Those whom the cost of
    goods puts off leave at the cart; those whom the bug stops leave after the payment step.
    """
    dice, rules = setting.dice, setting.truths.visits
    adopts = pays_by_card_flow(setting, who, at)
    factor = np.where(adopts, setting.effect("card_flow")["orders"], 1.0)
    priced = setting.treats(SHIPPING, who, at) & recognised
    effect, abroad = setting.effect("shipping_test"), visitors.country[who] != HOME
    factor = factor * np.where(priced, np.where(abroad, effect["orders_in_segment"], effect["orders"]), 1.0)
    throw = dice.uniform("orders in this visit", who, number)
    orders = throw < np.minimum(ready * factor, 0.98)
    put_off = (throw < ready) & ~orders
    broke_off = orders & setting.since("safari_bug", at)
    trying = np.flatnonzero(broke_off)
    safari = IOS_SAFARI[visitors.agents(dice, who[trying], device[trying])]
    kept = setting.effect("safari_bug")["orders_kept"]
    broke_off[trying] = safari & ~dice.happens("survives the bug", kept, who[trying], number)
    interest = dice.uniform("how far without an order", who, number) / np.where(idle, 0.4, 1.0)
    cart = np.zeros(len(who), dtype=np.int64)
    cart[(interest < rules["begins_cart"]) | put_off] = CART
    cart[(interest < rules["begins_checkout"]) & customer] = CHECKOUT
    cart[((interest < rules["sees_payment"]) & customer) | broke_off] = PAYMENT
    cart[orders & ~broke_off] = ORDERED
    return Shopping(cart, broke_off, adopts & (orders | (cart >= PAYMENT)))


def pays_by_card_flow(setting: Setting, who: Indices, at: Times) -> NDArray[np.bool_]:
    """Who uses the new card flow at a moment: some of those who pay by card, once it is released."""
    methods = setting.truths.orders["payment_methods"]
    by_card = setting.dice.happens("favours cards", methods["card"], who)
    adopts = setting.dice.happens("adopts the card flow", setting.effect("card_flow")["adopts"], who)
    return by_card & adopts & setting.since("card_flow", at)
