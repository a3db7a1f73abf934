"""What is sold: goods, their popularity, and their prices day by day."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from supercorp.clock import DAY, MINUTE, Times
from supercorp.truths import Size, Truths
from supercorp.words import ADJECTIVES, GOODS, MATERIALS

__all__ = ["Catalog", "stock"]


@dataclass(frozen=True, slots=True)
class Catalog:
    """One entry per product; the id is the position plus one.

    The first ``buyable`` are sold from the first day on; the rest have a negative price, are put
    in by mistake some day, and nobody buys them. ``price`` has a row per day (cents); the changes
    are what an application would have written, each shortly after midnight.
    """

    created: Times
    buyable: int
    category: NDArray[np.int64]
    name: list[str]
    cost: NDArray[np.int64]
    price: NDArray[np.int64]
    popularity: NDArray[np.float64]
    changed_product: NDArray[np.int64]
    changed_at: Times

    def __len__(self) -> int:
        return len(self.created)


def stock(
    random: np.random.Generator, truths: Truths, size: Size, first: int, *, days: int, mistakes: int
) -> Catalog:
    """Draw the goods, their prices (log-normal around the category's middle) and price changes."""
    buyable, count = size.products, size.products + mistakes
    category = random.integers(0, len(GOODS), count)
    kinds = random.integers(0, 1 << 30, count)
    adjective = random.integers(0, len(ADJECTIVES), count)
    material = random.integers(0, len(MATERIALS), count)
    name = [
        f"{ADJECTIVES[a]} {MATERIALS[m]} {GOODS[c][1][k % len(GOODS[c][1])]}"
        for a, m, c, k in zip(
            adjective.tolist(), material.tolist(), category.tolist(), kinds.tolist(), strict=True
        )
    ]
    middle = np.asarray([goods[2] for goods in GOODS])[category]
    base = np.rint(middle * np.exp(random.normal(0, 0.45, count)) / 10).astype(np.int64) * 10 - 1
    base = np.maximum(base, 199)
    changes = random.poisson(truths.changes["price_changes_per_product"] * buyable)
    product = random.integers(0, buyable, changes)
    day = random.integers(1, max(days, 2), changes)
    # One change per product and day, in order of time.
    unique = np.unique(day * count + product)
    day, product = unique // count, unique % count
    inside = day < days
    day, product = day[inside], product[inside]
    factor = np.ones((days, count))
    factor[day, product] = random.uniform(0.85, 1.2, len(day))
    price = np.maximum(np.rint(base * np.cumprod(factor, axis=0)).astype(np.int64), 99)
    price[:, buyable:] *= -1
    created = np.full(count, first + MINUTE)
    created[buyable:] = np.sort(first + (random.random(mistakes) * days * DAY).astype(np.int64))
    popularity = 1.0 / np.arange(1, buyable + 1) ** 0.7
    return Catalog(
        created=created,
        buyable=buyable,
        category=category,
        name=name,
        cost=np.rint(base * random.uniform(0.35, 0.65, count)).astype(np.int64),
        price=price,
        popularity=random.permutation(popularity),
        changed_product=product,
        changed_at=first + day * DAY + 5 * MINUTE,
    )
