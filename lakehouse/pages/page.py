"""A page as its author gives it: findings, each with its evidence. Plain data, no HTML.

Every chart stands in a :class:`Figure`, and a figure cannot be made without its finding, its rows and
its definition; where the numbers come from and from when they are is known from the result itself.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from lakehouse.pages.charts import Chart
from lakehouse.pages.results import Result
from lakehouse.telling.drops import Drop

__all__ = ["Column", "Figure", "Page", "Tile", "shown"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a figure's table: its heading, and its unit (``EUR``, ``share``, ``days`` …)."""

    heading: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Tile:
    """A number on its own: what it is, its value, and how it moved (already in words)."""

    title: str
    value: str
    moved: str = ""
    good: bool | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """One finding with its evidence.

    Attributes:
        finding: what was found, in one sentence with its number: the figure's title.
        of: the result that the chart and the table show.
        chart: drawn from it; None where the table says it better.
        columns: the table's columns in their order; all of the result's by default.
        definition: how each number is computed, in words that settle arguments.
        limits: what this cannot show; empty where there is nothing to warn of.
        owner: who answers for the numbers; the page's owner by default.
        folded: shown as its finding alone, until somebody opens it; for what only some read.
    """

    finding: str
    of: Result
    definition: str
    chart: Chart | None = None
    columns: Mapping[str, Column | str] = field(default_factory=dict)
    limits: str = ""
    owner: str = ""
    folded: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """What a page says: ``finding`` is its first sentence, ``tiles`` the numbers on top.

    ``drops`` are what fell lately: the page's owner is alerted, once for each, whenever the page is built.
    """

    finding: str
    figures: tuple[Figure, ...] = ()
    tiles: tuple[Tile, ...] = ()
    drops: tuple[Drop, ...] = ()


def shown(value: Any, unit: str = "") -> str:
    """A value as people read it: thousands apart, shares in per cent, money with two digits or none.

    Relative changes are a ``change``; differences of two shares are in percentage ``points``.
    """
    form = _FORMS.get(unit, _plain)
    if value is None:
        return "–"  # noqa: RUF001 - an empty cell has a dash
    return form(value)


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float | Decimal):
        whole = abs(float(value)) >= 100 or float(value).is_integer()  # noqa: PLR2004 - three digits do
        return f"{value:,.0f}" if whole else f"{value:,.2f}"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def _money(value: Any) -> str:
    amount = f"€ {abs(value):,.0f}" if abs(value) >= 100 else f"€ {abs(value):,.2f}"  # noqa: PLR2004 - cents where they tell
    return f"-{amount}" if value < 0 else amount


def _share(value: Any) -> str:
    share = float(value) * 100
    return f"{share:.1f} %" if abs(share) < 10 else f"{share:.0f} %"  # noqa: PLR2004


def _change(value: Any) -> str:
    change = float(value) * 100
    return f"{change:+.1f} %" if abs(change) < 10 else f"{change:+.0f} %"  # noqa: PLR2004


def _points(value: Any) -> str:
    return f"{float(value) * 100:+.1f} points"


_FORMS: dict[str, Callable[[Any], str]] = {
    "EUR": _money,
    "share": _share,
    "change": _change,
    "points": _points,
}
