"""The contract's rules as asset checks: one a rule, and one for the types of all columns.

A check passes when nothing in the batch breaks its rule. Where something does, its severity says
what that meant: WARN for rows that were published or set aside, ERROR for a batch that was refused.
Only rules of severity ``fail`` block what lies downstream.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import dagster as dg

from lakehouse.dagster.names import TYPES, asset_key, check_name
from lakehouse.dataset import Dataset
from lakehouse.rules import RowRule, Severity
from lakehouse.spec import PanderaRule, TableSpec
from lakehouse.writing.drift import RULE
from lakehouse.writing.record import RuleCount

__all__ = ["Check", "Verdict", "checks_of", "contract_rules", "verdicts"]

_SAMPLES = 5
_BRONZE = {
    "_line": (Severity.QUARANTINE, "every line is a record that can be read"),
    "_missing_columns": (Severity.WARN, "every record has the contract's columns"),
    "_unexpected_columns": (Severity.WARN, "no record has columns that the contract does not know"),
    RULE: (Severity.WARN, "the source has the columns and types of the contract"),
}
_MEANS = {
    Severity.WARN: "published all the same",
    Severity.QUARANTINE: "set aside into quarantine",
    Severity.FAIL: "the batch was refused",
}


@dataclass(frozen=True, slots=True)
class Check:
    """One asset check: the rule that it stands for, what breaking it means and what it demands."""

    rule: str
    severity: Severity
    description: str

    @property
    def name(self) -> str:
        """The check's name in Dagster."""
        return check_name(self.rule)

    def spec(self, dataset: Dataset) -> dg.AssetCheckSpec:
        """The check as Dagster is told of it."""
        return dg.AssetCheckSpec(
            self.name,
            asset=asset_key(dataset),
            description=f"{self.description}. Broken: {_MEANS[self.severity]}.",
            blocking=self.severity.blocks,
            metadata={"rule": self.rule, "on_fail": self.severity.value},
        )


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found of one check in one batch of ``rows`` rows; ``samples`` are keys, never values.

    ``means`` is the strictest severity among the breaks found: a type may mean one thing for one
    column and another for the next.
    """

    dataset: Dataset
    check: Check
    broken: int
    rows: int | None
    means: Severity
    samples: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether nothing breaks the rule."""
        return not self.broken

    @property
    def severity(self) -> dg.AssetCheckSeverity:
        """ERROR where the rule stops the batch, else WARN."""
        return dg.AssetCheckSeverity.ERROR if self.means.blocks else dg.AssetCheckSeverity.WARN

    def result(self) -> dg.AssetCheckResult:
        """For a step whose run has planned the check."""
        return dg.AssetCheckResult(
            passed=self.passed,
            asset_key=asset_key(self.dataset),
            check_name=self.check.name,
            metadata=self._metadata(),
            severity=self.severity,
            description=self._says(),
        )

    def evaluation(self, partition: str | None = None) -> dg.AssetCheckEvaluation:
        """For the event log, where no run has planned the check."""
        return dg.AssetCheckEvaluation(
            asset_key=asset_key(self.dataset),
            check_name=self.check.name,
            passed=self.passed,
            metadata=self._metadata(),
            severity=self.severity,
            description=self._says(),
            blocking=self.check.severity.blocks,
            partition=partition,
        )

    def _metadata(self) -> dict[str, str | int]:
        found: dict[str, str | int] = {"broken": self.broken, "on_fail": self.means.value}
        if self.rows is not None:
            found["rows in batch"] = self.rows
        if self.samples and self.check.rule != RULE:
            found["sample keys"] = "; ".join(self.samples)
        return found

    def _says(self) -> str:
        if self.passed:
            return "kept"
        if self.check.rule == RULE:
            return "; ".join(self.samples) or "the source has changed"
        return f"broken {self.broken:,} times: {_MEANS[self.means]}"


def contract_rules(spec: TableSpec) -> tuple[RowRule | PanderaRule, ...]:
    """The rules on rows, whether the road judges them or pandera does."""
    return (*spec.row_rules, *spec.pandera_rules)


def checks_of(dataset: Dataset) -> tuple[Check, ...]:
    """Every check of a table, in the order of its contract."""
    spec = dataset.spec
    strictest = any(spec.type_severity(column.name) is Severity.FAIL for column in spec.columns)
    found = [
        Check(rule, severity, says)
        for rule, (severity, says) in _BRONZE.items()
        if dataset.source and not (rule == "_missing_columns" and dataset.source.sparse)
    ]
    kind = Severity.FAIL if strictest else Severity.QUARANTINE
    found.append(Check(TYPES, kind, "every value fits the type of its column"))
    for rule in contract_rules(spec):
        words = rule.description or rule.name.replace("_", " ")
        found.append(Check(rule.name, rule.severity, f"{rule.column}: {words}" if rule.column else words))
    found += [Check(rule.name, rule.on_fail, rule.description) for rule in dataset.batch_rules]
    return tuple(found)


def verdicts(
    dataset: Dataset,
    counts: Mapping[str, RuleCount],
    samples: Mapping[str, Sequence[str]],
    rows: int | None,
) -> Iterator[Verdict]:
    """What a batch's counts mean for each check. A rule that was not judged gives no verdict.

    A column's type is judged only where it had to be cast, so no count means that it fitted.
    """
    for check in checks_of(dataset):
        names = [check.rule]
        if check.rule == TYPES:
            names = [f"{column}__type" for column in dataset.spec.column_names]
        judged = {name: counts[name] for name in names if name in counts}
        if not judged and check.rule != TYPES:
            continue
        broken = {name: count for name, count in judged.items() if count.broken}
        total = sum(count.broken for count in broken.values())
        stops = any(Severity(count.severity).blocks for count in broken.values())
        means = Severity.QUARANTINE if check.rule == TYPES and not stops else check.severity
        keys = tuple(key for name in names for key in samples.get(name, ()))
        yield Verdict(dataset, check, total, rows, means, keys if check.rule == RULE else keys[:_SAMPLES])
