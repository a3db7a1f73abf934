"""Pages as HTML: whole files that open without a server and ask the network for nothing."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined

from lakehouse.lake import Lake
from lakehouse.pages.charts import NARROW, WIDE
from lakehouse.pages.declaration import Dashboard
from lakehouse.pages.health import Health, health_of
from lakehouse.pages.page import Column, Figure, Page, shown

__all__ = ["Link", "render_index", "render_page", "table_of", "templates"]

_MOST_SHOWN = 60
_TO_ITS_UNIT = re.compile(r"(?<=\d) (?=%|points)|(?<=€) (?=\d)")
_MINUS = re.compile(r"(?<![\w)])-(?=\d)")


@dataclass(frozen=True, slots=True)
class Link:
    """A page in the site's list: where it is, and what it says today (or why it could not be made)."""

    name: str
    title: str
    team: str
    finding: str
    problem: str = ""

    @property
    def file(self) -> str:
        """Its file, beside the others."""
        return f"{self.name}.html"


def templates() -> Environment:
    """The house's templates: everything escaped, nothing missing passed over."""
    environment = Environment(
        loader=PackageLoader("lakehouse.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["shown"] = shown
    environment.filters["typeset"] = _typeset
    environment.filters["moment"] = lambda time: f"{time.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    return environment


def _typeset(heading: str) -> str:
    """A heading as it is set: a number and its unit on one line, a minus as long as a plus."""
    return _MINUS.sub("−", _TO_ITS_UNIT.sub("\u00a0", heading))  # noqa: RUF001


def render_page(lake: Lake, dashboard: Dashboard, page: Page, links: Iterable[Link]) -> str:
    """A page's file."""
    tables = {table for figure in page.figures for table in figure.of.tables}
    health = {each.table: each for each in health_of(lake, tables)}
    return (
        templates()
        .get_template("page.html")
        .render(
            dashboard=dashboard,
            page=page,
            links=list(links),
            figures=[_figure(lake, dashboard, each, health) for each in page.figures],
            health=sorted(health.values(), key=lambda each: each.table),
            as_of=min((each.as_of for each in health.values()), default=None),
            made=datetime.now(UTC),
            environment=lake.settings.environment,
        )
    )


def render_index(lake: Lake, links: Iterable[Link]) -> str:
    """The site's first page: every page with what it says today."""
    return (
        templates()
        .get_template("index.html")
        .render(links=list(links), made=datetime.now(UTC), environment=lake.settings.environment)
    )


def _figure(lake: Lake, dashboard: Dashboard, figure: Figure, health: Mapping[str, Health]) -> dict[str, Any]:
    owner = figure.owner or dashboard.owner
    mine = [health[table] for table in figure.of.tables if table in health]
    return {
        "finding": figure.finding,
        "folded": figure.folded,
        "definition": figure.definition,
        "limits": figure.limits,
        "owner": owner,
        "wide": figure.chart.svg(WIDE) if figure.chart else "",
        "narrow": figure.chart.svg(NARROW) if figure.chart else "",
        "describes": figure.chart.describes if figure.chart else "",
        "table": table_of(figure),
        "rows": len(figure.of.rows),
        "query": figure.of.query,
        "health": mine,
        "sound": all(each.sound for each in mine),
        "as_of": figure.of.as_of,
        "doubt": _doubt(lake, dashboard, figure, owner),
    }


def table_of(figure: Figure) -> dict[str, Any]:
    """A figure's table as texts: ``heads`` and cells of ``rows``, each with whether it is a number."""
    columns = figure.columns or {name: name.replace("_", " ") for name in figure.of.columns}
    heads = {name: head if isinstance(head, Column) else Column(head) for name, head in columns.items()}
    numeric = {name: _is_number(figure.of.column(name)) for name in heads}
    return {
        "heads": [(head.heading, numeric[name]) for name, head in heads.items()],
        "rows": [
            [(shown(row[name], head.unit), numeric[name]) for name, head in heads.items()]
            for row in figure.of.rows[:_MOST_SHOWN]
        ],
        "more": max(len(figure.of.rows) - _MOST_SHOWN, 0),
    }


def _is_number(values: Iterable[Any]) -> bool:
    known = [value for value in values if value is not None]
    return bool(known) and all(
        isinstance(value, int | float | Decimal) and not isinstance(value, bool) for value in known
    )


def _doubt(lake: Lake, dashboard: Dashboard, figure: Figure, owner: str) -> str:
    """A letter to whoever answers for the number, begun already."""
    to = owner if "@" in owner else lake.settings.alert_mail_to or ""
    subject = f"This looks wrong: {dashboard.title}"
    body = (
        f"{figure.finding}\n\nWhat looks wrong, and what I expected:\n\n\n"
        f"For {owner}. The numbers come from: {', '.join(figure.of.tables)}\n{figure.of.query}\n"
    )
    return f"mailto:{quote(to)}?subject={quote(subject)}&body={quote(body)}"
