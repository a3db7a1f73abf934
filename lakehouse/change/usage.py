"""Who uses a column: the tables that read it, the queries registered outside of the graph, and theirs."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from lakehouse.change.difference import Change, What
from lakehouse.change.lineage import Lineage, declared_uses, recorded_lineage
from lakehouse.change.queries import Query, registered_queries
from lakehouse.dataset import Dataset
from lakehouse.discovery import Catalog
from lakehouse.engine import deltalog
from lakehouse.errors import TableError
from lakehouse.lake import Lake
from lakehouse.writing.record import CommitRecord

__all__ = ["Consumer", "Usage", "records_of"]

_NEVER_RUN = Lineage(unknown="it never ran here, so its columns' lineage is not recorded")
_UNREADABLE = Lineage(unknown="its log cannot be read")


@dataclass(frozen=True, slots=True)
class Consumer:
    """Somebody who uses a column, directly or through others.

    ``name`` is a dataset or ``consumers/QUERY``. ``columns`` are the dataset's columns that are made of
    it; empty where it only decides which rows there are. ``sure`` is False where the lineage is
    not known, so that it counts as using everything it reads.
    """

    name: str
    owner: str
    columns: tuple[str, ...] = ()
    used_by: str = ""
    sure: bool = True

    def __str__(self) -> str:
        words = f"{self.name} ({self.owner})"
        if self.used_by:
            words += f", used by {self.used_by}"
        if not self.sure:
            return f"{words}, perhaps"
        return f"{words}: {', '.join(self.columns)}" if self.columns else words


@dataclass(frozen=True, slots=True)
class Usage:
    """The lineage of every dataset, by name, and the queries."""

    catalog: Catalog
    lineages: Mapping[str, Lineage]
    queries: tuple[Query, ...] = ()

    @classmethod
    def recorded(cls, lake: Lake) -> Self:
        """The usage that the tables' own commits tell, without Spark; unknown where a table never ran."""
        lineages, columns = {}, {}
        for dataset in lake.catalog:
            try:
                lineages[dataset.name] = recorded_lineage(records_of(lake, dataset.name)) or _NEVER_RUN
                columns[dataset.full_name] = _columns(lake, dataset)
            except TableError:  # whoever asks for this table is told; the others are answered all the same
                lineages[dataset.name] = _UNREADABLE
        return cls(lake.catalog, lineages, registered_queries(lake.settings.project, lake.catalog, columns))

    def with_queries_before(self, project: Path, columns: Mapping[str, Iterable[str]]) -> Self:
        """The same with queries that may also read ``columns`` that were there before, by table."""
        return replace(self, queries=registered_queries(project, self.catalog, columns))

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong with the queries."""
        return tuple(problem for query in self.queries for problem in query.problems)

    def concerned(self, dataset: str, change: Change) -> tuple[Consumer, ...]:
        """Who feels a change of a dataset's contract: nobody uses what is only being added."""
        if change.what in (What.COLUMN_ADDED, What.TABLE_ADDED):
            return ()
        return self.of(dataset, change.column)

    def of(self, dataset: str, column: str | None) -> tuple[Consumer, ...]:
        """Who uses a column of a dataset, or any column where ``column`` is None; nearest first.

        Goes on through the columns made of it. Where a table's rows depend on it, so do all of the
        table's columns.
        """
        found: dict[str, Consumer] = {}
        todo: list[tuple[str, str | None]] = [(dataset, column)]
        done: set[tuple[str, str | None]] = set()
        while todo:
            name, each = todo.pop(0)
            if (name, each) in done or (name, None) in done:
                continue
            done.add((name, each))
            for consumer, next_ones in self._direct(name, each):
                before = found.get(consumer.name)
                found[consumer.name] = _joined(before, consumer) if before else consumer
                todo += next_ones
        return tuple(found.values())

    def _direct(
        self, dataset: str, column: str | None
    ) -> Iterator[tuple[Consumer, list[tuple[str, str | None]]]]:
        for reader in self.catalog.readers_of(dataset):
            source = (self.catalog[dataset].full_name, column or "")
            lineage = self.lineages.get(reader.name, _NEVER_RUN)
            sure = lineage.unknown is None
            made = lineage.of(source)
            decides = source in lineage.rows or source in declared_uses(self.catalog, reader)
            if not sure or column is None or decides:
                yield Consumer(reader.full_name, reader.owner, made, sure=sure), [(reader.name, None)]
            elif made:
                yield Consumer(reader.full_name, reader.owner, made), [(reader.name, each) for each in made]
        for query in self.queries:
            if any(_bare(table) == dataset and column in (None, used) for table, used in query.uses):
                yield Consumer(f"consumers/{query.name}", query.owner, used_by=query.used_by), []


def records_of(lake: Lake, name: str) -> Iterable[CommitRecord]:
    """The records in a dataset's log, newest first; none where it has no table."""
    table = lake.table(lake.catalog[name])
    commits = deltalog.commits(table) if deltalog.exists(table) else ()
    return (commit.record for commit in commits if commit.record)


def _columns(lake: Lake, dataset: Dataset) -> list[str]:
    """The columns that a dataset's table has; none where it has no table."""
    table = lake.table(dataset)
    return (
        [each.name for each in deltalog.open_table(table).schema().fields] if deltalog.exists(table) else []
    )


def _bare(address: str) -> str:
    """A table's name without its layer; names are unique in the lake."""
    return address.rpartition(".")[2]


def _joined(one: Consumer, other: Consumer) -> Consumer:
    columns = (*one.columns, *(each for each in other.columns if each not in one.columns))
    return Consumer(one.name, one.owner, columns, one.used_by, sure=one.sure and other.sure)
