"""A contract, compiled: columns, key and rules, ready for the write path.

What is declared (:mod:`lakehouse.contract`) is kept apart from how it runs. Nothing here needs a
Spark session until a rule's ``broken`` is called.
"""

import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pandera import Check
from pyspark.sql.types import DataType, StructField, StructType

from lakehouse.checks import compile_check, short_name
from lakehouse.contract import RULE_MARK, WORDS, Contract, FieldWords, RuleWords
from lakehouse.errors import DeclarationError, explain
from lakehouse.evolution import Evolution, OnChange
from lakehouse.rules import BatchRule, RowRule, Severity

__all__ = ["ColumnSpec", "PanderaRule", "TableSpec", "compile_contract", "declared_rules"]


@dataclass(frozen=True, slots=True)
class ColumnSpec:
    """One column of a contract."""

    name: str
    type: DataType
    nullable: bool
    words: FieldWords
    description: str

    @property
    def type_severity(self) -> Severity:
        """What a value that does not fit the type means: it is never published as a null."""
        declared = self.words.severity("type")
        return Severity.FAIL if declared is Severity.FAIL else Severity.QUARANTINE


@dataclass(frozen=True, slots=True)
class PanderaRule:
    """A check that does not compile to a column: pandera itself runs it on the batch's good rows."""

    name: str
    severity: Severity
    column: str | None
    index: int
    description: str


@dataclass(frozen=True, slots=True)
class TableSpec:
    """Everything a contract says, in the form that the write path uses."""

    contract: type[Contract]
    grain: str
    columns: tuple[ColumnSpec, ...]
    row_rules: tuple[RowRule, ...]
    batch_rules: tuple[BatchRule, ...]
    pandera_rules: tuple[PanderaRule, ...]

    @property
    def key(self) -> tuple[str, ...]:
        """The names of the key's columns, in order of declaration."""
        return tuple(column.name for column in self.columns if column.words.key)

    @property
    def column_names(self) -> tuple[str, ...]:
        """The names of all columns, in order of declaration."""
        return tuple(column.name for column in self.columns)

    @property
    def personal(self) -> tuple[ColumnSpec, ...]:
        """The columns that hold personal data."""
        return tuple(column for column in self.columns if column.words.pii)

    @property
    def schema(self) -> StructType:
        """The contract as a Spark schema; every column nullable, since rules judge nulls."""
        return StructType(
            [
                StructField(c.name, c.type, True, {"comment": c.description} if c.description else {})
                for c in self.columns
            ]
        )

    @property
    def evolution(self) -> Evolution:
        """What a change of the source means."""
        return Evolution.of(self.contract.__evolution__)

    def type_severity(self, name: str) -> Severity:
        """What a value that does not fit a column's type means, the policy on such changes considered."""
        column = self.column(name)
        goes_on = self.evolution.retyped in (OnChange.EVOLVE, OnChange.DISCARD)
        return Severity.WARN if goes_on and column.nullable else column.type_severity

    def column(self, name: str) -> ColumnSpec:
        """One column by name."""
        return next(column for column in self.columns if column.name == name)


