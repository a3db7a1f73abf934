"""The checkout team's page: where orders get lost, in which browsers, since which release."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from assets.serving.checkout_segments import lost_since, recent_drops, segments
from lakehouse.pages import Column, Figure, Page, Result, Results, Tile, funnel, page, shares
from lakehouse.pages.page import shown
from lakehouse.statistics import with_shares

DAYS = 28
_LAST = "SELECT max(day) AS day FROM gold.daily_checkout_funnel"
_FUNNEL = """
    WITH counted AS (
        SELECT sum(sessions) AS visits, sum(viewed) AS viewed, sum(added) AS added,
               sum(began_checkout) AS began, sum(gave_shipping) AS shipping, sum(gave_payment) AS payment,
               sum(ordered) AS ordered
        FROM gold.daily_checkout_funnel WHERE day > :last - INTERVAL '28 days'
    ), steps AS (
        SELECT 1 AS place, 'came' AS step, visits FROM counted
        UNION ALL SELECT 2, 'looked at a product', viewed FROM counted
        UNION ALL SELECT 3, 'filled the cart', added FROM counted
        UNION ALL SELECT 4, 'began the checkout', began FROM counted
        UNION ALL SELECT 5, 'gave the address', shipping FROM counted
        UNION ALL SELECT 6, 'gave the payment', payment FROM counted
        UNION ALL SELECT 7, 'ordered', ordered FROM counted
    )
    SELECT step, visits, CAST(visits AS DOUBLE) / nullif(lag(visits) OVER (ORDER BY place), 0) AS went_on
    FROM steps ORDER BY place
"""
_BROWSERS = """
    SELECT os || ' · ' || browser AS kind, sum(sessions) AS visits, sum(ordered) AS orders,
           CAST(sum(ordered) AS DOUBLE) / sum(sessions) AS conversion
    FROM gold.daily_checkout_funnel WHERE day > :last - INTERVAL '28 days'
    GROUP BY os, browser ORDER BY visits DESC LIMIT 12
"""
_BACK = """
    SELECT device, checkouts, ordered, paid, other_checkouts, other_paid, paid_share, expected_share,
           CAST(round(lost_orders) AS BIGINT) AS lost_orders, CAST(round(lost_low) AS BIGINT) AS lost_low,
           CAST(round(lost_high) AS BIGINT) AS lost_high, lost_low > 0 OR lost_high < 0 AS clear
    FROM gold.confirmation_back_button ORDER BY device = 'all' DESC, checkouts DESC
"""


_AFTER = """
    SELECT device, orders, other_orders, later, other_later, lost, lost_low, lost_high
    FROM gold.orders_after_back WHERE lost IS NOT NULL ORDER BY device = 'all' DESC, orders DESC
