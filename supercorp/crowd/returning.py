"""Who comes back, and when: what a visit's outcome does to the next one."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from supercorp.clock import DAY, HOUR, NEVER, Times
from supercorp.crowd.people import Visitors
from supercorp.dice import Floats, Indices
from supercorp.setting import Setting

__all__ = ["APART", "IDLE", "SHOPPER", "UNKNOWN", "Lives", "decide", "readiness"]

APART = 3 * HOUR  # between the starts of somebody's visits, at least: more than any takes
UNKNOWN, SHOPPER, IDLE = 0, 1, 2  # not registered; buys now and then; registered, does not buy (any more)


@dataclass(frozen=True, slots=True)
class Lives:
    """How everyone's life with the shop stands; an entry per visitor, changed from round to round.

    ``left`` is when a shopper stopped buying. ``broken`` is the cart that the back button leaves.
    ``recall`` is when a ticket will bring somebody back. ``signed_in`` has a bit per device.
    """

    registered: Times
    left: Times
    recall: Times
    mood: NDArray[np.int8]
    orders: NDArray[np.int16]
    broken: NDArray[np.bool_]
    signed_in: NDArray[np.uint8]

    @classmethod
    def begin(cls, count: int) -> "Lives":
        """Everyone before their first visit."""
        return cls(
            registered=np.full(count, NEVER),
            left=np.full(count, NEVER),
            recall=np.full(count, NEVER),
            mood=np.zeros(count, dtype=np.int8),
            orders=np.zeros(count, dtype=np.int16),
            broken=np.zeros(count, dtype=np.bool_),
            signed_in=np.zeros(count, dtype=np.uint8),
        )


def readiness(
    setting: Setting,
    visitors: Visitors,
    lives: Lives,
    who: Indices,
    *,
    new: NDArray[np.bool_],
    recalled: NDArray[np.bool_],
) -> Floats:
    """The chance that each visit ends in an order, before anything helps or harms it.

    ``new`` are those who have registered in this visit, ``recalled`` those whom a ticket brought back.
    """
    ready = np.where(
        new, setting.trait("buys_at_once", visitors.channel[who]), setting.truths.visits["ready_to_buy"]
    )
    ready = np.where(lives.mood[who] == SHOPPER, ready, 0.0)
    return np.where(recalled, 0.95, ready)


def decide(
    setting: Setting,
    visitors: Visitors,
    lives: Lives,
    who: Indices,
    number: int,
    *,
    at: Times,
    ordered: NDArray[np.bool_],
    broke_off: NDArray[np.bool_],
    spoiled: NDArray[np.bool_],
) -> Times:
    """When each comes next, ``NEVER`` if not; moods change here.

    After an order some stop buying: fewer of the engaged, more of the later cohorts of some channels, more
    of those whose payment a broken cart has ``spoiled``. Who stopped comes to look a few more times. Visits
    come as often as it takes for orders to come as often as ``truths.toml`` says, with
    ``ready_to_buy`` of them ending in one: a geometric number of exponential waits is exponential.
    """
    dice, rules, channel = setting.dice, setting.truths.visits, visitors.channel[who]
    spread: Floats = rules["engagement"] * (1 - 2 * visitors.engagement[who].astype(float))
    month = (lives.registered[who] - setting.first) / (30.0 * DAY)  # meaningless for the unknown, unused
    leaves = (1 - setting.trait("comes_back", channel)) * (1 + spread)
    leaves = leaves * (1 + setting.trait("later_cohorts", channel) * month)
    stays = np.clip(1 - leaves, 0.02, 0.98)
    stays = stays * np.where(spoiled, setting.effect("back_button")["comes_back"], 1)
    gone = ordered & ~dice.happens("stays a customer", stays, who, number)
    gone |= broke_off & dice.happens(
        "gives up", rules["gives_up"] * 2 * (1 - visitors.patience[who]).astype(float), who, number
    )
    shopper = lives.mood[who] == SHOPPER
    lives.left[who[gone & shopper]] = at[gone & shopper]
    stay_on = ordered & ~gone
    lives.mood[who[stay_on]], lives.left[who[stay_on]] = SHOPPER, NEVER
    lives.mood[who[gone]] = IDLE

    mood, bought = lives.mood[who], lives.orders[who] > 0
    usual = setting.trait("days_between_orders", channel) * (1 + 0.5 * spread)
    first = setting.trait("days_to_first_order", channel) / (1 - setting.trait("buys_at_once", channel))
    gap = np.where(bought, usual, first) * rules["ready_to_buy"] / setting.size.pace
    fading = usual * rules["ready_to_buy"] * rules["fading_gap"] / setting.size.pace
    mean = np.where(mood == SHOPPER, gap, np.where(mood == IDLE, fading, rules["unknown_days"]))
    wait = APART + dice.exponential(
        "days to the next visit", np.maximum(mean * DAY - APART, HOUR), who, number
    )
    chance = np.where(
        mood == SHOPPER, 1.0, np.where(mood == IDLE, rules["fades"], rules["unknown_come_back"])
    )
    comes = dice.happens("comes again", chance, who, number)
    return np.where(comes, at + wait.astype(np.int64), NEVER)
