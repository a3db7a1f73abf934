"""Who has registered, and what becomes of their e-mail and postal addresses."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from supercorp.clock import DAY, NEVER, SECOND, Times
from supercorp.crowd.people import Visitors
from supercorp.dice import Floats, Indices
from supercorp.selling import Orders
from supercorp.setting import Setting
from supercorp.words import COUNTRIES, DOMAINS, FIRST_NAMES, LAST_NAMES, STREETS

__all__ = ["Addresses", "Shoppers", "forget", "register", "settle"]


@dataclass(frozen=True, slots=True)
class Shoppers:
    """One entry per customer, in order of registration; the id is the position plus one.

    Words and channels are positions in their lists. ``email_changed`` and ``forgotten`` are
    ``NEVER`` for most. ``visitor`` is the person, who visited before they were a customer.
    """

    created: Times
    channel: Indices
    country: Indices
    first: Indices
    last: Indices
    domain: Indices
    birth: Indices
    phone: Indices
    consent: NDArray[np.bool_]
    email_changed: Times
    forgotten: Times
    visitor: Indices

    def __len__(self) -> int:
        return len(self.created)


@dataclass(frozen=True, slots=True)
class Addresses:
    """One entry per address, in order of creation; the id is the position plus one.

    ``home`` is, per customer, the position of the first address: made at registration, or with the first
    order by those who registered without one; -1 until then. Only customers without orders have -1.
    """

    customer: Indices
    created: Times
    corrected: Times
    street: Indices
    number: Indices
    city: Indices
    postal: Indices
    home: Indices

    def __len__(self) -> int:
        return len(self.created)


def forget(setting: Setting, registered: Times) -> Times:
    """When each visitor asks to be forgotten: few customers, one at least, and only within the history.

    None before a week after they ``registered``, which is per visitor.
    """
    dice, end = setting.dice, setting.end
    able = np.flatnonzero((registered != NEVER) & (registered < end - 7 * DAY))
    throw = dice.uniform("asks to be forgotten", able)
    share = setting.truths.changes["forgotten"]
    chosen = able[(throw < share) | ((throw == throw.min(initial=1)) & (share > 0))]
    after = registered[chosen] + 7 * DAY
    forgotten = np.full(len(registered), NEVER)
    forgotten[chosen] = after + (dice.uniform("when forgotten", chosen) * (end - after)).astype(np.int64)
    return forgotten


def register(setting: Setting, visitors: Visitors, registered: Times, forgotten: Times) -> Shoppers:
    """The visitors who have registered, in order of time, with the names they gave."""
    dice, changes = setting.dice, setting.truths.changes
    who = np.flatnonzero(registered != NEVER)
    who = who[np.argsort(registered[who], kind="stable")]
    until = np.minimum(forgotten[who], setting.horizon)
    return Shoppers(
        created=registered[who],
        channel=visitors.channel[who].astype(np.int64),
        country=visitors.country[who].astype(np.int64),
        first=dice.below("first name", len(FIRST_NAMES), who),
        last=dice.below("last name", len(LAST_NAMES), who),
        domain=dice.below("e-mail domain", len(DOMAINS), who),
        birth=dice.below("birth", 23_500, who) - 10_000,  # days since 1970: born 1942 to 2006
        phone=10_000_000 + dice.below("phone", 89_999_999, who),
        consent=dice.happens("consents to marketing", changes["marketing_consent"], who),
        email_changed=_sometime(
            setting, "e-mail changed", registered[who] + DAY, until, _rate(setting, "email_changed"), who
        ),
        forgotten=forgotten[who],
        visitor=who,
    )


def settle(setting: Setting, shoppers: Shoppers, orders: Orders, without: NDArray[np.bool_]) -> Addresses:
    """An address for everyone, a second one for some, a correction now and then.

    ``without`` are the customers who gave none when they registered.
    """
    dice = setting.dice
    until = np.minimum(shoppers.forgotten, setting.horizon)
    first_order = np.full(len(shoppers), NEVER)
    np.minimum.at(first_order, orders.customer, orders.placed)
    first = np.where(without, first_order - np.where(first_order == NEVER, 0, 20 * SECOND), shoppers.created)
    moved = _sometime(
        setting, "moved", shoppers.created + DAY, until, _rate(setting, "second_address"), shoppers.visitor
    )
    settled, movers = (
        np.flatnonzero(first < setting.horizon),
        np.flatnonzero((moved != NEVER) & (first < moved)),
    )
    customer = np.concatenate([settled, movers])
    created = np.concatenate([first[settled], moved[movers]])
    which = np.concatenate([np.zeros(len(settled), np.int64), np.ones(len(movers), np.int64)])
    order = np.lexsort((customer, created))
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    home = np.full(len(shoppers), -1)
    home[settled] = place[: len(settled)]
    customer, created, which = customer[order], created[order], which[order]
    whose = shoppers.visitor[customer]
    corrected = _sometime(
        setting,
        "address corrected",
        created + DAY,
        until[customer],
        _rate(setting, "address_corrected"),
        whose,
        which,
    )
    cities = np.asarray([len(country[2]) for country in COUNTRIES])
    return Addresses(
        customer=customer,
        created=created,
        corrected=corrected,
        street=dice.below("street", len(STREETS), whose, which),
        number=1 + dice.below("house number", 179, whose, which),
        city=dice.below("city", cities[shoppers.country[customer]], whose, which),
        postal=1000 + dice.below("postal code", 8999, whose, which),
        home=home,
    )


def _rate(setting: Setting, change: str) -> float:
    """How often a day somebody makes a change of which a share happens within half a history."""
    share = setting.truths.changes[change]
    return float(-np.log1p(-share) / (setting.days / 2))


def _sometime(
    setting: Setting, what: str, after: Times, before: Times, rate: float | Floats, *keys: Indices
) -> Times:
    """A moment after ``after``, at so many a day, if it is before ``before``; else NEVER."""
    wait = setting.dice.exponential(what, DAY / np.maximum(rate, 1e-12), *keys)
    moment = after + np.minimum(wait, float(setting.horizon - setting.first + DAY)).astype(np.int64)
    return np.where(moment < before, moment, NEVER)
