"""Direct mail on the marketing page: what a customer by letter costs, mailing against mailing."""

from collections.abc import Mapping, Sequence
from datetime import date
from math import exp, log, sqrt
from typing import Any

from lakehouse.pages import Column, Figure, Result, Results, bars
from lakehouse.pages.page import shown

Z = 1.959964  # both sides of 95 %
_NEWEST = "SELECT CAST(max(measured_until) AS DATE) AS day FROM gold.customer_acquisitions"
_MAILINGS = """
    WITH billed AS (
        SELECT month, sum(spend) AS spend FROM gold.campaign_costs
        WHERE channel = 'direct_mail' AND spend > 0 GROUP BY month
    ), mailings AS (
        SELECT month, spend, CAST(least(month + INTERVAL '2 months',
               coalesce(lead(month) OVER (ORDER BY month), month + INTERVAL '2 months')) AS DATE) AS until
        FROM billed
    ), counted AS (
        SELECT m.month, m.spend, CAST(m.until + INTERVAL '90 days' AS DATE) AS due,
               sum(c.customers) AS accounts, sum(c.buyers) AS buyers, sum(c.revenue) AS revenue
        FROM mailings m LEFT JOIN gold.acquisition_cohorts c ON c.channel = 'direct_mail'
             AND c.months_since = 3 AND c.month >= m.month AND c.month < m.until
        GROUP BY m.month, m.spend, m.until
    )
    SELECT month, spend, due, due <= :newest AS settled,
           CASE WHEN due <= :newest THEN accounts END AS accounts,
           CASE WHEN due <= :newest THEN buyers END AS buyers,
           CASE WHEN due <= :newest THEN revenue END AS revenue,
           CASE WHEN due <= :newest THEN CAST(spend AS DOUBLE) / nullif(buyers, 0) END AS cost_per_buyer
    FROM counted ORDER BY month
"""


def letters(results: Results) -> tuple[Figure, ...]:
    """The figure on direct mail; none where no letter was ever sent."""
    newest: date | None = results(_NEWEST).row["day"]
    if newest is None:
        return ()
    mailings = results(_MAILINGS, newest=newest)
    return (by_mailing(mailings),) if mailings else ()


def by_mailing(mailings: Result) -> Figure:
    """What a customer by letter costs within three months, mailing by mailing."""
    drawn = [
        {**row, "mailing": f"{row['month']:%B %Y}"}
        for row in mailings.rows
        if row["cost_per_buyer"] is not None
    ]
    return Figure(
        finding=verdict(mailings.rows),
        of=mailings,
        chart=bars(drawn, "mailing", "cost_per_buyer", unit="EUR", cases="buyers") if drawn else None,
        columns={
            "month": "mailed in the month from",
            "spend": Column("cost", "EUR"),
            "due": "can be told from",
            "accounts": "registered",
            "buyers": "bought",
            "revenue": Column("revenue in three months", "EUR"),
            "cost_per_buyer": Column("cost per customer", "EUR"),
        },
        definition="What the letters of a month cost, over those who registered by direct mail in that month "
        "or the next (up to the next mailing) and bought within ninety days of it. Empty until the last of "
        "them has had ninety days. Interval of 95 % of the ratio of two costs, buyers as Poisson counts.",
        limits="Letters are sent to people in different seasons: what changed between two mailings, such as "
        "the page they lead to, is not told apart from all else that changed. Many who are written to buy "
        "later than after three months; their customers look too dear here, but alike in every mailing.",
    )


def verdict(mailings: Sequence[Mapping[str, Any]]) -> str:
    """Whether a customer by letter became cheaper, or from when on one can tell."""
    latest, settled = mailings[-1], [row for row in mailings if row["settled"]]
    told = compared(settled) if settled else ""
    if latest["settled"]:
        return told
    mailing = f"Direct mail of {latest['month']:%B %Y}"
    early = f"{mailing}: too early until {latest['due']} to say what a customer costs"
    return f"{early}. {told}" if told else early


def compared(settled: Sequence[Mapping[str, Any]]) -> str:
    """The newest of the mailings that can be told, against the one before."""
    new = settled[-1]
    cost = f"The letters of {new['month']:%B %Y} cost {shown(new['spend'], 'EUR')}"
    if not new["buyers"]:
        return f"{cost} and brought nobody who bought within three months"
    said = f"A customer by the letters of {new['month']:%B %Y} costs {shown(new['cost_per_buyer'], 'EUR')}"
    if len(settled) == 1 or not settled[-2]["buyers"]:
        return f"{said}; there is no mailing before to hold it against"
    old = settled[-2]
    against = f"{said}, by those of {old['month']:%B %Y} {shown(old['cost_per_buyer'], 'EUR')}"
    ratio = log(new["cost_per_buyer"] / old["cost_per_buyer"])
    reach = Z * sqrt(1 / new["buyers"] + 1 / old["buyers"])
    change, low, high = (exp(each) - 1 for each in (ratio, ratio - reach, ratio + reach))
    if low <= 0 <= high:
        return f"{against}: nobody can tell them apart"
    return f"{against}: {shown(change, 'change')} ({shown(low, 'change')} to {shown(high, 'change')})"
