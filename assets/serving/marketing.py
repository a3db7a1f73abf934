"""The marketing team's page: what a customer costs, by campaign, and what cohorts bring back."""

from collections.abc import Mapping, Sequence
from typing import Any

from assets.serving.marketing_letters import letters
from assets.serving.restated import restated
from lakehouse.pages import Column, Figure, Page, Result, Results, Tile, bars, grid, page, shares
from lakehouse.pages.page import shown
from lakehouse.statistics import with_shares

_CAMPAIGNS = """
    SELECT campaign, sum(spend) AS spend, sum(clicks) AS clicks, sum(accounts) AS accounts,
           sum(customers) AS customers, sum(last_touch_customers) AS last_touch_customers,
           sum(position_customers) AS position_customers, sum(revenue) AS revenue,
           CAST(sum(spend) AS DOUBLE) / nullif(sum(clicks), 0) AS cost_per_click,
           CAST(sum(spend) AS DOUBLE) / nullif(sum(customers), 0) AS cost_per_customer
    FROM gold.campaign_costs GROUP BY campaign HAVING sum(spend) > 0
    ORDER BY cost_per_customer DESC NULLS FIRST, spend DESC
"""
_CLICKS = """
    SELECT campaign, sum(clicks) AS clicks, sum(customers) AS customers,
           CAST(sum(customers) AS DOUBLE) / sum(clicks) AS conversion
    FROM gold.campaign_costs GROUP BY campaign
    HAVING sum(spend) > 0 AND sum(clicks) > 0 AND sum(customers) <= sum(clicks)
    ORDER BY conversion, clicks DESC
"""
_COHORTS = """
    SELECT channel, month, months_since, customers, buyers, revenue, cost,
           CAST(revenue AS DOUBLE) / customers AS revenue_per_customer
    FROM gold.acquisition_cohorts
    WHERE month > (SELECT max(month) FROM gold.acquisition_cohorts) - INTERVAL '6 months'
    ORDER BY channel, month, months_since
"""


@page(
    title="Marketing",
    team="growth",
    owner="team:growth",
    reads=["campaign_costs", "acquisition_cohorts", "customer_acquisitions", "daily_figures"],
    position=15,
)
def marketing(results: Results) -> Page:
    """What a customer costs: campaigns that buy nobody first, then the dearest; cohorts; direct mail."""
    campaigns = results(_CAMPAIGNS)
    if not campaigns:
        return Page(finding="No campaign has been billed yet")
    clicks, cohorts = results(_CLICKS), results(_COHORTS)
    figures = (
        by_campaign(campaigns),
        *([by_click(clicks)] if clicks else []),
        *letters(results),
        *([by_cohort(cohorts)] if cohorts else []),
        *restated(results, ("ad_spend", "new_customers")),
    )
    return Page(finding=figures[0].finding, tiles=tiles(campaigns.rows), figures=figures)


def tiles(campaigns: Sequence[Mapping[str, Any]]) -> tuple[Tile, ...]:
    """What was spent, what a customer costs over all campaigns, and what was spent on nobody."""
    spend, customers = (sum(row[name] for row in campaigns) for name in ("spend", "customers"))
    wasted = sum(row["spend"] for row in campaigns if row["clicks"] and not row["customers"])
    return (
        Tile("Spent on campaigns", shown(spend, "EUR"), f"{customers:,} customers"),
        Tile(
            "Cost per customer", shown(spend / customers if customers else None, "EUR"), "letters among them"
        ),
        Tile("Spent on nobody", shown(wasted, "EUR"), "clicks without a purchase", not wasted),
    )


def by_campaign(campaigns: Result) -> Figure:
    """Each campaign's cost per customer, what buys nobody first."""
    drawn = [row for row in campaigns.rows if row["clicks"] and row["customers"]]
    return Figure(
        finding=dearest(campaigns.rows),
        of=campaigns,
        chart=bars(drawn, "campaign", "cost_per_customer", unit="EUR", cases="customers") if drawn else None,
        columns={
            "campaign": "campaign",
            "spend": Column("spent", "EUR"),
            "clicks": "clicks",
            "cost_per_click": Column("per click", "EUR"),
            "accounts": "accounts",
            "customers": "customers",
            "cost_per_customer": Column("per customer", "EUR"),
            "revenue": Column("their revenue so far", "EUR"),
            "last_touch_customers": "by last touch",
            "position_customers": "by position",
        },
        definition="All that was billed for a campaign over the customers whom it touched first and who have "
        "bought. Beside them those whom it touched last before the first purchase, and a split by position "
        "(40 % the first touch, 40 % the last, 20 % those between). Who registers by direct mail "
        "was touched first by the newest mailing before the registration and any click.",
        limits="Who clicked lately may still buy. Those whom a letter brings buy months later: letters have "
        "a figure of their own, and are not drawn here. A touch on a browser on which nobody ever signed in "
        "is not seen; one on a shared browser counts for whoever signs in next. Nobody knows here who would "
        "have bought without the campaign.",
    )


