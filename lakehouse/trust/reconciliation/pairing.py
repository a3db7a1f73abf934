"""Which silver table mirrors a source's table, and by which columns the two can be compared.

Told from the bronze dataset's source and from lineage: a silver table that is written by ``Upsert`` from the
changes of one bronze table has its latest version of each record. A silver column that is made of one bronze
column of the same type is taken for that column; any other is left out, and the report says so.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from lakehouse.change.lineage import Source, recorded_lineage
from lakehouse.change.usage import records_of
from lakehouse.contract import Protection
from lakehouse.dataset import Dataset
from lakehouse.engine import deltalog
from lakehouse.errors import SourceError, explain
from lakehouse.lake import Lake
from lakehouse.modes import Upsert
from lakehouse.reading import Changes

__all__ = ["ComparedColumn", "Pair", "known_pairs", "mirrored", "pairs"]


@dataclass(frozen=True, slots=True)
class ComparedColumn:
    """A column of the source and what silver calls it; ``pii`` is its kind where silver has a pseudonym."""

    source: str
    silver: str
    type: str
    pii: str | None = None


@dataclass(frozen=True, slots=True)
class Pair:
    """A source's table, the bronze dataset that takes it in, and the silver one that mirrors it."""

    bronze: Dataset
    silver: Dataset
    key: tuple[ComparedColumn, ...]
    columns: tuple[ComparedColumn, ...]
    left_out: tuple[str, ...]

    @property
    def name(self) -> str:
        """``system.table``."""
        return self.bronze.source.name if self.bronze.source else self.bronze.name


def pairs(lake: Lake, system: str, names: Sequence[str] = ()) -> tuple[Pair, ...]:
    """The pairs of one source system, or those of some silver datasets of it.

    Raises :class:`SourceError` where a dataset named mirrors no table of that system.
    """
    wanted = {lake.catalog[name].name for name in names}
    found = known_pairs(lake, system)
    unknown = sorted(wanted - {pair.silver.name for pair in found})
    if unknown or not found:
        raise SourceError(
            explain(
                "there is nothing to hold against the source",
                where=", ".join(unknown) or f"source {system}",
                expected="a silver table, already built, that upserts the changes of one bronze table"
                f" of {system} by its key",
                remedy="see `lakehouse datasets`; run the dataset first",
            )
        )
    return tuple(pair for pair in found if not wanted or pair.silver.name in wanted)


def known_pairs(lake: Lake, system: str) -> tuple[Pair, ...]:
    """The pairs of one source system of which silver is built, and says what its columns are made of."""
    return tuple(pair for dataset in lake.catalog if (pair := _pair(lake, dataset, system)))


def mirrored(lake: Lake, dataset: Dataset) -> Dataset | None:
    """The bronze dataset of which a silver one keeps the latest version of each record, as it is declared."""
    if not isinstance(dataset.mode, Upsert) or not dataset.mode.sequence:
        return None
    changing = [lake.catalog[name] for name, read in dataset.reads.items() if isinstance(read, Changes)]
    return changing[0] if len(changing) == 1 and changing[0].source else None


def _pair(lake: Lake, dataset: Dataset, system: str) -> Pair | None:
    bronze = mirrored(lake, dataset)
    if bronze is None or bronze.source is None or bronze.source.system != system:
        return None
    lineage = (
        recorded_lineage(records_of(lake, dataset.name)) if deltalog.exists(lake.table(dataset)) else None
    )
    if lineage is None or lineage.unknown:
        return None
    same: dict[str, ComparedColumn] = {}
    for name, sources in lineage.columns.items():
        column = _same(bronze, dataset, name, sources)
        if column and column.source not in same:
            same[column.source] = column
    if not set(bronze.spec.key) <= set(same):
        return None
    others = tuple(column for name, column in same.items() if name not in bronze.spec.key)
    left_out = tuple(name for name in bronze.spec.column_names if name not in same)
    return Pair(bronze, dataset, tuple(same[name] for name in bronze.spec.key), others, left_out)


def _same(bronze: Dataset, silver: Dataset, name: str, sources: Collection[Source]) -> ComparedColumn | None:
    """The silver column as the bronze one it repeats, if it does."""
    ((address, source), *others) = sources or [("", "")]
    known = address == bronze.full_name and source in bronze.spec.column_names
    if others or not known or name not in silver.spec.column_names:
        return None
    theirs, ours = bronze.spec.column(source), silver.spec.column(name)
    if theirs.words.pii:
        pseudonym = theirs.words.protect is Protection.PSEUDONYM
        return ComparedColumn(source, name, "string", theirs.words.pii) if pseudonym else None
    kind = theirs.type.simpleString()
    return ComparedColumn(source, name, kind) if kind == ours.type.simpleString() else None