"""


@page(
    title="Checkout",
    team="checkout",
    owner="team:checkout",
    reads=["daily_checkout_funnel", "segment_changes", "confirmation_back_button", "orders_after_back"],
    position=20,
)
def checkout(results: Results) -> Page:
    """Where orders get lost: in which step, which browsers, since which release, on which path."""
    last = results(_LAST).row["day"]
    if last is None:
        return Page(finding="Nobody has visited the shop yet")
    way, browsers = results(_FUNNEL, last=last), results(_BROWSERS, last=last)
    back, after = results(_BACK), results(_AFTER)
    figures = (
        *segments(results),
        *([back_button(back)] if back else []),
        *([staying_away(after)] if after else []),
        furthest(way, last),
        by_browser(browsers),
    )
    return Page(
        finding=figures[0].finding,
        tiles=tiles(way, lost_since(results), back),
        figures=figures,
        drops=recent_drops(results),
    )


def tiles(way: Result, since: Result, back: Result) -> tuple[Tile, ...]:
    """Conversion, and what was lost to changes and to the back button."""
    visits, orders = way.rows[0]["visits"], way.rows[-1]["visits"]
    fell = sum(row["lost"] for row in since.rows)
    lost = back.rows[0]["lost_orders"] if back else None
    return (
        Tile(f"Conversion, {DAYS} days", shown(orders / visits, "share"), f"{visits:,} visits"),
        Tile("Orders lost to releases", f"{fell:,.0f}", "where they fell, so far", fell < 1),
        Tile("Orders lost to Back", shown(lost), "so far", (lost or 0) < 1),
    )


def back_button(back: Result) -> Figure:
    """The checkout after an order with Back on its confirmation page, against others."""
    every = back.rows[0]
    if every["lost_orders"] is None:
        finding = "Nobody has checked out again after Back on the confirmation page"
        chart = None
    else:
        finding = (
            f"After Back on the confirmation page {shown(every['paid_share'], 'share')} of the next "
            f"checkouts are paid for, of others {shown(every['expected_share'], 'share')}: "
            f"{words_of_loss(every)}"
        )
        others = dict.fromkeys(("share", "low", "high"), every["expected_share"])
        drawn = [
            *with_shares([{"kind": "after Back", **every}], "paid", "checkouts"),
            {"kind": "others, mixed alike", "checkouts": every["other_checkouts"], **others},
        ]
        chart = shares(drawn, "kind", cases="checkouts")
    return Figure(
        finding=finding,
        of=back,
        chart=chart,
        columns={
            "device": "device",
            "checkouts": "checkouts after Back",
            "ordered": "with an order",
            "paid": "paid for",
            "other_checkouts": "other checkouts",
            "other_paid": "paid for",
            "paid_share": Column("paid share after Back", "share"),
            "expected_share": Column("like the others", "share"),
            "lost_orders": "orders lost",
            "lost_low": "at least",
            "lost_high": "at most",
        },
        definition="Checkouts of customers who had ordered before; after Back means that on the confirmation "
        "page of their newest order they went back. A checkout succeeds if its order is paid for. Expected "
        "is the share of the others on the same systems and releases.",
        limits="People who press Back may differ in other ways. Whom the failure kept from ever coming "
        "back is not counted here.",
    )


def staying_away(after: Result) -> Figure:
    """All that Back costs: what customers buy in the two months after it, against others."""
    every = after.rows[0]
    clear = every["lost_low"] > 0 or every["lost_high"] < 0
    low, high = sorted(abs(every[name]) for name in ("lost_low", "lost_high"))
    less = "less" if every["lost"] > 0 else "more"
    return Figure(
        finding=f"Customers buy {abs(every['lost']):.2f} times {less} in the 60 days after Back ({low:.2f} "
        f"to {high:.2f})"
        if clear
        else "In the 60 days after Back customers buy as often as others, as far as one can tell",
        of=after,
        columns={
            "device": "device",
            "orders": "orders with Back",
            "other_orders": "others",
            "later": "orders in 60 days after Back",
            "other_later": "after others",
            "lost": "fewer",
            "lost_low": "at least",
            "lost_high": "at most",
        },
        definition="Paid orders of the same customer in the 60 days after an order, of orders at least 60 "
        "days old: with Back on the confirmation page, and without. This counts orders that failed and "
        "orders of customers who stayed away.",
        limits="Orders of one customer count as independent, so the interval is somewhat too narrow.",
    )


def words_of_loss(every: Mapping[str, Any]) -> str:
    """How many orders were lost, or that nobody can say."""
    if not every["clear"]:
        return "too few to tell them apart"
    done = "lost" if every["lost_orders"] > 0 else "won"
    low, high = sorted(abs(every[name]) for name in ("lost_low", "lost_high"))
    return f"{abs(every['lost_orders']):,.0f} orders {done} ({low:,.0f} to {high:,.0f})"


def furthest(way: Result, last: date) -> Figure:
    """How far visits get."""
    worst = min((row for row in way.rows if row["went_on"] is not None), key=lambda row: row["went_on"])
    before = way.rows[way.rows.index(worst) - 1]
    return Figure(
        finding=f"The widest leak: {shown(1 - worst['went_on'], 'share')} of the visits that "
        f"{before['step']} never {worst['step']}",
        of=way,
        chart=funnel(way.rows, "step", "visits", unit="visits", kept="went_on"),
        columns={"step": "step", "visits": "visits", "went_on": Column("of the step before", "share")},
        definition=f"Visits in which each step was taken at least once, in the {DAYS} days up to {last}; "
        "bots left out.",
        limits="A step may be taken without the one before it, as where the cart was filled on another day.",
    )


def by_browser(browsers: Result) -> Figure:
    """Conversion of each browser, now."""
    drawn = with_shares(browsers.rows, "orders", "visits")
    known = [row for row in drawn if row["visits"] >= 100] or drawn  # noqa: PLR2004 - a share in per cent
    best, worst = (pick(known, key=lambda row: row["share"]) for pick in (max, min))
    return Figure(
        finding=f"{worst['kind']} orders in {shown(worst['share'], 'share')} of its visits, "
        f"{best['kind']} in {shown(best['share'], 'share')}",
        of=browsers,
        chart=shares(drawn, "kind", cases="visits"),
        columns={
            "kind": "browser",
            "visits": "visits",
            "orders": "with an order",
            "conversion": Column("conversion", "share"),
        },
        definition=f"Visits with an order per visit in the last {DAYS} days, of the twelve commonest "
        "browsers; intervals of 95 % (Wilson).",
        limits="People on different browsers differ: this shows where to look, not why.",
    )
