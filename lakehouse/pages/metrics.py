"""Metrics on pages: the same few queries for every entry of the registry, never a number of a page's own.

Names in these queries are the registry's, which holds them against the tables' contracts; days are bound.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from lakehouse.contributions import Part, of_product, of_ratio, of_sum
from lakehouse.metrics import Better, Metric, Metrics
from lakehouse.pages.page import Tile, shown
from lakehouse.pages.results import Result, Results

__all__ = ["Movement", "by_member", "last_day", "moved_by_factors", "movement", "tile", "weekly"]

_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Movement:
    """A metric in two spans of days: seven to ``last`` and the seven before. None where nothing is known."""

    metric: Metric
    now: float | None
    before: float | None
    result: Result

    @property
    def change(self) -> float | None:
        """The relative change."""
        if self.now is None or not self.before:
            return None
        return self.now / self.before - 1

    @property
    def good(self) -> bool | None:
        """Whether it moved the right way; None where it did not move, or no way is right."""
        if not self.change or self.metric.better is Better.NEITHER:
            return None
        return (self.change > 0) == (self.metric.better is Better.UP)


def last_day(results: Results, metric: Metric) -> date | None:
    """The newest day that the metric's table has."""
    found: date | None = results(f"SELECT max({metric.time}) AS day FROM gold.{metric.table}").row["day"]
    return found


def movement(results: Results, metric: Metric, last: date) -> Movement:
    """The seven days to ``last`` against the seven before."""
    found = results(
        f"""
        SELECT CASE WHEN {metric.time} > :middle THEN 'now' ELSE 'before' END AS span,
               {metric.formula} AS value
        FROM gold.{metric.table}
        WHERE {metric.time} > :first AND {metric.time} <= :last
        GROUP BY 1 ORDER BY 1
        """,
        middle=last - _WEEK,
        first=last - 2 * _WEEK,
        last=last,
    )
    values = {row["span"]: row["value"] for row in found.rows}
    now, before = values.get("now"), values.get("before")
    return Movement(metric, _number(now), _number(before), found)


def tile(moved: Movement) -> Tile:
    """The metric as a number on top of a page."""
    change = "" if moved.change is None else f"{shown(moved.change, 'change')} on the week before"
    return Tile(moved.metric.title, shown(moved.now, moved.metric.unit), change, moved.good)


def weekly(results: Results, metric: Metric, last: date, *, weeks: int = 26) -> Result:
    """The metric week by week: rows of ``week`` (its last day) and ``value``; whole weeks only."""
    return results(
        f"""
        SELECT CAST(date_bin(INTERVAL '7 days', {metric.time}, :after) AS DATE) + INTERVAL '6 days' AS week,
               {metric.formula} AS value
        FROM gold.{metric.table}
        WHERE {metric.time} > :first AND {metric.time} <= :last
        GROUP BY 1 HAVING count(DISTINCT {metric.time}) = 7 ORDER BY 1
        """,
        after=datetime.combine(last + timedelta(days=1), time()),
        first=last - weeks * _WEEK,
        last=last,
    )


def by_member(
    results: Results, metric: Metric, dimension: str, last: date
) -> tuple[Result, tuple[Part, ...]]:
    """What each member of a dimension contributed to the metric's change, greatest first, with the rows."""
    if dimension not in metric.dimensions:
        message = f"{metric.name} is not broken down by {dimension}, but by {', '.join(metric.dimensions)}"
        raise ValueError(message)
    per = metric.per or "0"
    found = results(
        f"""
        SELECT {dimension} AS member,
               sum(CASE WHEN {metric.time} > :middle THEN {metric.measure} END) AS now,
               sum(CASE WHEN {metric.time} > :middle THEN {per} END) AS now_per,
               sum(CASE WHEN {metric.time} <= :middle THEN {metric.measure} END) AS before,
               sum(CASE WHEN {metric.time} <= :middle THEN {per} END) AS before_per
        FROM gold.{metric.table}
        WHERE {metric.time} > :first AND {metric.time} <= :last
        GROUP BY 1 ORDER BY 1
        """,
        middle=last - _WEEK,
        first=last - 2 * _WEEK,
        last=last,
    )
    if metric.per is None:
        parts = of_sum(_side(found, "before"), _side(found, "now"))
    else:
        parts = of_ratio(_pairs(found, "before"), _pairs(found, "now"))
    return found, tuple(sorted(parts, key=lambda part: -abs(part.change)))


def moved_by_factors(results: Results, metrics: Metrics, metric: Metric, last: date) -> tuple[Part, ...]:
    """What each factor of a metric contributed to its change; nothing where a factor is not known."""
    factors = [movement(results, metrics[name], last) for name in metric.factors]
    before = {each.metric.title: each.before for each in factors if each.before is not None}
    now = {each.metric.title: each.now for each in factors if each.now is not None}
    if len(before) < len(factors) or len(now) < len(factors):
        return ()
    return of_product(before, now)


def _number(value: object) -> float | None:
    return None if value is None else float(value)  # type: ignore[arg-type]


def _side(found: Result, side: str) -> dict[str, float]:
    return {str(row["member"]): float(row[side] or 0) for row in found.rows}


def _pairs(found: Result, side: str) -> dict[str, tuple[float, float]]:
    return {str(row["member"]): (float(row[side] or 0), float(row[f"{side}_per"] or 0)) for row in found.rows}