@cache
def compile_contract(contract: type[Contract]) -> TableSpec:
    """Compile a contract once. Raises :class:`DeclarationError` where it contradicts itself."""
    where = f"{contract.__qualname__} ({_file(contract)})"
    grain = (contract.__dict__.get("__doc__") or "").strip()
    if not grain:
        raise DeclarationError(
            explain(
                "the contract does not state its grain",
                where=where,
                expected='a docstring such as """One row per order."""',
                remedy="add the docstring",
            )
        )
    schema = contract.to_schema()
    if schema.unique:
        raise DeclarationError(
            explain(
                "unique stands in the contract's Config, where only pandera would see it",
                where=where,
                found=str(schema.unique),
                remedy="mark the columns with Field(key=True) and write __rules__ = (UniqueKey(),)",
            )
        )
    columns: list[ColumnSpec] = []
    row_rules: list[RowRule] = []
    pandera_rules: list[PanderaRule] = []
    for name, column in schema.columns.items():
        if name.startswith("_"):
            raise DeclarationError(
                explain(
                    "names starting with _ belong to the road",
                    where=where,
                    found=name,
                    remedy="rename the column",
                )
            )
        words = (column.metadata or {}).get(WORDS, FieldWords())
        columns.append(
            ColumnSpec(name, column.dtype.type, bool(column.nullable), words, column.description or "")
        )
        if not column.nullable:
            row_rules.append(_not_null(name, words.severity("not_null")))
        for index, check in enumerate(column.checks):
            label = short_name(check)
            rule_name, severity = f"{name}__{label}", words.severity(label)
            broken = compile_check(check, name)
            if broken is None:
                pandera_rules.append(
                    PanderaRule(rule_name, _of_a_batch(severity), name, index, _says(check, label))
                )
            else:
                row_rules.append(RowRule(rule_name, severity, broken, name, _says(check, label)))
    declared = declared_rules(contract)
    for index, check in enumerate(schema.checks):
        words_of_rule = declared.get(str(check.name))
        if words_of_rule is None:
            pandera_rules.append(
                PanderaRule(str(check.name), Severity.FAIL, None, index, str(check.error or check.name))
            )
        else:
            row_rules.append(_row_rule(contract, words_of_rule))
    batch_rules = _batch_rules(contract, where)
    names = [r.name for r in row_rules] + [r.name for r in pandera_rules] + [r.name for r in batch_rules]
    _no_two_alike(names, where)
    return TableSpec(contract, grain, tuple(columns), tuple(row_rules), batch_rules, tuple(pandera_rules))


def _file(contract: type[Contract]) -> str:
    path = Path(getattr(sys.modules.get(contract.__module__), "__file__", None) or contract.__module__)
    return f"{path.parent.name}/{path.name}"


def _says(check: Check, label: str) -> str:
    """What a check demands, in pandera's words; a set has no order of its own, so it is given one."""
    for value in check._check_kwargs.values():  # noqa: SLF001 - pandera keeps the arguments nowhere else
        if isinstance(value, (set, frozenset)):
            return f"{label}({sorted(value, key=repr)})"
    return str(check.error or label)


def _not_null(name: str, severity: Severity) -> RowRule:
    def broken() -> object:
        from pyspark.sql import functions as F

        return F.col(name).isNull()

    return RowRule(f"{name}__not_null", severity, broken, name, "has a value")


def _of_a_batch(severity: Severity) -> Severity:
    """A check that names no rows cannot set any aside: it warns, or it stops the batch."""
    return Severity.WARN if severity is Severity.WARN else Severity.FAIL


def _row_rule(contract: type[Contract], words: RuleWords) -> RowRule:
    def broken() -> object:
        from pyspark.sql import functions as F

        return F.coalesce(~words.holds(contract), F.lit(False))

    return RowRule(
        words.name, words.severity, broken, None, words.description or words.name.replace("_", " ")
    )


def declared_rules(contract: type[Contract]) -> dict[str, RuleWords]:
    """The row rules written as methods under ``@rule``, inherited ones too, by name."""
    found: dict[str, RuleWords] = {}
    for base in reversed(contract.__mro__):
        for name, value in vars(base).items():
            words = getattr(getattr(value, "__func__", value), RULE_MARK, None)
            if isinstance(words, RuleWords):
                found[name] = words
    return found


def _batch_rules(contract: type[Contract], where: str) -> tuple[BatchRule, ...]:
    for each in contract.__rules__:
        if not isinstance(each, BatchRule):
            raise DeclarationError(
                explain(
                    "__rules__ holds something that is not a batch rule",
                    where=where,
                    expected="UniqueKey, RowCount, BadShare, References or Custom",
                    found=repr(each),
                    remedy="a rule on one row is a method under @rule",
                )
            )
    return tuple(contract.__rules__)


def _no_two_alike(names: list[str], where: str) -> None:
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise DeclarationError(
            explain(
                "two rules share one name", where=where, found=", ".join(doubled), remedy="rename one of them"
            )
        )
