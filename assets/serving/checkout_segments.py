"""The checkout page's figures on segments: which kinds of browser fell or rose, and with which release."""

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any

from lakehouse.pages import Column, Drop, Figure, Result, Results, lines, steps
from lakehouse.pages.page import shown

_MOVED = """
    SELECT release, released_on, segment, verdict, sessions_after,
           CAST(orders_before AS DOUBLE) / sessions_before AS before,
           CAST(orders_after AS DOUBLE) / sessions_after AS after, expected,
           CAST(round(lost_orders) AS BIGINT) AS lost_orders, CAST(round(lost_low) AS BIGINT) AS lost_low,
           CAST(round(lost_high) AS BIGINT) AS lost_high
    FROM gold.segment_changes WHERE verdict IN ('fell', 'rose') ORDER BY lost_orders DESC
"""
_TESTED = """
    SELECT release, released_on, count(*) AS segments,
           sum(CASE WHEN verdict IN ('fell', 'rose') THEN 1 ELSE 0 END) AS moved,
           sum(CASE WHEN verdict = 'too few' THEN 1 ELSE 0 END) AS too_few
    FROM gold.segment_changes GROUP BY release, released_on ORDER BY released_on DESC
"""
_IN_SEGMENT = """
    (s.device IS NULL OR s.device = f.device) AND (s.os IS NULL OR s.os = f.os)
        AND (s.browser IS NULL OR s.browser = f.browser)
"""
_SINCE = f"""
    WITH since AS (
        SELECT s.release, s.released_on, s.dimension, s.segment, s.expected, s.orders_after,
               s.sessions_after, s.lost_orders, s.lost_low, s.lost_high,
               sum(f.sessions) AS visits, sum(f.ordered) AS orders
        FROM gold.segment_changes s JOIN gold.daily_checkout_funnel f
            ON f.day >= s.released_on AND f.release <> s.replaced AND {_IN_SEGMENT}
        WHERE s.verdict = 'fell'
        GROUP BY s.release, s.released_on, s.dimension, s.segment, s.expected, s.orders_after,
                 s.sessions_after, s.lost_orders, s.lost_low, s.lost_high
    )
    SELECT release, released_on, dimension, segment, visits, orders, expected,
           CAST(round(visits * (orders_after + lost_orders) / sessions_after - orders) AS BIGINT) AS lost,
           CAST(round(visits * (orders_after + lost_low) / sessions_after - orders) AS BIGINT) AS lost_low,
           CAST(round(visits * (orders_after + lost_high) / sessions_after - orders) AS BIGINT) AS lost_high
    FROM since ORDER BY lost DESC
"""
_RECENT = """
    SELECT release, segment, sessions_after, CAST(orders_before AS DOUBLE) / sessions_before AS before,
           CAST(orders_after AS DOUBLE) / sessions_after AS after
    FROM gold.segment_changes
    WHERE verdict = 'fell'
        AND released_on > (SELECT max(day) FROM gold.daily_checkout_funnel) - INTERVAL '28 days'
    ORDER BY lost_orders DESC
"""
_COURSE = f"""
    SELECT CAST(date_bin(INTERVAL '7 days', f.day, :since) AS DATE) AS week,
           CASE WHEN {_IN_SEGMENT} THEN s.segment ELSE 'all others' END AS kind,
           sum(f.sessions) AS visits, CAST(sum(f.ordered) AS DOUBLE) / sum(f.sessions) AS conversion
    FROM gold.daily_checkout_funnel f CROSS JOIN gold.segment_changes s
    WHERE s.release = :release AND s.dimension = :dimension AND s.segment = :segment
    GROUP BY week, kind ORDER BY week, kind
"""


def segments(results: Results) -> tuple[Figure, ...]:
    """What moved with the releases, what it has cost since, and the course of the costliest."""
    moved, since = results(_MOVED), lost_since(results)
    first = moves(moved) if moved else stillness(results(_TESTED))
    return (first, loss(since), course(results, since.rows[0])) if since else (first,)


def lost_since(results: Results) -> Result:
    """The segments that fell, each with the orders ``lost`` up to now, the costliest first."""
    return results(_SINCE)


def recent_drops(results: Results) -> tuple[Drop, ...]:
    """What fell with a release of the last 28 days, as alerts tell it."""
    return tuple(
        Drop(
            what=f"{row['segment']} with {row['release']}",
            finding=f"{row['segment']} fell from {shown(row['before'], 'share')} to "
            f"{shown(row['after'], 'share')} orders per visit with {row['release']}, all others did not",
        )
        for row in results(_RECENT).rows
    )


