"""The company's advertising: what each campaign is, and what the ad platform bills for it day by day."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from supercorp.dice import Dice, Floats, Indices

__all__ = ["AdDays", "Campaign", "advertise"]


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign; see the comments in ``truths.toml``. Costs in EUR.

    Letters have a ``cost_per_letter`` and no clicks; all else has a ``cost_per_click``. ``from_`` and
    ``until`` are shares of the history.
    """

    name: str
    channel: str
    source: str
    medium: str
    share: float
    signs_up: float
    buys: float
    cost_per_click: float = 0.0
    cost_trend: float = 0.0
    clicks_per_thousand: float = 0.0
    cost_per_letter: float = 0.0
    letters_per_visitor: float = 0.0
    mailings: tuple[float, ...] = ()
    days_to_visit: float = 0.0
    types_its_page: float = 0.0
    from_: float = 0.0
    until: float = 1.0

    @property
    def by_letter(self) -> bool:
        """Whether it is letters that are sent, which nobody can click."""
        return bool(self.mailings)

    @classmethod
    def read(cls, name: str, row: dict[str, Any]) -> "Campaign":
        """A campaign from the file of truths."""
        known = {("from_" if key == "from" else key): value for key, value in row.items()}
        return cls(name, **known | {"mailings": tuple(row.get("mailings", ()))})


@dataclass(frozen=True, slots=True)
class AdDays:
    """What is finally true of each campaign and day: arrays of shape (campaigns, days with the horizon).

    ``spend`` is in cents. Of a letter campaign, impressions are the letters sent that day; it has no clicks.
    """

    impressions: Indices
    clicks: Indices
    spend: Indices


def advertise(
    dice: Dice,
    campaigns: Sequence[Campaign],
    clicks: dict[str, float],
    arrived: Indices,
    letters: Indices,
    *,
    history: int,
) -> AdDays:
    """Bill the clicks that brought visits, those that were lost on the way, and the letters.

    ``arrived`` and ``letters`` have shape (campaigns, days): visits by a click, and letters sent.
    ``history`` is its number of days: prices move along it, and stay where it ends.
    """
    which, day = np.arange(arrived.shape[0])[:, None], np.arange(arrived.shape[1])[None, :]
    expected = arrived.astype(np.float64) * (clicks["lost"] / (1 - clicks["lost"]))
    lost = dice.about("clicks lost", expected, which, day)
    paid = arrived + lost
    passed = np.minimum(day / max(history - 1, 1), 1)

    def trait(name: str) -> Floats:
        return np.asarray([getattr(each, name) for each in campaigns], dtype=np.float64)[:, None]

    price: Floats = trait("cost_per_click") * (1 + trait("cost_trend") * passed)
    price = price * np.exp(0.06 * dice.normal("price of a day's clicks", which, day))
    seen = paid * 1000 / np.maximum(trait("clicks_per_thousand"), 1)
    seen = seen * np.exp(clicks["invalid_impressions"] * dice.normal("impressions", which, day))
    spend = paid * price + letters * trait("cost_per_letter")
    return AdDays(
        impressions=np.rint(seen).astype(np.int64) + letters,
        clicks=paid,
        spend=np.rint(spend * 100).astype(np.int64),
    )
