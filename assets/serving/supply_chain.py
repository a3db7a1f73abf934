"""The supply chain's page: what to do today, whom to pay, who is late, how good the forecast is."""

from collections.abc import Mapping, Sequence
from typing import Any

from assets.serving.supply_chain_invoices import mismatches, payments
from lakehouse.pages import Column, Figure, Page, Result, Results, Tile, bars, lines, page
from lakehouse.pages.page import shown

SHOWN = 40
_TODO = """
    SELECT replace(action, '_', ' ') AS action, subject, reason, units, at_stake,
           coalesce(vendor, 'nobody') AS vendor, as_of
    FROM gold.supply_priorities ORDER BY rank LIMIT 40
"""
_BY_ACTION = """
    SELECT action, count(*) AS things, sum(value) AS value, sum(at_stake) AS at_stake
    FROM gold.supply_priorities GROUP BY action ORDER BY at_stake DESC
"""
_VENDORS = """
    SELECT vendor, stated_days, orders, late_orders, days_late, days_late_low, days_late_high,
           lead_days, short_orders
    FROM gold.vendor_lead_times WHERE orders > 0 ORDER BY days_late DESC, vendor
"""
_ERRORS = """
    SELECT weeks_ahead, sum(units) AS units,
           sum(forecast_error) / nullif(sum(units), 0) AS forecast,
           sum(two_weeks_error) / nullif(sum(units), 0) AS two_weeks,
           sum(same_again_error) / nullif(sum(units), 0) AS same_again,
           sum(forecast_error) / nullif(sum(same_again_error), 0) AS relative,
           sum(bias) / nullif(sum(units), 0) AS bias,
           CAST(sum(within) AS DOUBLE) / sum(forecasts) AS within
    FROM gold.forecast_errors GROUP BY weeks_ahead ORDER BY weeks_ahead
"""
_WEEKS = """
    SELECT week, way, sum(off) / nullif(sum(units), 0) AS error FROM (
        SELECT week, units, forecast_error AS off, 'forecast' AS way
        FROM gold.forecast_errors WHERE weeks_ahead = 1
        UNION ALL
        SELECT week, units, two_weeks_error, 'the planner''s mean'
        FROM gold.forecast_errors WHERE weeks_ahead = 1
    ) GROUP BY week, way ORDER BY week, way
"""


@page(
    title="Supply chain",
    team="supply chain",
    owner="team:supply-chain",
    reads=["supply_priorities", "payments_due", "vendor_lead_times", "forecast_errors"],
    position=40,
)
def supply_chain(results: Results) -> Page:
    """What to do today and why, whom to pay this week, who is late, and how good the forecast is."""
    todo, by_action = results(_TODO), results(_BY_ACTION)
    vendors, errors = results(_VENDORS), results(_ERRORS)
    pay, pay_tiles = payments(results)
    figures = (
        *([priorities(todo, by_action)] if todo else []),
        *pay,
        *mismatches(results),
        *([lateness(vendors)] if vendors else []),
        *([forecast(errors, results(_WEEKS))] if errors else []),
    )
    finding = figures[0].finding if todo else "Nothing to order, to chase or to mark down today"
    return Page(finding=finding, tiles=(*tiles(by_action.rows), *pay_tiles), figures=figures)


def tiles(by_action: Sequence[Mapping[str, Any]]) -> tuple[Tile, ...]:
    """How much there is to order and to chase."""
    done: dict[str, Any] = {"things": 0, "value": 0}
    found = {row["action"]: row for row in by_action}
    order, chase = found.get("order", done), found.get("chase", done)
    return (
        Tile("To order today", shown(order["value"], "EUR"), f"{order['things']:,} products"),
        Tile("Overdue from vendors", shown(chase["value"], "EUR"), f"{chase['things']:,} orders"),
    )


