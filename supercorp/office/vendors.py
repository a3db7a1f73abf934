"""Whom the company buys from: what each vendor promises, and how far it can be believed."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from supercorp.catalog import Catalog
from supercorp.clock import DAY, HOUR, MINUTE, NEVER, Times
from supercorp.dice import Dice
from supercorp.parameters import Parameters

__all__ = ["VENDOR_NAMES", "Vendors", "find_vendors"]

Indices = NDArray[np.int64]

# fmt: off
_PLACES = (
    "Alder", "Birch", "Cedar", "Dune", "Elm", "Fjord", "Grove", "Heath", "Iris", "Juniper", "Karst", "Lark",
    "Moor", "North", "Ochre", "Pine", "Quarry", "Ridge", "Slate", "Tarn", "Umber", "Vale", "Willow", "Yarrow",
)
_TRADES = ("Works", "Trading", "Makers", "Supply", "& Sons", "Goods", "Studio", "Wholesale", "Import", "Mill")
# fmt: on
VENDOR_NAMES = tuple(f"{place} {trade}" for trade in _TRADES for place in _PLACES)


@dataclass(frozen=True, slots=True)
class Vendors:
    """One entry per vendor; the id is the position plus one. Days are whole, money is in cents.

    ``lateness`` is the factor on the company-wide mean of days late. ``dropped`` is ``NEVER`` but for
    one. ``of_product`` and ``after_drop`` say who supplies each product, before and after that moment.
    """

    created: Times
    country: Indices
    lead_days: Indices
    terms_days: Indices
    minimum: Indices
    lateness: NDArray[np.float64]
    dropped: Times
    of_product: Indices
    after_drop: Indices

    def __len__(self) -> int:
        return len(self.created)

    @property
    def drop(self) -> int:
        """The moment the one vendor is dropped."""
        return int(self.dropped.min())

    def supplying(self, moment: int) -> Indices:
        """Per product, its vendor at a moment."""
        return self.after_drop if moment >= self.drop else self.of_product

    def name(self, position: int) -> str:
        """What the vendor is called; a number follows once the names are used up."""
        again = position // len(VENDOR_NAMES)
        return VENDOR_NAMES[position % len(VENDOR_NAMES)] + (f" {again + 1}" if again else "")


def find_vendors(
    dice: Dice, parameters: Parameters, catalog: Catalog, first: int, *, days: int, countries: int
) -> Vendors:
    """Draw the vendors; ``days`` is the length of the history, without what is simulated beyond it."""
    rules, products = parameters.vendors, np.arange(len(catalog))
    count = max(rules["least"], math.ceil(len(catalog) / rules["products_each"]))
    every = np.arange(count)

    def one_of(purpose: str, values: list[float]) -> NDArray[np.float64]:
        return np.asarray(values)[dice.below(purpose, len(values), every)]

    unreliable = dice.fewest("vendors.unreliable", every, math.ceil(rules["unreliable"] * count))
    lateness = np.ones(count)
    lateness[unreliable] = rules["unreliable_factor"]
    gone = int(dice.fewest("vendors.dropped", every, 1)[0])
    dropped = np.full(count, NEVER)
    dropped[gone] = first + int(days * rules["dropped_at"]) * DAY + 11 * HOUR
    of_product = dice.below("vendors.product", count, products)
    successor = (gone + 1 + dice.below("vendors.successor", count - 1, products)) % count
    return Vendors(
        created=np.full(count, first + MINUTE),
        country=dice.below("vendors.country", countries, every),
        lead_days=one_of("vendors.lead", rules["lead_days"]).astype(np.int64),
        terms_days=one_of("vendors.terms", rules["terms_days"]).astype(np.int64),
        minimum=np.rint(one_of("vendors.minimum", rules["minimum_order"]) * 100).astype(np.int64),
        lateness=lateness,
        dropped=dropped,
        of_product=of_product,
        after_drop=np.where(of_product == gone, successor, of_product),
    )
