"""Visits with what the stream adds to them: the browsers they come from, and the crawlers among them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from supercorp.clock import DAY, Times
from supercorp.crowd.devices import AGENTS, BOTS
from supercorp.crowd.steps import Visits, joined
from supercorp.dice import Indices
from supercorp.world import World

__all__ = ["BOT", "HONEST", "Traffic", "traffic_between"]

# By position of the browser or crawler: whether it says what it is.
HONEST = np.asarray([*(True for _ in AGENTS), *("http" in bot.text for bot in BOTS)])
BOT = 1 << 30  # the visitors from here on are crawlers, each visit another
_PEOPLE_PER_DAY = 2.4  # visits a day for each new visitor, about: what crawlers are in proportion to


@dataclass(frozen=True, slots=True)
class Traffic:
    """Visits of people, then of crawlers. ``agent`` is a position among the browsers, then the crawlers.

    ``person`` is the position among the visitors, 0 for crawlers; ``owner`` whose device it is.
    """

    visits: Visits
    agent: Indices
    bot: NDArray[np.bool_]
    person: Indices
    owner: Indices

    def __len__(self) -> int:
        return len(self.visits)


def traffic_between(world: World, start: int, end: int, older: Indices | None = None) -> Traffic:
    """The visits that begin in [start, end), and ``older`` ones by position, and the crawlers' visits."""
    first, last = np.searchsorted(world.visits.start, (start, end))
    positions = np.arange(first, last)
    if older is not None:
        positions = np.concatenate([older, positions])
    people, (crawlers, agents) = world.visits.take(positions), _crawlers(world, start, end)
    person = people.visitor.astype(np.int64)
    device = people.device.astype(np.int64)
    nobody = np.zeros(len(crawlers), dtype=np.int64)
    return Traffic(
        visits=joined([people, crawlers]),
        agent=np.concatenate(
            [world.visitors.agents(world.setting.dice, person, device), len(AGENTS) + agents]
        ),
        bot=np.concatenate([np.zeros(len(people), np.bool_), np.ones(len(crawlers), np.bool_)]),
        person=np.concatenate([person, nobody]),
        owner=np.concatenate(
            [world.visitors.device_owner(person, device), crawlers.visitor.astype(np.int64)]
        ),
    )


def _crawlers(world: World, start: int, end: int) -> tuple[Visits, Indices]:
    """The visits of crawlers that begin in [start, end), and which of :data:`BOTS` each is."""
    dice, rules, first = world.setting.dice, world.truths.bots, world.setting.first
    last = min(end, world.horizon)
    days = np.arange(max((start - first) // DAY, 0), max(-(-(last - first) // DAY), 0))
    # Visitors are in order of their days, so this finds how many had arrived by each midnight.
    arrived = np.searchsorted(world.visitors.arrived, first + np.append(days, days[-1:] + 1) * DAY)
    counts = dice.about("crawlers", rules["visits_per_visit"] * _PEOPLE_PER_DAY * np.diff(arrived), days)
    day = np.repeat(days, counts)
    number = np.arange(len(day)) - np.repeat(np.cumsum(counts) - counts, counts)
    begins: Times = first + ((day + dice.uniform("when a crawler comes", day, number)) * DAY).astype(np.int64)
    inside = (begins >= start) & (begins < end)
    day, number, begins = day[inside], number[inside], begins[inside]
    lies = dice.happens("crawler lies", rules["lying"], day, number)
    honest = HONEST[len(AGENTS) :]
    weights = np.asarray([bot.weight for bot in BOTS])
    agent = np.where(
        lies,
        dice.choose("lying crawler", weights * ~honest, day, number),
        dice.choose("crawler", weights * honest, day, number),
    )
    direct = [channel.name for channel in world.truths.channels].index("direct")
    count, nothing = len(day), np.zeros(len(day), dtype=np.int8)
    pages = np.minimum(dice.geometric("pages of a crawler", rules["pages"], day, number), 60)
    never = np.zeros(count, dtype=np.bool_)
    visits = Visits(
        visitor=(BOT + day * 65_536 + number).astype(np.int32),
        number=np.zeros(count, dtype=np.int16),
        start=begins,
        pace=np.full(count, 1_500, dtype=np.int32),
        device=nothing,
        channel=nothing + np.int8(direct),
        campaign=nothing - 1,
        listed=never,
        views=pages.astype(np.int8),
        signup=nothing,
        no_address=never,
        known=never,
        signs_in=nothing,
        cart=nothing,
        lines=nothing,
        broke_off=never,
        saved_card=never,
        went_back=never,
        seen=nothing.astype(np.uint8),
        order=np.full(count, -1, dtype=np.int32),
    )
    return visits, agent
