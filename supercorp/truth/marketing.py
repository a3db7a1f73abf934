"""What customers cost and bring: by campaign, and by cohort (month and channel of registration)."""

from typing import Any

import numpy as np

from supercorp.clock import DAY, date_of
from supercorp.dice import Indices
from supercorp.rows import money
from supercorp.truth.touches import first_touches
from supercorp.world import World

__all__ = ["campaigns", "cohorts"]

_MONTH = 30 * DAY  # a cohort's months are 30 days of each customer's own


def campaigns(world: World) -> list[dict[str, Any]]:
    """Per campaign, over the history: cost, and what came of it.

    ``new_customers``: who ordered for the first time in it, and whose first visit the campaign brought (by a
    click, or after a letter); ``new_customers_shown`` are those whose browsers show it first, which is what
    can be found without knowing who sits there (:mod:`supercorp.truth.touches`). ``acquisition_cost`` is the
    spend over ``new_customers``, EUR; ``buyers_per_visitor`` they over clicks that arrived. ``revenue`` is
    that of all their orders. ``cost_per_registered`` against ``revenue_by_month`` (cumulative, EUR per
    registered customer, of those who lived through that month since they registered) says when the campaign
    has paid for itself.
    """
    counts = world.counts()
    whose = world.shoppers.visitor[world.orders.customer[: counts.orders]]
    buyers, revenue = np.unique(whose), np.zeros(len(world.visitors), dtype=np.int64)
    np.add.at(revenue, whose, world.lines.total[: counts.orders])
    registered = world.shoppers.visitor[: counts.shoppers]
    arrived = world.visitors.arrived < world.end
    spend = world.ads.spend[:, : world.days].sum(axis=1)
    shown = first_touches(world)
    found = []
    for number, each in enumerate(world.campaigns):
        came = world.visitors.campaign == number
        bought = buyers[came[buyers]]
        visitors = int((came & arrived).sum())
        found.append(
            {
                "campaign": each.name,
                "channel": each.channel,
                "impressions": int(world.ads.impressions[number, : world.days].sum()),
                "clicks": int(world.ads.clicks[number, : world.days].sum()),
                "spend": money(spend[number : number + 1])[0],
                "visitors": visitors,
                "registered": int(came[registered].sum()),
                "new_customers": len(bought),
                "new_customers_shown": int((shown == number).sum()),
                "cost_per_registered": round(
                    int(spend[number]) / 100 / max(int(came[registered].sum()), 1), 4
                ),
                "revenue_by_month": _revenue_by_month(world, np.flatnonzero(came[registered])),
                "acquisition_cost": round(int(spend[number]) / 100 / max(len(bought), 1), 4),
                "buyers_per_visitor": round(len(bought) / max(visitors, 1), 6),
                "revenue": money(revenue[bought].sum(keepdims=True))[0],
            }
        )
    return found


def cohorts(world: World) -> list[dict[str, Any]]:
    """Per month and channel of registration: customers, and month by month since, orders and revenue.

    A month since is 30 days of each customer's own. Cells that not every customer of the cohort has lived
    through are left out: they are still baking.
    """
    counts = world.counts()
    channels = [channel.name for channel in world.truths.channels]
    created = world.shoppers.created[: counts.shoppers]
    month = _months(created)
    cohort = month * len(channels) + world.shoppers.channel[: counts.shoppers]
    customer = world.orders.customer[: counts.orders]
    since = (world.orders.placed[: counts.orders] - created[customer]) // _MONTH
    found = []
    for each in np.unique(cohort).tolist():
        mine = cohort == each
        whole = int((world.end - created[mine].max()) // _MONTH)
        ordered = mine[customer]
        orders = np.bincount(since[ordered], minlength=whole)[:whole]
        revenue = np.zeros(max(whole, 1), dtype=np.int64)
        inside = ordered & (since < whole)
        np.add.at(revenue, since[inside], world.lines.total[: counts.orders][inside])
        found.append(
            {
                "month": f"{each // len(channels) // 12:04d}-{each // len(channels) % 12 + 1:02d}",
                "channel": channels[each % len(channels)],
                "customers": int(mine.sum()),
                "orders_by_month": orders.tolist(),
                "revenue_by_month": money(revenue[:whole]),
            }
        )
    return found


def _revenue_by_month(world: World, customers: Indices) -> list[float]:
    """Cumulative revenue per customer after each month of theirs, over those who lived through it, in EUR."""
    counts = world.counts()
    created = world.shoppers.created[: counts.shoppers]
    chosen = np.zeros(counts.shoppers, dtype=np.bool_)
    chosen[customers] = True
    customer = world.orders.customer[: counts.orders]
    age = world.orders.placed[: counts.orders] - created[customer]
    total, cumulative, month = world.lines.total[: counts.orders], [], 1
    while (lived := chosen & (created + month * _MONTH <= world.end)).any():
        spent = total[lived[customer] & (age < month * _MONTH)].sum()
        cumulative.append(round(int(spent) / 100 / int(lived.sum()), 2))
        month += 1
    return cumulative


def _months(times: Indices) -> Indices:
    """Year times twelve, plus the month from 0, of each moment's day."""
    days, place = np.unique(times // DAY, return_inverse=True)
    dates = [date_of(day * DAY) for day in days.tolist()]
    return np.asarray([each.year * 12 + each.month - 1 for each in dates])[place]
