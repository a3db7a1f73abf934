"""The support team's page: whether fast answers bring customers back, or easy questions do."""

from collections.abc import Mapping
from typing import Any

from lakehouse.pages import Column, Figure, Page, Result, Results, Tile, page, shares
from lakehouse.pages.intervals import intervals
from lakehouse.pages.page import shown
from lakehouse.statistics import Counts, difference, with_shares

DAYS = 30
_CONVERSIONS = """
    SELECT order_value, days, fast, CAST(fast_bought AS DOUBLE) / nullif(fast, 0) AS fast_share,
           slow, CAST(slow_bought AS DOUBLE) / nullif(slow, 0) AS slow_share, immature,
           raw, raw_low, raw_high, adjusted, adjusted_low, adjusted_high, case_mix
    FROM gold.ticket_conversions
"""
_BY_WINDOW = _CONVERSIONS + " WHERE order_value = 'all' ORDER BY days"
_BY_VALUE = _CONVERSIONS + f" WHERE order_value <> 'all' AND days = {DAYS} ORDER BY value_from"
_EASE = """
    SELECT CASE WHEN wrote_again THEN 'customer wrote again' ELSE 'one message did' END AS exchange,
           sum(CASE WHEN within_hour THEN 1 ELSE 0 END) AS fast, count(*) AS tickets,
           sum(CASE WHEN NOT within_hour AND bought_30 THEN 1 ELSE 0 END) AS slow_bought,
           sum(CASE WHEN NOT within_hour AND bought_30 IS NOT NULL THEN 1 ELSE 0 END) AS slow
    FROM gold.ticket_outcomes WHERE "group" = 'resolved'
    GROUP BY wrote_again ORDER BY wrote_again
"""
_CATEGORIES = """
    SELECT category, count(*) AS tickets, sum(CASE WHEN within_hour THEN 1 ELSE 0 END) AS fast,
           sum(CASE WHEN wrote_again THEN 1 ELSE 0 END) AS wrote_again
    FROM gold.ticket_outcomes WHERE "group" = 'resolved' GROUP BY category ORDER BY tickets DESC
"""
_GROUPS = """
    SELECT "group" AS of, count(*) AS tickets,
           sum(CASE WHEN "group" = 'resolved' AND bought_30 IS NULL THEN 1 ELSE 0 END) AS too_young
    FROM gold.ticket_outcomes GROUP BY "group" ORDER BY tickets DESC
"""
_READ: dict[str, Column | str] = {
    "fast": "resolved in < 1 h",
    "fast_share": Column("bought again", "share"),
    "slow": "in ≥ 1 h",
    "slow_share": Column("bought again", "share"),
    "immature": "too early to tell",
    "raw": Column("raw difference", "points"),
    "raw_low": Column("at least", "points"),
    "raw_high": Column("at most", "points"),
    "adjusted": Column("like with like", "points"),
    "adjusted_low": Column("at least", "points"),
    "adjusted_high": Column("at most", "points"),
    "case_mix": Column("case mix", "points"),
}
_DEFINITION = (
    "Bought again: another order placed within so many days of the resolution. Of tickets about an order; "
    "the raw difference is the share of those resolved in less than an hour less that of the others. Like "
    "with like: the same within category, whether the customer had to write again, earlier orders and "
    "value of the order, weighted as the fast tickets are; intervals of 95 %. Case mix is raw less like "
    "with like. Tickets whose days are not over count in none of it."
)
_LIMITS = (
    "Nobody drew lots over which ticket is answered first. What makes a ticket easy beyond these four is "
    "still in the difference; and where a slow answer is what made the customer write again, part of its "
    "harm has been taken out."
)


