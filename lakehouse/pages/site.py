"""Writing the site: all pages, each whole or as it was."""

import os
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from lakehouse.errors import LakehouseError
from lakehouse.lake import Lake
from lakehouse.pages.declaration import Dashboard, discover_pages, page_named
from lakehouse.pages.html import Link, render_index, render_page
from lakehouse.pages.page import Page
from lakehouse.telling.drops import Drop, tell_drops
from lakehouse.telling.logs import get_logger

__all__ = ["Built", "site_dir", "write_site"]

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Built:
    """What became of one page: its file, or why it is as it was; and the drops that it shows."""

    dashboard: Dashboard
    file: Path
    finding: str
    problem: str = ""
    drops: tuple[Drop, ...] = ()


def site_dir(lake: Lake) -> Path:
    """The folder of this environment's site."""
    return lake.settings.var_dir / "site" / lake.settings.environment


def write_site(
    lake: Lake, names: Iterable[str] = (), *, say: Callable[[str], None] | None = None
) -> tuple[Built, ...]:
    """Build the pages (some by name, else all) and the list of all. One that cannot be made stops no other.

    Whoever owns a page is told of what dropped on it, once.

    Raises :class:`LakehouseError` for a name that no page has.
    """
    dashboards = discover_pages(lake.settings, lake.catalog)
    wanted = _chosen(dashboards, tuple(names))
    folder = site_dir(lake)
    folder.mkdir(parents=True, exist_ok=True)
    built, pages = list[Built](), dict[str, Page]()
    for dashboard in wanted:
        try:
            pages[dashboard.name] = dashboard.build(lake.settings)
        except LakehouseError as error:
            log.warning("page.failed", f"the page {dashboard.name} could not be made", reason=str(error))
            built.append(Built(dashboard, folder / f"{dashboard.name}.html", "", str(error)))
            continue
        if say:
            say(f"{dashboard.title}: {pages[dashboard.name].finding}")
    links = [_link(dashboard, pages, built) for dashboard in dashboards]
    for dashboard in wanted:
        if dashboard.name in pages:
            page = pages[dashboard.name]
            file = folder / f"{dashboard.name}.html"
            _write(file, render_page(lake, dashboard, page, links))
            tell_drops(lake.settings, f"serving.{dashboard.name}", dashboard.owner, page.drops)
            built.append(Built(dashboard, file, page.finding, drops=page.drops))
    _write(folder / "index.html", render_index(lake, links))
    return tuple(built)


def _chosen(dashboards: tuple[Dashboard, ...], names: tuple[str, ...]) -> tuple[Dashboard, ...]:
    return tuple(page_named(dashboards, name) for name in names) or dashboards


def _link(dashboard: Dashboard, pages: dict[str, Page], failed: list[Built]) -> Link:
    page = pages.get(dashboard.name)
    problem = next((each.problem for each in failed if each.dashboard is dashboard), "")
    return Link(dashboard.name, dashboard.title, dashboard.team, page.finding if page else "", problem)


def _write(file: Path, text: str) -> None:
    handle, partial = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        out.write(text)
    Path(partial).chmod(0o644)
    Path(partial).replace(file)
