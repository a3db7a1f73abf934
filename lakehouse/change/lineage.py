"""Which columns of its inputs a table uses: as read from its transformation, and as declared."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from lakehouse.dataset import Dataset
from lakehouse.discovery import Catalog
from lakehouse.reading import Keys, Windows
from lakehouse.rules import References
from lakehouse.writing.record import CommitRecord

__all__ = ["Lineage", "declared_uses", "recorded_lineage"]

Source = tuple[str, str]
"""The address of an input (``silver.orders``, or ``sources.shop.orders`` for bronze) and a column of it."""


@dataclass(frozen=True, slots=True)
class Lineage:
    """Where a table's columns come from.

    ``columns`` gives for each column of the table the inputs' columns whose values it is made of.
    ``rows`` are columns that decide which rows there are: conditions, keys of joins and groups.
    ``unknown`` says why neither can be told; every column of every input then counts as used.
    """

    columns: Mapping[str, frozenset[Source]] = field(default_factory=dict)
    rows: frozenset[Source] = frozenset()
    unknown: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """The lineage as a record holds it; a source is written ``silver.orders.total``."""
        if self.unknown:
            return {"unknown": self.unknown}
        return {
            "columns": {name: _texts(sources) for name, sources in self.columns.items()},
            "rows": _texts(self.rows),
        }

    @classmethod
    def from_dict(cls, body: Mapping[str, Any]) -> Self:
        """The lineage in a record."""
        columns = {name: _sources(texts) for name, texts in body.get("columns", {}).items()}
        return cls(columns, _sources(body.get("rows", ())), body.get("unknown"))

    def of(self, source: Source) -> tuple[str, ...]:
        """The table's columns whose values are made of a source, in their order."""
        return tuple(name for name, sources in self.columns.items() if source in sources)


def declared_uses(catalog: Catalog, dataset: Dataset) -> frozenset[Source]:
    """The columns of its inputs that a dataset's declaration names: windows, keys, references."""
    found: set[tuple[str, str]] = set()
    for name, read in dataset.reads.items():
        if isinstance(read, Windows):
            found.add((name, read.by))
        elif isinstance(read, Keys):
            found |= {(name, column) for column in read.columns.values()}
    found |= {(rule.to, rule.to_column) for rule in dataset.batch_rules if isinstance(rule, References)}
    return frozenset((catalog[name].full_name, column) for name, column in found)


def recorded_lineage(records: Iterable[CommitRecord]) -> Lineage | None:
    """The lineage that the newest record to state one states; ``records`` newest first."""
    return next((Lineage.from_dict(record.lineage) for record in records if record.lineage), None)


def _texts(sources: Iterable[Source]) -> list[str]:
    return sorted(f"{address}.{column}" for address, column in sources)


def _sources(texts: Iterable[str]) -> frozenset[Source]:
    pairs = (text.rpartition(".") for text in texts)
    return frozenset((address, column) for address, _, column in pairs)