@page(
    title="Support",
    team="support",
    owner="team:support",
    reads=["ticket_conversions", "ticket_outcomes"],
    position=25,
)
def support(results: Results) -> Page:
    """Whether customers come back after a ticket, raw and like with like, and what is left out of it."""
    groups = results(_GROUPS)
    if not groups:
        return Page(finding="Nobody has written to the help desk yet")
    windows, values = results(_BY_WINDOW), results(_BY_VALUE)
    every = next((row for row in windows.rows if row["days"] == DAYS), None)
    figures = [by_window(windows, every)]
    if any(row["adjusted"] is not None for row in values.rows):
        figures.append(by_value(values))
    ease = results(_EASE)
    return Page(
        finding=figures[0].finding,
        tiles=tiles(groups, every),
        figures=(
            *figures,
            *([easiness(ease)] if ease else []),
            by_category(results(_CATEGORIES)),
            apart(groups),
        ),
    )


def tiles(groups: Result, every: Mapping[str, Any] | None) -> tuple[Tile, ...]:
    """Tickets, those resolved within the hour, and what the hour is worth."""
    counted = {row["of"]: row["tickets"] for row in groups.rows}
    every = every or {}
    judged = (every.get("fast") or 0) + (every.get("slow") or 0)
    return (
        Tile("Tickets", f"{sum(counted.values()):,}", f"{counted.get('unresolved', 0):,} unresolved"),
        Tile(
            "Resolved within the hour",
            shown(every["fast"] / judged if judged else None, "share"),
            f"of {judged:,} that can be judged",
        ),
        Tile("An hour is worth", shown(every.get("adjusted"), "points"), f"bought again in {DAYS} days"),
    )


def verdict(every: Mapping[str, Any] | None) -> str:
    """What a fast resolution brings, and how much of the raw contrast it is."""
    if every is None or every["raw"] is None:
        immature = every["immature"] if every else 0
        return f"Too early: {immature:,} tickets were resolved, none of them {DAYS} days ago"
    if every["adjusted"] is None:
        return "No ticket resolved within the hour has one like it that took longer"
    low, high = shown(every["adjusted_low"], "points"), shown(every["adjusted_high"], "points")
    if every["adjusted_low"] <= 0 <= every["adjusted_high"]:
        return f"Whether an answer within the hour brings customers back cannot be told: {low} to {high}"
    said = "more" if every["adjusted"] > 0 else "less"
    size = f"{abs(every['adjusted']) * 100:.1f} points"
    raw, mix = shown(every["raw"], "points"), shown(every["case_mix"], "points")
    return (
        f"After a ticket resolved within the hour {size} {said} buy again ({low} to {high}); "
        f"of the raw {raw}, {mix} are easy questions"
    )


def by_window(windows: Result, every: Mapping[str, Any] | None) -> Figure:
    """All tickets: raw and like with like, 30, 60 and 90 days after."""
    drawn = [
        {
            "of": f"{row['days']} days, {words}",
            **{
                bound: row[f"{name}{end}"]
                for bound, end in (("value", ""), ("low", "_low"), ("high", "_high"))
            },
        }
        for row in windows.rows
        for name, words in (("raw", "raw"), ("adjusted", "like with like"))
        if row[name] is not None
    ]
    chart = intervals(drawn, "of", "value", low="low", high="high", title="percentage points", points=True)
    return Figure(
        finding=verdict(every),
        of=windows,
        chart=chart if drawn else None,
        columns={"days": "days after", **_READ},
        definition=_DEFINITION,
        limits=_LIMITS,
    )


def by_value(values: Result) -> Figure:
    """By what the order was worth, like with like."""
    known = [row for row in values.rows if row["adjusted"] is not None]
    clear = [row for row in known if not row["adjusted_low"] <= 0 <= row["adjusted_high"]]
    names = ", ".join(f"€ {row['order_value']}" for row in clear)
    return Figure(
        finding=f"By value of the order, the difference is clear for {names}"
        if clear
        else "By value of the order, no bucket alone shows a clear difference",
        of=values,
        chart=intervals(
            [{**row, "of": f"€ {row['order_value']}"} for row in known],
            "of",
            "adjusted",
            low="adjusted_low",
            high="adjusted_high",
            title="percentage points, like with like",
            points=True,
        ),
        columns={"order_value": "order value, EUR", **_READ},
        definition=f"{_DEFINITION} {DAYS} days. Buckets of 100 EUR of the order that the ticket is about.",
        limits="Each bucket is read alone: of twenty without any difference one looks as if it had one. That "
        "two buckets' intervals overlap does not make them alike.",
    )


