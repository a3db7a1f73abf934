"""Metrics: each defined once, computed from exactly one table, and used from here by everything else.

A :class:`Metric` is one entry in the project's registry (``assets/metrics.py``, a tuple ``METRICS``).
Its value over any days and any part of the company is a sum of a column, or the ratio of two sums
(never a mean of ratios), so that days add up to weeks and channels to the whole. Pages, mail,
experiments and SQL read the same definition.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum

from lakehouse.declaration import owner_problem
from lakehouse.discovery import Catalog
from lakehouse.errors import DeclarationError, explain
from lakehouse.layers import Layer
from lakehouse.registry import entries_of, wrong
from lakehouse.settings import Settings

__all__ = ["Better", "Metric", "Metrics", "load_metrics"]

_NAME = re.compile(r"[a-z][a-z0-9_]*")


class Better(StrEnum):
    """Which way a metric should move."""

    UP = "up"
    DOWN = "down"
    NEITHER = "neither"


@dataclass(frozen=True, slots=True)
class Metric:
    """A number the company steers by.

    Attributes:
        name: as SQL and the command line say it, such as ``conversion``.
        title: as people say it.
        definition: one sentence that settles arguments: what is counted, and what is not.
        table: the gold dataset it comes from, the only one.
        measure: the column that is summed; a word of SQL's arithmetic is not needed here.
        per: the column whose sum divides it; without one the metric is the sum itself.
        unit: of the value: ``EUR``, ``orders``, ``share`` (shown in per cent), …
        better: which way is good.
        owner: who answers for it.
        team: whose page it stands on.
        time: the column with the company's day.
        dimensions: the columns it may be broken down by.
        factors: names of metrics whose product this one is, if it is one; the metric's tree.
    """

    name: str
    title: str
    definition: str
    table: str
    measure: str
    unit: str
    better: Better
    owner: str
    team: str
    per: str | None = None
    time: str = "day"
    dimensions: tuple[str, ...] = ()
    factors: tuple[str, ...] = ()

    @property
    def formula(self) -> str:
        """As SQL computes it over any number of rows of its table; whole numbers divide as fractions."""
        if self.per is None:
            return f"sum({self.measure})"
        return f"CAST(sum({self.measure}) AS DOUBLE) / nullif(sum({self.per}), 0)"


@dataclass(frozen=True, slots=True)
class Metrics:
    """The registry: metrics by name, in the order in which they were written down."""

    by_name: Mapping[str, Metric]

    @classmethod
    def of(cls, metrics: Iterable[Metric], catalog: Catalog) -> "Metrics":
        """Check the entries against each other and against the contracts of their tables.

        Raises :class:`DeclarationError` for a name that is taken or malformed, a table that is not gold,
        a column that its contract does not have, an unknown factor, or an owner that is none.
        """
        by_name: dict[str, Metric] = {}
        for metric in metrics:
            if metric.name in by_name:
                raise wrong(metric, "two metrics have one name", remedy="rename one")
            by_name[metric.name] = metric
            _check(metric, catalog)
        for metric in by_name.values():
            for factor in metric.factors:
                if factor not in by_name:
                    near = ", ".join(get_close_matches(factor, by_name) or by_name)
                    raise wrong(metric, "a factor is no metric", expected=near, found=factor)
        return cls(by_name)

    def __iter__(self) -> Iterator[Metric]:
        return iter(self.by_name.values())

    def __len__(self) -> int:
        return len(self.by_name)

    def __getitem__(self, name: str) -> Metric:
        """A metric by name, or an error that offers what is near."""
        if name not in self.by_name:
            near = get_close_matches(name, self.by_name) or list(self.by_name)
            raise DeclarationError(
                explain(f"there is no metric {name}", expected=f"one of {', '.join(near)}")
            )
        return self.by_name[name]

    def of_team(self, team: str) -> tuple[Metric, ...]:
        """A team's metrics."""
        return tuple(metric for metric in self if metric.team == team)


def load_metrics(settings: Settings, catalog: Catalog) -> Metrics:
    """The project's registry; empty where the project has none. For a catalog that was discovered."""
    return Metrics.of(entries_of(settings.datasets, "metrics", Metric), catalog)


def _check(metric: Metric, catalog: Catalog) -> None:
    if not _NAME.fullmatch(metric.name):
        raise wrong(metric, "not a name", expected="letters, digits and _", found=repr(metric.name))
    if problem := owner_problem(metric.owner, f"metric {metric.name}"):
        raise DeclarationError(problem)
    dataset = catalog[metric.table]
    if dataset.layer is not Layer.GOLD:
        raise wrong(metric, "metrics come from gold", expected="a gold dataset", found=dataset.full_name)
    columns = dataset.spec.column_names
    wanted = [metric.measure, metric.time, *metric.dimensions, *((metric.per,) if metric.per else ())]
    for column in wanted:
        if column not in columns:
            raise wrong(
                metric,
                f"{dataset.full_name} has no such column",
                expected=f"one of {', '.join(columns)}",
                found=column,
            )
