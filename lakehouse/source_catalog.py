"""What a company's systems hold and how it gets into the lake: an entry per table, stream or kind of file.

The entries are data, in ``assets/sources``: a file per system, named after it, each with one
:class:`SourceSystem`. A bronze dataset's source (``Files("shop", "orders")``) is described by the entry of
that system and table. Entries may be there before anything reads them: the list of what could come next.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum
from types import ModuleType

from lakehouse.declaration import owner_problem
from lakehouse.discovery import Catalog, modules_in
from lakehouse.errors import DeclarationError, explain

__all__ = ["Priority", "SourceCatalog", "SourceSystem", "SourceTable", "discover_sources"]


class Priority(IntEnum):
    """How soon a source is wanted in the lake."""

    FIRST = 1
    """The questions asked every week need it."""
    NEXT = 2
    """A known question waits for it."""
    LATER = 3
    """Nobody has asked yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceTable:
    """One table, stream or series of files of a system.

    Attributes:
        name: as the bucket has it: ``BUCKET/system/name``.
        holds: one sentence, what one row or record is.
        format: how it lies in the bucket.
        taken: how it gets there: dumped whole, by change time, as it happens, a file per day.
        every: how often something new arrives; where nothing does for twice as long, something is wrong.
        history: what of the past is there.
        per_day: records that arrive in a day, as an order of magnitude.
        personal: the fields that hold personal data, or can.
        priority: how soon it is wanted.
        note: what one must know to read it rightly.
    """

    name: str
    holds: str
    format: str
    taken: str
    every: timedelta
    history: str
    per_day: int
    personal: tuple[str, ...] = ()
    priority: Priority = Priority.FIRST
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSystem:
    """A system that gives data: what and where it is, and who answers for what it gives."""

    name: str
    title: str
    what: str
    where: str
    owner: str
    tables: tuple[SourceTable, ...]


@dataclass(frozen=True, slots=True)
class SourceCatalog:
    """All systems, by name."""

    systems: tuple[SourceSystem, ...]

    def __iter__(self) -> Iterator[tuple[SourceSystem, SourceTable]]:
        """Every table with its system."""
        return ((system, table) for system in self.systems for table in system.tables)

    def find(self, system: str, table: str) -> tuple[SourceSystem, SourceTable] | None:
        """The entry of a table; None where there is none."""
        return next((each for each in self if (each[0].name, each[1].name) == (system, table)), None)

    def missing(self, catalog: Catalog) -> list[str]:
        """The sources that bronze reads and nobody has described, as ``system.table``."""
        sources = {each.source for each in catalog if each.source}
        return sorted(each.name for each in sources if self.find(each.system, each.table) is None)


def discover_sources(package: str) -> SourceCatalog:
    """Collect the systems that the modules of ``package.sources`` declare, by name; none without the folder.

    Raises :class:`DeclarationError` for a file that declares none or several, or whose name is not the
    system's, for an owner that names nobody, and for a table that is described twice.
    """
    return SourceCatalog(tuple(_declared(module) for module in modules_in(f"{package}.sources")))


def _declared(module: ModuleType) -> SourceSystem:
    found = [each for each in vars(module).values() if isinstance(each, SourceSystem)]
    name, names = module.__name__.rpartition(".")[2], [each.name for each in found]
    where = f"{module.__name__.replace('.', '/')}.py"
    if names != [name]:
        raise DeclarationError(
            explain(
                "a file of sources declares one system, of its own name",
                where=where,
                expected=f"SourceSystem(name={name!r}, …)",
                found=", ".join(names) or "none",
                remedy="rename the file or the system, or give each system a file",
            )
        )
    if problem := owner_problem(found[0].owner, where):
        raise DeclarationError(problem)
    tables = [table.name for table in found[0].tables]
    twice = sorted({table for table in tables if tables.count(table) > 1})
    if twice:
        raise DeclarationError(
            explain(
                "a table is described twice", where=where, found=", ".join(twice), remedy="leave one entry"
            )
        )
    return found[0]
