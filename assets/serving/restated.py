"""The figure that says which past days' figures have changed since they were last shown."""

from collections.abc import Mapping, Sequence
from typing import Any

from lakehouse.pages import Column, Figure, Results
from lakehouse.pages.page import shown

MONEY = frozenset({"revenue", "ad_spend"})
_RESTATED = """
    WITH versions AS (
        SELECT day, figure, value, shown_at,
               lag(value) OVER (PARTITION BY day, figure ORDER BY shown_at) AS value_before
        FROM gold.daily_figures WHERE figure IN ({figures})
    ), recent AS (
        SELECT day, figure, value, value_before, shown_at,
               row_number() OVER (PARTITION BY day, figure ORDER BY shown_at) AS first_place,
               row_number() OVER (PARTITION BY day, figure ORDER BY shown_at DESC) AS last_place
        FROM versions
        WHERE value_before IS NOT NULL
            AND shown_at > (SELECT max(shown_at) FROM gold.daily_figures) - INTERVAL '7 days'
    ), told AS (
        SELECT figure, day, max(CASE WHEN first_place = 1 THEN value_before END) AS before,
               max(CASE WHEN last_place = 1 THEN value END) AS now, max(shown_at) AS restated_at
        FROM recent GROUP BY figure, day
    )
    SELECT figure, day, before, now, now - before AS change, restated_at
    FROM told WHERE now <> before ORDER BY abs(now - before) DESC, day, figure
"""


def restated(results: Results, figures: Sequence[str]) -> tuple[Figure, ...]:
    """What was restated in the last seven days, of these figures; nothing where no versions are kept yet."""
    if not results.known("gold.daily_figures"):
        return ()
    names = ", ".join(f":figure{place}" for place in range(len(figures)))
    bound = {f"figure{place}": name for place, name in enumerate(figures)}
    found = results(_RESTATED.format(figures=names), **bound)
    return (
        Figure(
            finding=words(found.rows),
            of=found,
            columns={
                "figure": "figure",
                "day": "day",
                "before": "shown before",
                "now": "now",
                "change": "change",
                "restated_at": Column("restated"),
            },
            definition="Days whose figures are others than they were a week before the newest version: late "
            "events, changed orders and reports that platforms correct. Every page shows the newest version.",
            limits="A day's first version is no restatement, however late it came.",
        ),
    )


def words(rows: Sequence[Mapping[str, Any]]) -> str:
    """Which figures of how many days changed, and by how much in all."""
    if not rows:
        return "No past day's figures have changed in the last seven days"
    days = {row["day"] for row in rows}
    parts = []
    for name in sorted({row["figure"] for row in rows}):
        change = float(sum(row["change"] for row in rows if row["figure"] == name))
        amount = shown(change, "EUR") if name in MONEY else shown(round(change))
        parts.append(f"{name.replace('_', ' ')} {'+' if change > 0 else ''}{amount}")
    what = "1 past day has" if len(days) == 1 else f"{len(days):,} past days have"
    return f"{what} changed in the last seven days: {', '.join(parts)}"