def moves(moved: Result) -> Figure:
    """Segments that fell or rose with a release, the costliest first."""
    first = moved.rows[0] if moved.rows[0]["verdict"] == "fell" else moved.rows[-1]
    orders = abs(first["lost_orders"])
    low, high = sorted(abs(first[name]) for name in ("lost_low", "lost_high"))
    done = "lost" if first["verdict"] == "fell" else "won"
    chart = [
        {"in_release": f"{row['segment']}, {row['release']}", "gained": -row["lost_orders"]}
        for row in moved.rows
    ]
    return Figure(
        finding=f"{first['segment']} {first['verdict']} from {shown(first['before'], 'share')} to "
        f"{shown(first['after'], 'share')} with {first['release']}: "
        f"about {orders:,.0f} orders {done} ({low:,.0f} to {high:,.0f})",
        of=moved,
        chart=steps(chart, "in_release", "gained", unit="orders"),
        columns={
            "release": "release",
            "released_on": "of",
            "segment": "segment",
            "sessions_after": "visits",
            "before": Column("before", "share"),
            "after": Column("after", "share"),
            "expected": Column("like the others", "share"),
            "lost_orders": "orders lost",
            "lost_low": "at least",
            "lost_high": "at most",
        },
        definition="Visits with an order per visit, in the 28 days at most before a release and under it, "
        "against the change of all other visits in the same days. Every device, system, browser and pair "
        "of them is tested at every release; of those named, one in twenty may be chance (Benjamini and "
        "Hochberg). What falls only because a part of it does is not named.",
        limits="Visits of one person count as independent, so intervals are somewhat too narrow. Whatever "
        "else happened to a segment on the days of a release is taken for the release's.",
    )


def stillness(tested: Result) -> Figure:
    """No release moved any segment against the others."""
    return Figure(
        finding=f"No kind of browser moved against the others; releases looked at: {len(tested.rows)}",
        of=tested,
        columns={
            "release": "release",
            "released_on": "since",
            "segments": "segments",
            "moved": "that moved",
            "too_few": "with too few visits to tell",
        },
        definition="Visits with an order per visit, before each release and under it, against all other "
        "visits.",
        limits="That nothing was found does not show that nothing was there: small segments hide large "
        "changes.",
    )


def loss(since: Result) -> Figure:
    """What the segments that fell have lost since, whatever was released after that."""
    first = since.rows[0]
    return Figure(
        finding=f"{first['segment']} has lost about {first['lost']:,.0f} orders since {first['release']} "
        f"({first['lost_low']:,.0f} to {first['lost_high']:,.0f})",
        of=since,
        columns={
            "segment": "segment",
            "release": "since",
            "visits": "visits",
            "orders": "with an order",
            "expected": Column("like the others", "share"),
            "lost": "orders lost",
            "lost_low": "at least",
            "lost_high": "at most",
        },
        definition="The conversion that was to be expected under the release, from the change of all "
        "others, times the visits since, less those with an order.",
        limits="Taken on: that the conversion expected in the weeks after the release would have stayed. "
        "Who bought later, or in another browser, is counted as lost all the same.",
    )


def course(results: Results, worst: Mapping[str, Any]) -> Figure:
    """The conversion of the segment that lost most, and of all others, week by week."""
    chosen = {name: worst[name] for name in ("release", "dimension", "segment")}
    weeks = results(_COURSE, since=datetime.combine(worst["released_on"], time()), **chosen)
    mine = [row for row in weeks.rows if row["kind"] == worst["segment"]]
    others = [row for row in weeks.rows if row["kind"] != worst["segment"]]
    return Figure(
        finding=f"{worst['segment']} orders in {shown(mine[-1]['conversion'], 'share')} of its visits in the "
        f"latest week, all others in {shown(others[-1]['conversion'], 'share')}",
        of=weeks,
        chart=lines(weeks.rows, "week", "conversion", unit="orders per visit", series="kind"),
        columns={
            "week": "week from",
            "kind": "visits on",
            "visits": "visits",
            "conversion": Column("conversion", "share"),
        },
        definition=f"Visits with an order per visit, in weeks counted from the day of {worst['release']}.",
        limits="The first and the last week may have fewer than seven days.",
    )
