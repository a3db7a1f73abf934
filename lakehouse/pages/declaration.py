"""Declaring a page, as a dataset is declared: a decorator on one function, in a file of its name."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from lakehouse.dataset import Dataset
from lakehouse.declaration import owner_problem
from lakehouse.discovery import Catalog, modules_in
from lakehouse.errors import DeclarationError, explain
from lakehouse.layers import Layer
from lakehouse.pages.page import Page
from lakehouse.pages.results import Results
from lakehouse.settings import Settings

__all__ = ["Dashboard", "discover_pages", "page", "page_named"]


@dataclass(frozen=True, slots=True)
class Dashboard:
    """A page of the site: who it is for, who owns it, which gold tables it reads, and what makes it."""

    name: str
    title: str
    team: str
    owner: str
    reads: tuple[str, ...]
    function: Callable[[Results], Page]
    position: int = 100

    @property
    def file(self) -> Path:
        """The file that declares it."""
        return Path(self.function.__code__.co_filename)

    def build(self, settings: Settings) -> Page:
        """Ask the lake and say what was found. Opens the tables it names and no others."""
        page = self.function(Results(settings))
        strangers = {table for figure in page.figures for table in figure.of.tables} - self._readable()
        if strangers:
            raise DeclarationError(
                explain(
                    "the page asks tables that it does not declare",
                    where=f"page {self.name}",
                    expected=f"reads={list(self.reads)}",
                    found=", ".join(sorted(strangers)),
                    remedy="name them in reads=, so that lineage and refresh know of them",
                )
            )
        return page

    def _readable(self) -> set[str]:
        return {
            f"{layer.value}.{name}"
            for name in self.reads
            for layer in (Layer.GOLD, Layer.SERVING, Layer.SILVER)
        }


def page(
    *, title: str, team: str, owner: str, reads: Sequence[str], position: int = 100
) -> Callable[[Callable[[Results], Page]], Dashboard]:
    """Declare a page.

    Args:
        title: as the site's list names it.
        team: whose page it is.
        owner: who answers for it: ``team:NAME`` or an e-mail address.
        reads: the gold datasets it asks, by name (a silver dimension where it must).
        position: its place in the list; smaller is earlier.

    Raises :class:`DeclarationError` where the owner names nobody.
    """

    def declare(function: Callable[[Results], Page]) -> Dashboard:
        if problem := owner_problem(owner, f"page {function.__name__}"):
            raise DeclarationError(problem)
        return Dashboard(function.__name__, title, team, owner, tuple(reads), function, position)

    return declare


def discover_pages(settings: Settings, catalog: Catalog) -> tuple[Dashboard, ...]:
    """The project's pages, in their order, each in ``assets/serving`` in a module of its name.

    Raises :class:`DeclarationError` where one reads what a page may not read: only gold, serving, and
    silver where it must.
    """
    package = f"{settings.datasets}.{Layer.SERVING.value}"
    found = []
    for module in modules_in(package):
        for value in vars(module).values():
            if isinstance(value, Dashboard) and value.function.__module__ == module.__name__:
                _check(value, catalog)
                found.append(value)
    return tuple(sorted(found, key=lambda each: (each.position, each.title)))


def page_named(dashboards: Sequence[Dashboard], name: str) -> Dashboard:
    """A page by name, or an error that lists those there are."""
    for dashboard in dashboards:
        if dashboard.name == name:
            return dashboard
    names = ", ".join(dashboard.name for dashboard in dashboards)
    raise DeclarationError(explain(f"there is no page {name}", expected=f"one of {names or 'none yet'}"))


def _check(dashboard: Dashboard, catalog: Catalog) -> None:
    for name in dashboard.reads:
        dataset: Dataset = catalog[name]
        if dataset.layer is Layer.BRONZE:
            raise DeclarationError(
                explain(
                    "a page may not read bronze",
                    where=f"page {dashboard.name}",
                    expected="gold, or silver where it must",
                    found=dataset.full_name,
                )
            )
