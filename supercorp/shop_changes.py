"""How the shop's own tables change in the middle of its history: a new column, a new value, long texts."""

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from supercorp.catalog import Catalog
from supercorp.clock import DAY, HOUR, NEVER, Times
from supercorp.dice import Dice
from supercorp.selling import Orders
from supercorp.words import GOODS

__all__ = ["LONG_DESCRIPTION", "ShopChanges", "change_the_shop", "describe"]

LONG_DESCRIPTION = 8_192
_RELEASE_HOUR = 4 * HOUR
_CARE = (
    "Wipe it with a dry cloth and keep it out of the sun",
    "Every part can be replaced, and the parts are listed on our pages",
    "Tested by our own people for three months before it was sold",
    "Made in small numbers, so that two of a kind differ a little",
    "Packed without plastic, in a box that can be used again",
)


@dataclass(frozen=True, slots=True)
class ShopChanges:
    """What changes and for which rows.

    From ``gift_added`` on ``orders`` has a column ``gift``, true for ``gift`` (per order); from
    ``wallet_added`` on ``wallet`` (per order) is paid by wallet instead of by card. ``wordy`` products are
    described in more than 8 kB; ``rewritten`` is when a product's description changes, ``NEVER`` for most.
    """

    gift_added: int
    wallet_added: int
    gift: NDArray[np.bool_]
    wallet: NDArray[np.bool_]
    wordy: NDArray[np.bool_]
    rewritten: Times


def change_the_shop(
    dice: Dice, rules: dict[str, Any], catalog: Catalog, orders: Orders, *, card: int, first: int, days: int
) -> ShopChanges:
    """Draw the changes; ``card`` is the payment method that the wallet takes its share from."""
    gift_added = first + int(rules["gift_column_at"] * days) * DAY + _RELEASE_HOUR
    wallet_added = first + int(rules["wallet_at"] * days) * DAY + _RELEASE_HOUR
    order, product = np.arange(len(orders)), np.arange(len(catalog))
    gift = dice.happens("shop.gift", rules["gift"], order) & (orders.placed >= gift_added)
    wallet = dice.happens("shop.wallet", rules["wallet"], order)
    wallet &= (orders.placed >= wallet_added) & (orders.method == card)
    wordy = np.zeros(len(catalog), dtype=bool)
    wordy[dice.fewest("shop.wordy", product, max(round(rules["long_description"] * len(catalog)), 1))] = True
    changed = dice.happens("shop.rewritten", rules["description_changed"], product)
    moment = first + DAY + (dice.uniform("shop.rewritten_at", product) * (days - 1) * DAY).astype(np.int64)
    changed &= moment > catalog.created
    return ShopChanges(
        gift_added, wallet_added, gift, wallet, wordy, rewritten=np.where(changed, moment, NEVER)
    )


def describe(catalog: Catalog, changes: ShopChanges, product: int, *, rewritten: bool = False) -> str:
    """A product's description; the long ones hardly compress, so that a database stores them apart."""
    category, name = GOODS[catalog.category[product]][0], catalog.name[product]
    text = (
        f"{name}: made to be used every day and to last. Part of our {category} range, "
        f"item {product + 1}; sent within two days, and taken back within thirty."
    )
    if rewritten:
        text += " Now with better instructions."
    if not changes.wordy[product]:
        return text
    notes = [text]
    size = number = 0
    while size <= LONG_DESCRIPTION:
        lot = hashlib.blake2b(f"{product}/{number}/{rewritten}".encode(), digest_size=24).hexdigest()
        notes.append(f"Note {number + 1}: {_CARE[number % len(_CARE)]}. Lot {lot}.")
        size += len(notes[-1]) + 1
        number += 1
    return "\n".join(notes)