def priorities(todo: Result, by_action: Result) -> Figure:
    """What to do, the dearest to leave first."""
    first, every = todo.rows[0], sum(row["things"] for row in by_action.rows)
    counted = ", ".join(f"{row['things']:,} to {spoken(row['action'])}" for row in by_action.rows)
    return Figure(
        finding=f"First today: {spoken(first['action'])} {first['subject']}, "
        f"{shown(first['at_stake'], 'EUR')} at stake. In all {counted}",
        of=todo,
        columns={
            "action": "do",
            "subject": "what",
            "reason": "why",
            "units": "units",
            "at_stake": Column("at stake", "EUR"),
            "vendor": "vendor",
        },
        definition=f"As of {first['as_of']}. Order: what is there and on its way is at or under the reorder "
        "point. Decide: the planner's sheet holds a product that sells, or orders it too late or too early, "
        "nobody supplies it. Chase: promised for a day that has passed. Mark down: more than 120 days' sale. "
        "At stake is the margin of what is likely to be asked for in vain until a delivery is here, or a "
        "month's cost of keeping what does not sell (2 % of its cost).",
        limits=f"The first {min(every, SHOWN)} of {every:,} are shown. Whoever waits for goods may still "
        "take them later: what is at stake puts things in order, and is no forecast of a loss.",
    )


def spoken(action: str) -> str:
    """An action as people say it."""
    return {"mark_down": "mark down", "decide": "decide on"}.get(action, action)


def lateness(vendors: Result) -> Figure:
    """How late each vendor comes, on top of what it states."""
    told = [row for row in vendors.rows if row["days_late_low"] is not None]
    every = sum(row["orders"] for row in vendors.rows)
    usual = sum(row["days_late"] * row["orders"] for row in vendors.rows) / every
    slow = [row for row in told if row["days_late_low"] > usual]
    worst = vendors.rows[0]
    if slow:
        names = ", ".join(f"{row['vendor']} ({row['days_late']:.1f} days late)" for row in slow)
        finding = f"Later than the rest: {names}; the mean of all is {usual:.1f}"
    else:
        finding = (
            f"{worst['vendor']} comes {worst['days_late']:.1f} days late in the mean, all vendors "
            f"{usual:.1f}: no one stands out"
        )
    return Figure(
        finding=finding,
        of=vendors,
        chart=bars(
            told,
            "vendor",
            "days_late",
            unit="days",
            low="days_late_low",
            high="days_late_high",
            cases="orders",
        )
        if told
        else None,
        columns={
            "vendor": "vendor",
            "stated_days": "lead time as stated, days",
            "days_late": "late on top of it, days",
            "days_late_low": "at least",
            "days_late_high": "at most",
            "lead_days": "to plan with, days",
            "orders": "orders",
            "late_orders": "late",
            "short_orders": "closed short",
        },
        definition="Days from the promise to the first delivery, 0 where it came in time, of orders promised "
        "at least three weeks ago; intervals of 95 %, from ten orders on. To plan with: the stated time and "
        "the lateness, leaning on that of all vendors as if by five orders more.",
        limits="Second parts of deliveries come later still. Orders of a vendor dropped since are not here.",
    )


def forecast(errors: Result, weeks: Result) -> Figure:
    """How far the forecast was off, beside the planner's way."""
    near = errors.rows[0]
    better = near["two_weeks"] - near["forecast"]
    beside = "better than" if better > 0 else "no better than"
    return Figure(
        finding=f"A week ahead the forecast is off by {shown(near['forecast'], 'share')} of the units: "
        f"{beside} the planner's mean of two weeks, {shown(near['two_weeks'], 'share')}",
        of=errors,
        chart=lines(weeks.rows, "week", "error", unit="share of the units", series="way")
        if len(set(weeks.column("week"))) > 1
        else None,
        columns={
            "weeks_ahead": "weeks ahead",
            "units": "units",
            "forecast": Column("forecast off by", "share"),
            "two_weeks": Column("mean of two weeks off by", "share"),
            "same_again": Column("last week again off by", "share"),
            "relative": "of the last week's error",
            "bias": Column("too much (+) or little", "change"),
            "within": Column("within the interval", "share"),
        },
        definition="Units off, either way, over units asked for, product by product and week by week, over "
        "the last twelve weeks: each was forecast knowing only the weeks before. The interval holds 95 %.",
        limits="Products sell a few units a week: even who knew the true demand would be off by about a "
        "fifth. Demand is what is ordered, also while the shelf is empty; who then goes away is not seen.",
    )
