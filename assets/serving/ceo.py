"""The CEO's page: a few metrics, what moved, and by whom."""

from datetime import datetime, time, timedelta
from decimal import Decimal

from lakehouse.pages import Column, Figure, Page, Results, Tile, lines, page, steps
from lakehouse.pages.page import shown

_LAST = "SELECT max(day) AS day FROM gold.daily_sales"
_WEEKS = """
    SELECT CAST(date_bin(INTERVAL '7 days', day, :after) AS DATE) AS week,
           sum(revenue) AS revenue, sum(orders) AS orders
    FROM gold.daily_sales WHERE day > :last - INTERVAL '182 days'
    GROUP BY week ORDER BY week
"""
_MOVED = """
    SELECT channel,
           sum(CASE WHEN day > :last - INTERVAL '7 days' THEN revenue ELSE 0 END) AS this_week,
           sum(CASE WHEN day > :last - INTERVAL '7 days' THEN 0 ELSE revenue END) AS week_before,
           sum(CASE WHEN day > :last - INTERVAL '7 days' THEN revenue ELSE -revenue END) AS change
    FROM gold.daily_sales WHERE day > :last - INTERVAL '14 days'
    GROUP BY channel ORDER BY change DESC
"""


@page(
    title="CEO",
    team="the CEO",
    owner="team:growth",
    reads=["daily_sales", "daily_new_customers"],
    position=1,
)
def ceo(results: Results) -> Page:
    """Revenue and what moved it."""
    last = results(_LAST).row["day"]
    weeks = results(_WEEKS, last=last, after=datetime.combine(last + timedelta(days=1), time()))
    moved = results(_MOVED, last=last)
    now, before = sum(moved.column("this_week")), sum(moved.column("week_before"))
    change = now / before - 1 if before else Decimal(0)
    most = max(moved.rows, key=lambda row: abs(row["change"]))
    who, verb = most["channel"].replace("_", " "), "rose" if change > 0 else "fell"
    return Page(
        finding=f"Revenue {verb} {shown(abs(change), 'share')} in the last seven days, most of it in {who}",
        tiles=(
            Tile(
                "Revenue, 7 days", shown(now, "EUR"), f"{shown(change, 'change')} on the 7 before", change > 0
            ),
        ),
        figures=(
            Figure(
                finding=f"{who.capitalize()} moved revenue by {shown(most['change'], 'EUR')}",
                of=moved,
                chart=steps(moved.rows, "channel", "change", unit="EUR"),
                columns={
                    "channel": "channel",
                    "this_week": Column("last 7 days", "EUR"),
                    "week_before": Column("7 days before", "EUR"),
                    "change": Column("change", "EUR"),
                },
                definition="The total of the orders placed; the last seven days against the seven before.",
            ),
            Figure(
                finding="Revenue, week by week",
                of=weeks,
                chart=lines(weeks.rows, "week", "revenue", unit="EUR a week"),
                definition="Weeks of seven days that end with the newest day in the table.",
            ),
        ),
    )
