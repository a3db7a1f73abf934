"""How a contract differs from the one that is deployed: what the table's commits say was promised."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from pyspark.sql.types import StructType

from lakehouse.change.difference import Change, Difference, compare, worst
from lakehouse.change.stamps import never_broken
from lakehouse.change.statistics import surely_kept
from lakehouse.change.terms import ColumnTerms, Terms, terms_of
from lakehouse.dataset import Dataset
from lakehouse.engine import deltalog
from lakehouse.lake import Lake
from lakehouse.modes import History
from lakehouse.writing.history import VALIDITY
from lakehouse.writing.record import CommitRecord

__all__ = ["ContractChange", "contract_change", "deployed_terms", "way_out"]


@dataclass(frozen=True, slots=True)
class ContractChange:
    """Every change, and the gravest class among them."""

    changes: tuple[Change, ...] = ()

    @property
    def kind(self) -> Difference:
        """The class of the whole."""
        return worst(self.changes)

    @property
    def breaking(self) -> tuple[Change, ...]:
        """The changes that would break readers."""
        return tuple(change for change in self.changes if change.kind is Difference.BREAKING)

    @property
    def mended_by_rebuild(self) -> bool:
        """Whether writing the whole table anew is enough to make every breaking change harmless."""
        return all(change.rebuild for change in self.breaking)

    @property
    def details(self) -> tuple[str, ...]:
        """A phrase for each change."""
        return tuple(str(change) for change in self.changes)


def contract_change(lake: Lake, dataset: Dataset, records: Iterable[CommitRecord]) -> ContractChange:
    """Compare a contract with the deployed table and the records in its log, newest first.

    A rule that is stricter than before breaks nothing where the rows that are there surely keep it:
    no row broke it while it warned, or the statistics in the log show it.
    """
    if not deltalog.exists(lake.table(dataset)):
        return ContractChange()
    known = list(records)
    deployed = deployed_terms(lake, dataset, known)
    changes = compare(deployed, terms_of(dataset))
    return ContractChange(tuple(_judged(lake, dataset, known, change) for change in changes))


def way_out(name: str, change: ContractChange) -> str:
    """What to do about a breaking change of a dataset's contract."""
    beside = f"`lakehouse contract new-version {name}` puts the new contract into a table beside this one"
    if change.mended_by_rebuild:
        return f"`lakehouse run {name} --rebuild` holds every row to it; or {beside}"
    return beside


def deployed_terms(lake: Lake, dataset: Dataset, records: Sequence[CommitRecord]) -> Terms:
    """What the table promises: the terms in the newest record that states them, as the columns now are.

    A table whose records state none has its columns, and nothing is known of its rules.
    """
    stated = next((Terms.from_dict(record.terms) for record in records if record.terms), None)
    schema = StructType.fromJson(json.loads(deltalog.open_table(lake.table(dataset)).schema().to_json()))
    own = VALIDITY if isinstance(dataset.mode, History) else ()
    columns: dict[str, ColumnTerms] = {}
    for field in schema.fields:
        if field.name.startswith("_") or field.name in own:
            continue
        kind = field.dataType.simpleString()
        declared = stated.columns.get(field.name) if stated else None
        columns[field.name] = (
            replace(declared, type=kind) if declared else _unstated(dataset, field.name, kind)
        )
    if stated is None:
        return Terms(grain="", columns=columns, rules=None)
    return replace(stated, columns=columns)


def _unstated(dataset: Dataset, name: str, kind: str) -> ColumnTerms:
    """A column of which nothing but the type is known: taken for what the contract says, else."""
    wanted = terms_of(dataset).columns.get(name)
    return replace(wanted, type=kind) if wanted else ColumnTerms(kind)


def _judged(lake: Lake, dataset: Dataset, records: Sequence[CommitRecord], change: Change) -> Change:
    rule = (terms_of(dataset).rules or {}).get(change.rule or "")
    if change.kind is not Difference.BREAKING or rule is None:
        return change
    if never_broken(change.rule or "", rule, records) or surely_kept(lake.table(dataset), rule):
        return replace(change, kind=Difference.RULES, new=f"{change.new}, which every row there keeps")
    return change
