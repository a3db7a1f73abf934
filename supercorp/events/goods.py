"""The goods in the messages: which product a visit looks at or puts into its cart, and at what price."""

import json

import numpy as np
from numpy.typing import NDArray

from supercorp.crowd.checkout import SHIPPING
from supercorp.crowd.exposures import bit_of
from supercorp.crowd.steps import Visits
from supercorp.dice import Indices
from supercorp.events.traffic import Traffic
from supercorp.selling import Assortment, quantities
from supercorp.words import GOODS
from supercorp.world import World

__all__ = ["Goods"]


class Goods:
    """Products and prices as a visit sees them, with the texts that describe them."""

    def __init__(self, world: World) -> None:
        """Write every product's text once."""
        self._world = world
        self._assortment = Assortment.of(world.setting, world.catalog)
        self.skus = [f"SKU-{number + 1:05d}" for number in range(len(world.catalog))]
        self.categories = [GOODS[category][0] for category in world.catalog.category.tolist()]
        self.described = [
            f'"name":{json.dumps(name)},"category":"{category}"'
            for name, category in zip(world.catalog.name, self.categories, strict=True)
        ]
        released = [each.released for each in world.releases if each.feature == "renamed_property"]
        self._renamed = released[0] if released else world.horizon

    def renamed(self, visits: Visits) -> NDArray[np.bool_]:
        """The visits whose front end says ``productId`` where it used to say ``product_id``."""
        return visits.start >= self._renamed

    def seen(self, traffic: Traffic, rows: Indices, item: Indices) -> tuple[Indices, Indices]:
        """The ``item``-th product of each visit, and its price in cents as that visit shows it."""
        setting, visits = self._world.setting, traffic.visits.take(rows)
        style = self._world.visitors.style[traffic.person[rows]]
        product = self._assortment.choose(
            setting, style, visits.channel, visitor=visits.visitor, number=visits.number, item=item
        )
        price = self._assortment.price_at(setting, product, visits.start)
        priced = (visits.seen & bit_of(setting, SHIPPING)) > 0
        priced &= setting.treats(SHIPPING, traffic.person[rows], visits.start)
        factor = np.where(priced, setting.effect("shipping_test")["price"], 1.0)
        return product, np.rint(price * factor).astype(np.int64)

    def quantity(self, traffic: Traffic, rows: Indices, item: Indices) -> Indices:
        """How many of it go into the cart."""
        visits = traffic.visits.take(rows)
        return quantities(self._world.setting, visits.visitor, visits.number, item)

    def cart_value(self, traffic: Traffic, rows: Indices) -> Indices:
        """What the goods in each visit's cart come to, in cents."""
        lines = traffic.visits.lines[rows].astype(np.int64)
        place = np.repeat(np.arange(len(rows)), lines)
        item = np.arange(len(place)) - np.repeat(np.cumsum(lines) - lines, lines)
        _, price = self.seen(traffic, rows[place], item)
        worth = price * self.quantity(traffic, rows[place], item)
        return np.bincount(place, weights=worth, minlength=len(rows)).astype(np.int64)
