"""What all messages of a visit say of their sender: ids, device, place, campaign."""

import json
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from supercorp.crowd.devices import AGENTS, BOTS
from supercorp.dice import Indices
from supercorp.events.traffic import Traffic
from supercorp.releases import FIRST_VERSION, version_at
from supercorp.rows import email
from supercorp.words import ZONES
from supercorp.world import World

__all__ = ["Contexts", "Sender", "uuids"]

_REFERRERS = {
    "search": "https://www.google.com/",
    "social": "https://l.facebook.com/",
    "affiliates": "https://www.pricewatch.example/",
}


@dataclass(frozen=True, slots=True)
class Sender:
    """One visit's words, ready for its messages: JSON texts, but for ``search`` and ``referrer``.

    ``context`` is open at its end: the page follows.
    """

    anonymous: str
    user: str
    context: str
    landing: str
    search: str
    referrer: str


class Contexts:
    """Writes the senders of visits; what many share is written once."""

    SERVER: ClassVar[str] = '"context":{"library":{"name":"analytics-python","version":"2.3.4"}}'

    def __init__(self, world: World) -> None:
        """Prepare the texts of devices, places and campaigns."""
        self._world = world
        self._agents = [
            f'"userAgent":{json.dumps(each.text)},"screen":{{"width":{each.screen[0]},"height":{each.screen[1]}}}'
            for each in (*AGENTS, *BOTS)
        ]
        self._places = [f'"locale":"{language}","timezone":"{zone}"' for zone, language in ZONES]
        self._versions = [FIRST_VERSION, *(each.version for each in world.releases)]
        self._channels = [channel.name for channel in world.truths.channels]

    def of(self, traffic: Traffic, rows: Indices) -> list[Sender]:
        """The senders of those visits."""
        world, visits = self._world, traffic.visits.take(rows)
        dice = world.setting.dice
        person, owner = traffic.person[rows], traffic.owner[rows]
        bot = traffic.bot[rows]
        customers = np.where(bot, -1, world.customer_of[person])
        address = dice.below("address on the network", 1 << 22, owner)
        columns = zip(
            uuids(
                dice.bits("anonymous id", owner, visits.device),
                dice.bits("anonymous id, too", owner, visits.device),
            ),
            customers.tolist(),
            traffic.agent[rows].tolist(),
            np.where(bot, len(ZONES) - 6, world.visitors.zone[person]).tolist(),
            (version_at(world.releases, visits.start) + 1).tolist(),
            address.tolist(),
            visits.channel.tolist(),
            visits.campaign.tolist(),
            self._by_letter(traffic, rows).tolist(),
            strict=True,
        )
        senders = []
        for anonymous, customer, agent, place, version, net, channel, campaign, letter in columns:
            path, search, referrer, tagged = self._came(channel, campaign, letter=letter)
            senders.append(
                Sender(
                    anonymous=f'"{anonymous}"',
                    user=f'"{customer + 1}"',
                    context=(
                        f'"context":{{"app":{{"name":"shop","version":"{self._versions[version]}"}},'
                        '"library":{"name":"analytics.js","version":"next-1.81.0"},'
                        f'"ip":"100.{64 + (net >> 16)}.{net >> 8 & 255}.{net & 255}",'
                        f"{self._places[place]},{self._agents[agent]},{tagged}"
                    ),
                    landing=path,
                    search=search,
                    referrer=referrer,
                )
            )
        return senders

    def address(self, customer: int) -> str:
        """A customer's e-mail address as they registered it."""
        return email(self._world, customer)

    def _by_letter(self, traffic: Traffic, rows: Indices) -> NDArray[np.bool_]:
        """The visits that begin at the page named in a letter."""
        campaign, who = traffic.visits.campaign[rows].astype(np.int64), traffic.visits.visitor[rows]
        chance = self._world.setting.campaign_trait("types_its_page", campaign)
        return (campaign >= 0) & self._world.setting.dice.happens("types the letter's page", chance, who)

    def _came(self, channel: int, campaign: int, *, letter: bool) -> tuple[str, str, str, str]:
        """Landing path, query, referrer, and the campaign's part of the context."""
        name = self._channels[channel]
        if campaign >= 0 and not self._world.campaigns[campaign].by_letter:
            each = self._world.campaigns[campaign]
            source, medium, title = each.source, each.medium, each.name
            path, referrer = f"/welcome/{title.replace('_', '-')}", _REFERRERS.get(name, "")
        elif name == "email":
            source, medium, title = "newsletter", "email", "weekly"
            path, referrer = "/", ""
        else:
            return ("/letter" if letter else "/"), "", _REFERRERS.get(name, ""), ""
        search = f"?utm_source={source}&utm_medium={medium}&utm_campaign={title}"
        tagged = f'"campaign":{{"source":"{source}","medium":"{medium}","name":"{title}"}},'
        return path, search, referrer, tagged


def uuids(high: NDArray[np.uint64], low: NDArray[np.uint64]) -> list[str]:
    """128 bits each as texts in the form of a UUID."""
    digits = np.stack([high, low], axis=1).astype(">u8").tobytes().hex()
    each = [digits[start : start + 32] for start in range(0, len(digits), 32)]
    return [f"{one[:8]}-{one[8:12]}-4{one[13:16]}-a{one[17:20]}-{one[20:]}" for one in each]
