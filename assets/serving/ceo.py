"""The CEO's page, and every Monday's letter: a few metrics, what moved, and why."""

from dataclasses import asdict
from datetime import date

from assets.metrics import METRICS
from assets.serving.restated import restated
from lakehouse.metrics import Metric, Metrics
from lakehouse.pages import Column, Figure, Page, Results, lines, page, steps
from lakehouse.pages.metrics import Movement, by_member, last_day, moved_by_factors, movement, tile, weekly
from lakehouse.pages.page import shown

REGISTRY = Metrics({metric.name: metric for metric in METRICS})
KEY_RESULTS = ("revenue", "orders", "sessions", "conversion", "order_value", "new_customers")
RESTATED = ("revenue", "orders", "sessions", "new_customers")


@page(
    title="CEO",
    team="the CEO",
    owner="team:growth",
    reads=["daily_sales", "daily_new_customers", "daily_business", "daily_figures"],
    position=1,
)
def ceo(results: Results) -> Page:
    revenue = REGISTRY["revenue"]
    last = last_day(results, revenue)
    if last is None:
        return Page(finding="There are no sales yet")
    known = [REGISTRY[name] for name in KEY_RESULTS if results.known(f"gold.{REGISTRY[name].table}")]
    moved = {metric.name: movement(results, metric, last) for metric in known}
    figures = [_by_channel(results, revenue, last), _trend(results, revenue, last)]
    if "sessions" in moved:
        figures.insert(0, _by_factor(results, moved["revenue"], last))
    return Page(
        finding=_headline(moved["revenue"]),
        figures=(*figures, *restated(results, RESTATED)),
        tiles=tuple(tile(each) for each in moved.values()),
    )


def _headline(revenue: Movement) -> str:
    if revenue.change is None or revenue.now is None:
        return "The first week has no week before it to compare with"
    verb = "rose" if revenue.change > 0 else "fell"
    return (
        f"Revenue {verb} {shown(abs(revenue.change), 'share')} on the week before,"
        f" to {shown(revenue.now, 'EUR')}"
    )


def _by_factor(results: Results, revenue: Movement, last: date) -> Figure:
    parts = moved_by_factors(results, REGISTRY, revenue.metric, last)
    rows = [asdict(part) for part in parts]
    most = max(parts, key=lambda part: abs(part.change), default=None)
    return Figure(
        finding=f"{most.name} moved revenue most: {_signed(most.change)}"
        if most
        else "No factor is known yet",
        of=revenue.result,
        chart=steps(rows, "name", "change", unit="EUR") if rows else None,
        definition="Revenue is sessions by conversion by order value. Each factor's part is its effect,"
        " averaged over all orders in which the three may have changed (Shapley); they add up to the change.",
        columns={"span": "seven days", "value": Column("revenue", "EUR")},
        limits="A part says what moved, not why.",
    )


def _by_channel(results: Results, revenue: Metric, last: date) -> Figure:
    found, parts = by_member(results, revenue, "channel", last)
    most = parts[0]
    return Figure(
        finding=f"{_spoken(most.name).capitalize()} moved revenue most: {_signed(most.change)}",
        of=found,
        chart=steps(
            [{"name": _spoken(part.name), "change": part.change} for part in parts],
            "name",
            "change",
            unit="EUR",
        ),
        columns={
            "member": "channel",
            "now": Column("last 7 days", "EUR"),
            "before": Column("7 days before", "EUR"),
        },
        definition=revenue.definition + " By the channel of the order; seven days against the seven before.",
    )


def _trend(results: Results, revenue: Metric, last: date) -> Figure:
    found = weekly(results, revenue, last)
    best = max(found.rows, key=lambda row: row["value"], default=None)
    newest = bool(best) and best == found.rows[-1]
    return Figure(
        finding="The last week is the best so far" if newest else "The last week is not the best so far",
        of=found,
        chart=lines(found.rows, "week", "value", unit="EUR a week"),
        columns={"week": "week to", "value": Column("revenue", "EUR")},
        definition=revenue.definition + " Weeks of seven days that end with the newest day.",
    )


def _signed(amount: float) -> str:
    return f"{'+' if amount > 0 else ''}{shown(amount, 'EUR')}"


def _spoken(name: str) -> str:
    return name.replace("_", " ")
