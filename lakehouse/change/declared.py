"""What a project declares, as plain data: to be held against what another revision of it declares.

Run as ``python -m lakehouse.change.declared FOLDER PACKAGE`` it prints that of another tree, in a process
of its own: two revisions of one package cannot be imported into one process. Both are read by *this*
road, so that a change of the road is no change of contract.
"""

import json
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Self

from lakehouse.change.terms import Terms, terms_of
from lakehouse.dataset import Dataset
from lakehouse.discovery import Catalog, discover

__all__ = ["DeclaredTable", "declared_tables"]


@dataclass(frozen=True, slots=True)
class DeclaredTable:
    """One dataset of a revision: its address ``layer.name``, its terms, and the day on which it goes."""

    address: str
    owner: str
    terms: Terms
    deprecated: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """The table as JSON can hold it."""
        return asdict(self) | {"terms": self.terms.to_dict()}

    @classmethod
    def from_dict(cls, body: Mapping[str, Any]) -> Self:
        """The table that :meth:`to_dict` wrote."""
        return cls(**{**body, "terms": Terms.from_dict(body["terms"])})


def declared_tables(catalog: Catalog) -> dict[str, DeclaredTable]:
    """Every dataset, by name."""
    return {
        dataset.name: DeclaredTable(dataset.full_name, dataset.owner, _terms(dataset), dataset.deprecated)
        for dataset in catalog
    }


def _terms(dataset: Dataset) -> Terms:
    """The terms as declared: where windows begin in the company's time zone, a setting says which that is."""
    windows = dataset.partitions
    if windows is None:
        return terms_of(dataset)
    return terms_of(replace(dataset, partitions=replace(windows, company_timezone="the company's")))


if __name__ == "__main__":
    tables = declared_tables(discover(sys.argv[2], Path(sys.argv[1])))
    json.dump({name: table.to_dict() for name, table in tables.items()}, sys.stdout)
