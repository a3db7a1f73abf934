"""Who registers, when, by which channel, and what becomes of their e-mail and postal addresses."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from supercorp.clock import DAY, NEVER, Times, times_of_day
from supercorp.truths import Size, Truths
from supercorp.words import COUNTRIES, COUNTRY_SHARES, DOMAINS, FIRST_NAMES, LAST_NAMES, STREETS

__all__ = ["Addresses", "Shoppers", "register", "settle"]

Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Shoppers:
    """One entry per customer, in order of registration; the id is the position plus one.

    Words and channels are positions in their lists. ``email_changed`` and ``forgotten`` are
    ``NEVER`` for most.
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

    def __len__(self) -> int:
        return len(self.created)


@dataclass(frozen=True, slots=True)
class Addresses:
    """One entry per address, in order of creation; the id is the position plus one.

    ``home`` is, per customer, the position of the first address, made at registration.
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


def register(random: np.random.Generator, truths: Truths, size: Size, first: int, days: int) -> Shoppers:
    """Spread the registrations over the days (growth, weekday, hour), then draw who they are."""
    count = size.customers
    day = np.arange(days)
    weekday = (first // DAY + day + 3) % 7  # 1970-01-01 was a Thursday
    pull = (1 + truths.season["growth_per_month"]) ** (day / 30.0)
    pull = pull * np.asarray(truths.season["registrations_by_weekday"])[weekday]
    on = random.choice(days, size=count, p=pull / pull.sum())
    created = np.sort(first + on * DAY + times_of_day(random, truths.season["by_hour"], count))
    end = first + days * DAY
    forgotten = _asked_to_be_forgotten(random, created, end, truths.changes["forgotten"])
    return Shoppers(
        created=created,
        channel=random.choice(len(truths.channels), size=count, p=[c.share for c in truths.channels]),
        country=random.choice(len(COUNTRIES), size=count, p=COUNTRY_SHARES),
        first=random.integers(0, len(FIRST_NAMES), count),
        last=random.integers(0, len(LAST_NAMES), count),
        domain=random.integers(0, len(DOMAINS), count),
        birth=random.integers(-10_000, 13_500, count),  # days since 1970: born 1942 to 2006
        phone=random.integers(10_000_000, 99_999_999, count),
        consent=random.random(count) < truths.changes["marketing_consent"],
        email_changed=sometime(
            random, created + DAY, np.minimum(forgotten, end), truths.changes["email_changed"]
        ),
        forgotten=forgotten,
    )


def settle(random: np.random.Generator, truths: Truths, shoppers: Shoppers, end: int) -> Addresses:
    """An address for everyone at registration, a second one for some, a correction now and then."""
    until = np.minimum(shoppers.forgotten, end)
    moved = sometime(random, shoppers.created + DAY, until, truths.changes["second_address"])
    movers = np.flatnonzero(moved != NEVER)
    customer = np.concatenate([np.arange(len(shoppers)), movers])
    created = np.concatenate([shoppers.created, moved[movers]])
    order = np.argsort(created, kind="stable")
    count = len(order)
    home = np.empty(count, dtype=np.int64)
    home[order] = np.arange(count)
    customer, created = customer[order], created[order]
    cities = np.asarray([len(country[2]) for country in COUNTRIES])
    return Addresses(
        customer=customer,
        created=created,
        corrected=sometime(random, created + DAY, until[customer], truths.changes["address_corrected"]),
        street=random.integers(0, len(STREETS), count),
        number=random.integers(1, 180, count),
        city=random.integers(0, 1 << 30, count) % cities[shoppers.country[customer]],
        postal=random.integers(1000, 9999, count),
        home=home[: len(shoppers)],
    )


def _asked_to_be_forgotten(random: np.random.Generator, created: Times, end: int, share: float) -> Times:
    """An exact number, so that even a tiny company has some: the share of all, at least a week old."""
    old_enough = np.flatnonzero(created + 7 * DAY < end)
    chosen = random.choice(
        old_enough, size=min(math.ceil(share * len(created)), len(old_enough)), replace=False
    )
    forgotten = np.full(len(created), NEVER)
    after = created[chosen] + 7 * DAY
    forgotten[chosen] = after + (random.random(len(chosen)) * (end - after)).astype(np.int64)
    return forgotten


def sometime(random: np.random.Generator, after: Times, before: Times, share: float) -> Times:
    """A moment between the two for that share of the entries, where there is room; else NEVER."""
    room = np.maximum(before - after, 0)
    moment = after + (random.random(len(after)) * room).astype(np.int64)
    return np.where((random.random(len(after)) < share) & (room > 0), moment, NEVER)
