"""The beginning of a visit: what brought it, on which device, what is looked at, who is signed in."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from supercorp.clock import NEVER
from supercorp.crowd.people import Visitors
from supercorp.crowd.returning import Lives
from supercorp.dice import Floats, Indices
from supercorp.setting import Setting

__all__ = ["Browsing", "browse"]

_MOST_VIEWS = 40
_PACE = (2_500, 150_000)  # a visit's milliseconds a step lie between these


@dataclass(frozen=True, slots=True)
class Browsing:
    """An entry per visit of a round. ``was`` is whether they were customers before.

    ``known`` is whether the device is signed in, ``early`` whether they sign in at once on one that is not.
    """

    was: NDArray[np.bool_]
    device: Indices
    channel: Indices
    campaign: Indices
    listed: NDArray[np.bool_]
    views: Indices
    pace: Floats
    known: NDArray[np.bool_]
    early: NDArray[np.bool_]


def browse(setting: Setting, visitors: Visitors, lives: Lives, who: Indices, number: int) -> Browsing:
    """Let each visit begin. The engaged look at more; only customers come on a second device."""
    dice, rules, people = setting.dice, setting.truths.visits, setting.truths.people
    was = lives.registered[who] != NEVER
    other = was & (visitors.devices[who] > 1)
    other &= dice.happens("other device", people["other_device"], who, number)
    device = np.where(other, 1 + dice.below("which device", visitors.devices[who] - 1, who, number), 0)
    interest = rules["product_views"] * (0.4 + 1.2 * visitors.engagement[who].astype(float))
    views = np.minimum(dice.geometric("product views", interest, who, number), _MOST_VIEWS)
    lists = dice.happens("product list", rules["pages_by_product_list"], who, number)
    pace = rules["seconds_per_step"] * 1000 * np.exp(0.6 * dice.normal("pace", who, number))
    known = was & (lives.signed_in[who] >> device.astype(np.uint8) & 1).astype(np.bool_)
    early = was & ~known & dice.happens("signs in early", people["signs_in_early"], who, number)
    channel, campaign = _came_by(setting, visitors, who, number)
    return Browsing(
        was=was,
        device=device,
        channel=channel,
        campaign=campaign,
        listed=lists & (views > 0),
        views=views,
        pace=np.clip(pace, *_PACE),
        known=known,
        early=early,
    )


def _came_by(setting: Setting, visitors: Visitors, who: Indices, number: int) -> tuple[Indices, Indices]:
    """Channel and campaign of each visit: later ones come by the first's channel, or another, unpaid."""
    if number == 0:
        return visitors.channel[who].astype(np.int64), visitors.campaign[who].astype(np.int64)
    rules, dice = setting.truths.orders, setting.dice
    names = [channel.name for channel in setting.truths.channels]
    others = np.asarray([names.index(name) for name in rules["return_channels"]])
    weights = list(rules["return_channels"].values())
    other = others[dice.choose("channel of a return", weights, who, number)]
    own = dice.happens("returns by own channel", rules["own_channel_on_return"], who, number)
    return np.where(own, visitors.channel[who], other), np.full(len(who), -1)