def easiness(ease: Result) -> Figure:
    """What the raw contrast mixes up: easy questions are answered faster, and bring customers back anyway."""
    rows = {row["exchange"]: row for row in with_shares(ease.rows, "fast", "tickets")}
    easy, hard = rows.get("one message did"), rows.get("customer wrote again")
    if easy is None or hard is None:
        finding = "All tickets were alike: nobody, or everybody, had to write again"
    elif not apart_from_chance(easy, hard):
        finding = "Whether easy questions are answered faster than others cannot be told yet"
    else:
        easily, hardly = (shown(row["share"], "share") for row in (easy, hard))
        finding = (
            f"Questions settled with one message are answered within the hour in {easily}, others in {hardly}"
        )
        if easy["slow"] and hard["slow"]:
            again = [shown(row["slow_bought"] / row["slow"], "share") for row in (easy, hard)]
            finding += f"; even after a slow answer {again[0]} against {again[1]} buy again"
    return Figure(
        finding=finding,
        of=ease,
        chart=shares(list(rows.values()), "exchange", cases="tickets"),
        columns={
            "exchange": "tickets",
            "fast": "resolved in < 1 h",
            "tickets": "of",
            "slow": "slow ones judged",
            "slow_bought": f"bought again in {DAYS} days",
        },
        definition="Resolved tickets about an order, by whether their customer wrote more than once; the "
        "share resolved in less than an hour, with intervals of 95 % (Wilson).",
        limits="Where the two differ, the raw difference may not be read as what speed brings: it credits "
        "speed with what easy questions do.",
    )


def apart_from_chance(easy: Mapping[str, Any], hard: Mapping[str, Any]) -> bool:
    """Whether the two are answered fast differently often."""
    gap = difference(Counts(easy["fast"], easy["tickets"]), Counts(hard["fast"], hard["tickets"]))
    return gap is not None and not gap.low <= 0 <= gap.high


def by_category(categories: Result) -> Figure:
    """How fast each kind of question is resolved."""
    drawn = with_shares(categories.rows, "fast", "tickets")
    spoken = [{**row, "about": str(row["category"]).replace("_", " ")} for row in drawn]
    best = max(spoken, key=lambda row: row["share"], default=None)
    return Figure(
        finding=f"Fastest are questions on {best['about']}, {shown(best['share'], 'share')} in an hour"
        if best
        else "No ticket about an order is resolved yet",
        of=categories,
        chart=shares(spoken, "about", cases="tickets"),
        columns={
            "category": "category",
            "tickets": "resolved",
            "fast": "in < 1 h",
            "wrote_again": "customer wrote again",
        },
        definition="Resolved tickets about an order, by the category that the help desk gives them; "
        "intervals of 95 % (Wilson).",
        limits="Categories differ in how easy their questions are.",
    )


def apart(groups: Result) -> Figure:
    """The tickets that no comparison holds: unresolved, about no order, too young."""
    counted = {row["of"]: row for row in groups.rows}
    outside = sum(row["tickets"] for row in groups.rows if row["of"] != "resolved")
    young = counted["resolved"]["too_young"] if "resolved" in counted else 0
    return Figure(
        finding=f"{outside:,} tickets are not compared, {young:,} more not yet",
        of=groups,
        columns={"of": "tickets", "tickets": "number", "too_young": f"resolved less than {DAYS} days ago"},
        definition="Unresolved tickets, tickets about no order, and tickets of customers who were forgotten "
        "since or whose order is not known stand apart, in no share above.",
    )
