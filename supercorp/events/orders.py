"""Orders in the messages, told by the browser and by the server in the same words."""

import numpy as np

from supercorp.events.expansion import Messages
from supercorp.events.traffic import Traffic
from supercorp.rows import money
from supercorp.words import COUPONS
from supercorp.world import World

__all__ = ["OrderTexts"]


class OrderTexts:
    """Writes what is said of orders."""

    def __init__(self, world: World) -> None:
        """Remember the company."""
        self._world = world
        self._methods = list(world.truths.orders["payment_methods"])

    def completed(self, traffic: Traffic, messages: Messages) -> list[str]:
        """Properties of ``Order Completed``: money as the customer pays it, and the goods."""
        world, order = self._world, traffic.visits.order[messages.visit].astype(np.int64)
        lines = world.lines
        first, last = np.searchsorted(lines.order, order), np.searchsorted(lines.order, order + 1)
        total, shipping = lines.total[order], lines.shipping[order]
        worth = lines.quantity * lines.unit_price
        goods = np.asarray([worth[a:b].sum() for a, b in zip(first, last, strict=True)], dtype=np.int64)
        written = []
        for columns in zip(
            order.tolist(),
            money(total),
            money(goods),
            money(shipping),
            money(goods + shipping - total),
            world.orders.coupon[order].tolist(),
            world.orders.method[order].tolist(),
            first.tolist(),
            last.tolist(),
            strict=True,
        ):
            number, paid, revenue, sending, discount, coupon, method, begin, end = columns
            bought = ",".join(
                f'{{"product_id":"SKU-{product + 1:05d}","quantity":{count},"price":{price}}}'
                for product, count, price in zip(
                    lines.product[begin:end].tolist(),
                    lines.quantity[begin:end].tolist(),
                    money(lines.unit_price[begin:end]),
                    strict=True,
                )
            )
            code = f'"coupon":"{COUPONS[coupon]}",' if coupon >= 0 else ""
            written.append(
                f'"order_id":"{number + 1}","total":{paid},"revenue":{revenue},"shipping":{sending},'
                f'"discount":{discount},{code}"currency":"EUR","payment_method":"{self._methods[method]}",'
                f'"products":[{bought}]'
            )
        return written

    def failed(self, traffic: Traffic, messages: Messages) -> list[str]:
        """Properties of ``Payment Failed``."""
        order = traffic.visits.order[messages.visit].astype(np.int64)
        method = self._world.orders.method[order].tolist()
        return [
            f'"order_id":"{number + 1}","payment_method":"{self._methods[how]}"'
            for number, how in zip(order.tolist(), method, strict=True)
        ]