def dearest(campaigns: Sequence[Mapping[str, Any]]) -> str:
    """What buys nobody; else the dearest campaign against the cheapest. Letters take longer: not of them."""
    clicked = [row for row in campaigns if row["clicks"]]
    if not clicked:
        spend = sum(row["spend"] for row in campaigns)
        return f"{shown(spend, 'EUR')} went into letters, none into clicks"
    nobody = [row for row in clicked if not row["customers"]]
    if nobody:
        names = ", ".join(row["campaign"] for row in nobody)
        return f"{shown(sum(row['spend'] for row in nobody), 'EUR')} bought no customer: {names}"
    dear, cheap = clicked[0], clicked[-1]
    told, other = (
        f"{shown(row['cost_per_customer'], 'EUR')} through {row['campaign']}" for row in (dear, cheap)
    )
    said = f"A customer costs {told}"
    if dear is cheap:
        return said
    return f"{said} {click(dear)}, {other} {click(cheap)}"


def click(campaign: Mapping[str, Any]) -> str:
    """What a click costs, in brackets."""
    return f"({shown(campaign['cost_per_click'], 'EUR')} a click)"


def by_click(clicks: Result) -> Figure:
    """How many clicks end in a first purchase."""
    worst, best = clicks.rows[0], clicks.rows[-1]
    said = f"{shown(best['conversion'], 'share')} of the clicks on {best['campaign']} end in a first purchase"
    rest = "" if best is worst else f", {shown(worst['conversion'], 'share')} of those on {worst['campaign']}"
    return Figure(
        finding=said + rest,
        of=clicks,
        chart=shares(with_shares(clicks.rows, "customers", "clicks"), "campaign", cases="clicks"),
        columns={
            "campaign": "campaign",
            "clicks": "clicks",
            "customers": "customers",
            "conversion": Column("of clicks", "share"),
        },
        definition="Customers by first touch who have bought, over all clicks that were billed; intervals of "
        "95 % (Wilson).",
        limits="Of the same people some click several times. Clicks of the last days may be corrected.",
    )


def by_cohort(cohorts: Result) -> Figure:
    """What a customer has paid, by channel and month of registration and months since."""
    drawn = [{**row, "cohort": f"{row['channel']} · {row['month']:%b %Y}"} for row in cohorts.rows]
    return Figure(
        finding=richest(cohorts.rows),
        of=cohorts,
        chart=grid(drawn, "cohort", "months_since", "revenue_per_customer", unit="EUR", title="months since"),
        columns={
            "channel": "channel",
            "month": "registered in the month from",
            "months_since": "months since",
            "customers": "registered",
            "buyers": "have bought",
            "revenue": Column("revenue", "EUR"),
            "cost": Column("cost of the month", "EUR"),
            "revenue_per_customer": Column("revenue per customer", "EUR"),
        },
        definition="The total of the orders up to so many months since the registration, per registered "
        "customer; a month is thirty days of each customer's own. A cell is empty until the youngest of the "
        "cohort has lived that long. The newest six months with a cell are shown.",
        limits="The cost is that of the channel's campaigns in the same month: letters bring people in the "
        "months after, too.",
    )


def richest(cohorts: Sequence[Mapping[str, Any]]) -> str:
    """The channels whose customers have paid most and least, at the greatest age that two have reached."""
    ages = {row["months_since"] for row in cohorts}
    paid = {age: by_channel([row for row in cohorts if row["months_since"] == age]) for age in ages}
    age = max(ages, key=lambda each: (len(paid[each]) > 1, each))
    best, worst = (pick(paid[age], key=lambda channel: paid[age][channel]) for pick in (max, min))
    after = f"After {age} month" + ("s" if age > 1 else "")
    said = f"{after} a customer by {best} has paid {shown(paid[age][best], 'EUR')}"
    return said if best == worst else f"{said}, one by {worst} {shown(paid[age][worst], 'EUR')}"


def by_channel(cells: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Revenue per customer of each channel, over its cohorts."""
    found = {}
    for channel in {row["channel"] for row in cells}:
        mine = [row for row in cells if row["channel"] == channel]
        found[channel] = float(sum(row["revenue"] for row in mine)) / sum(row["customers"] for row in mine)
    return found
