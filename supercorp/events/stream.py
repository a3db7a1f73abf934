"""The stream itself: what the collector receives between two moments, in the order it receives it."""

from collections import Counter
from collections.abc import Iterator

import numpy as np

from supercorp.clock import DAY, HOUR
from supercorp.events.disorder import Arrivals, deliver, stragglers
from supercorp.events.expansion import LONGEST, expand
from supercorp.events.goods import Goods
from supercorp.events.kinds import CALLS, Kind
from supercorp.events.texts import Writer
from supercorp.events.traffic import HONEST, Traffic, traffic_between
from supercorp.world import World

__all__ = ["events_on", "tally"]

_DIRT = ("repeated", "late", "out_of_order", "wrong_type", "missing_id", "email_in_url")
_LONGEST_WINDOW = 12 * HOUR  # longer ones are cut, so that memory stays bounded


def events_on(world: World, start: int, end: int) -> Iterator[tuple[int, bytes]]:
    """What arrives in [start, end): moment of arrival (µs) and one Segment message as JSON, each.

    By time of arrival. However a time is cut into windows, the same messages come in the same order. Some
    lines are broken on purpose: see ``event_dirt`` in ``truths.toml``.
    """
    writer = Writer(world)
    for begin in range(start, end, _LONGEST_WINDOW):
        traffic, arrivals = _arriving(world, begin, min(begin + _LONGEST_WINDOW, end))
        yield from zip(arrivals.received.tolist(), writer.lines(traffic, arrivals), strict=True)


def tally(world: World, start: int, end: int) -> dict[str, dict[str, int]]:
    """How many lines arrive in [start, end), without writing them.

    ``lines``: all, by browsers, by the server, by crawlers (and those that lie). ``events``: by type and
    event. ``dirt``: by kind; a line may have several, but one that breaks off counts as ``truncated`` alone.
    A repeated line counts again everywhere.
    """
    goods = Goods(world)
    lines, events, dirt = Counter[str](), Counter[str](), Counter[str]()
    for begin in range(start, end, 2 * DAY):
        traffic, arrivals = _arriving(world, begin, min(begin + 2 * DAY, end))
        for name, chosen in _sorts(traffic, arrivals).items():
            lines[name] += int(chosen.sum())
        for kind, count in enumerate(np.bincount(arrivals.messages.kind, minlength=len(Kind)).tolist()):
            call = CALLS[Kind(kind)]
            events[f"{call.type} {call.name}".strip() + (" (server)" if call.by_server else "")] += count
        whole = ~arrivals.truncated
        for name in _DIRT:
            dirt[name] += int((getattr(arrivals, name) & whole).sum())
        dirt["truncated"] += int(arrivals.truncated.sum())
        dirt["clock_ahead"] += int((whole & (arrivals.clock > 0)).sum())
        dirt["clock_behind"] += int((whole & (arrivals.clock < 0)).sum())
        of_products = np.isin(arrivals.messages.kind, (Kind.VIEWED, Kind.ADDED))
        renamed = goods.renamed(traffic.visits)[arrivals.messages.visit] & of_products
        dirt["renamed_property"] += int((whole & renamed).sum())
    return {"lines": dict(lines), "events": dict(events), "dirt": dict(dirt)}


def _arriving(world: World, start: int, end: int) -> tuple[Traffic, Arrivals]:
    traffic = traffic_between(world, start - LONGEST, end, stragglers(world, start))
    arrivals = deliver(world, traffic, expand(world, traffic))
    inside = np.flatnonzero((arrivals.received >= start) & (arrivals.received < end))
    arrivals = arrivals.take(inside)
    visits, messages = traffic.visits, arrivals.messages
    order = np.lexsort(
        (
            arrivals.repeated,
            messages.item,
            messages.kind,
            visits.number[messages.visit],
            visits.visitor[messages.visit],
            arrivals.received,
        )
    )
    return traffic, arrivals.take(order)


def _sorts(traffic: Traffic, arrivals: Arrivals) -> dict[str, np.ndarray[tuple[int], np.dtype[np.bool_]]]:
    by_server = np.asarray([CALLS[kind].by_server for kind in Kind])[arrivals.messages.kind]
    crawler = traffic.bot[arrivals.messages.visit]
    lying = crawler & ~HONEST[traffic.agent][arrivals.messages.visit]
    return {
        "all": np.ones(len(arrivals), dtype=np.bool_),
        "by browsers": ~by_server & ~crawler,
        "by the server": by_server,
        "by crawlers": crawler,
        "by crawlers that lie": lying,
    }
