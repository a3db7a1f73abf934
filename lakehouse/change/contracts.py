"""How a contract differs from the one under which the table was last written."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from lakehouse.dataset import Dataset
from lakehouse.engine import deltalog
from lakehouse.lake import Lake
from lakehouse.writing.evolve import breaks
from lakehouse.writing.record import CommitRecord

__all__ = ["ContractChange", "Difference", "contract_change"]


class Difference(StrEnum):
    """How much a contract differs, from least to most."""

    NONE = "none"
    RULES = "rules"
    """The columns fit; rows to come are judged by other rules than those before."""
    ADDITIVE = "additive"
    """New nullable columns: null in the rows written so far."""
    BREAKING = "breaking"
    """Readers would break: a run is refused."""


@dataclass(frozen=True, slots=True)
class ContractChange:
    """The difference, and a phrase for each part of it."""

    kind: Difference = Difference.NONE
    details: tuple[str, ...] = ()


def contract_change(lake: Lake, dataset: Dataset, last: CommitRecord | None) -> ContractChange:
    """Compare a contract with the deployed table and ``last``, the newest record in its log."""
    table = lake.table(dataset)
    if not deltalog.exists(table):
        return ContractChange()
    if broken := breaks(lake, dataset):
        return ContractChange(Difference.BREAKING, tuple(broken))
    deployed = {field.name for field in deltalog.open_table(table).schema().fields}
    details = [f"the column {name} is new" for name in dataset.spec.column_names if name not in deployed]
    kind = Difference.ADDITIVE if details else Difference.NONE
    if last is not None and last.contract != dataset.spec.fingerprint:
        details += _rules(dataset, last)
        if not details:
            details.append("the grain, the key, or a limit or the words of a rule changed")
        kind = kind if kind is Difference.ADDITIVE else Difference.RULES
    return ContractChange(kind, tuple(details))


def _rules(dataset: Dataset, last: CommitRecord) -> Sequence[str]:
    """The rules that came, went or changed their severity since the record was written."""
    spec = dataset.spec
    wanted = {rule.name: rule.severity.value for rule in spec.row_rules}
    wanted |= {rule.name: rule.severity.value for rule in spec.pandera_rules}
    wanted |= {rule.name: rule.on_fail.value for rule in dataset.batch_rules}
    # Rules that no contract declares: of types, and of a bronze row's line.
    known = {name: count.severity for name, count in last.rules.items() if not _undeclared(name)}
    found = [
        f"the rule {name} is new: rows before it were not judged by it" for name in wanted.keys() - known
    ]
    found += [f"the rule {name} is gone" for name in known.keys() - wanted]
    found += [
        f"the rule {name} now means {wanted[name]}, not {known[name]}"
        for name in wanted.keys() & known
        if wanted[name] != known[name]
    ]
    return sorted(found)


def _undeclared(name: str) -> bool:
    return name.startswith("_") or name.endswith("__type")
