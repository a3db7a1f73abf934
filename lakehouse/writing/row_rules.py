"""The rules that each row is judged by: the contract's, the types', and those of a line or a change.

Each is a boolean column, true where broken. What a rule says of a row depends on what the row is: a line
that cannot be read has no values to judge, a delete carries its key and nothing else.
"""

from collections.abc import Callable, Mapping

from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql.types import DataType

from lakehouse.dataset import Dataset
from lakehouse.rules import RowRule, Severity
from lakehouse.writing.align import RAW, Aligned, does_not_fit

__all__ = ["row_rules"]


def row_rules(aligned: Aligned, dataset: Dataset) -> list[RowRule]:
    """Every rule that one row keeps or breaks: the contract's, the types', and for bronze the line's."""
    spec = dataset.spec
    types = {field.name: field.dataType for field in aligned.frame.schema.fields}
    rules = [
        RowRule(
            f"{name}__type",
            spec.type_severity(name),
            _unfit(name, types, spec.column(name).type),
            name,
        )
        for name in aligned.cast
    ]
    rules += [_null_only_as_it_came(rule) if rule.column in aligned.cast else rule for rule in spec.row_rules]
    if "_change" in aligned.frame.columns:
        key_rules = {f"{name}__{check}" for name in spec.key for check in ("not_null", "type")}
        rules = [
            _only(rule, "upsert", "delete") if rule.name in key_rules else _only(rule, "upsert")
            for rule in rules
        ]
        rules.append(RowRule("_change", Severity.FAIL, _unknown_change))
    if dataset.source:
        unreadable = RowRule("_line", Severity.QUARANTINE, lambda: F.col("_problem").isNotNull())
        if "_unchanged" in aligned.frame.columns:
            rules = [_only_repeated(rule) if rule.name.endswith("__not_null") else rule for rule in rules]
        rules = [unreadable, *(_only_readable(rule) for rule in rules)]
        rules.append(RowRule("_unexpected_columns", Severity.WARN, lambda: F.col("_rescued").isNotNull()))
        if not dataset.source.sparse:
            rules.append(
                RowRule("_missing_columns", Severity.WARN, lambda: _readable() & (F.size("_missing") > 0)),
            )
    return rules


def _unfit(name: str, types: Mapping[str, DataType], wanted: DataType) -> Callable[[], Column]:
    return lambda: does_not_fit(name, types[f"{RAW}{name}"], wanted)


def _null_only_as_it_came(rule: RowRule) -> RowRule:
    """A value that did not fit its type is one break, not also a missing value."""
    if not rule.name.endswith("__not_null"):
        return rule
    return RowRule(rule.name, rule.severity, lambda: F.col(f"{RAW}{rule.column}").isNull(), rule.column)


def _only(rule: RowRule, *changes: str) -> RowRule:
    """A delete carries its key and nothing else, a truncate not even that; no more is asked of them."""
    return RowRule(
        rule.name,
        rule.severity,
        lambda: rule.broken() & F.coalesce(F.col("_change").isin(*changes), F.lit(True)),
        rule.column,
        rule.description,
    )


def _unknown_change() -> Column:
    """A change that no write mode knows would be passed over in silence."""
    return ~F.coalesce(F.col("_change"), F.lit("upsert")).isin("upsert", "delete", "truncate")


def _only_readable(rule: RowRule) -> RowRule:
    return RowRule(
        rule.name,
        rule.severity,
        lambda: rule.broken() & _readable(),
        rule.column,
        rule.description,
    )


def _only_repeated(rule: RowRule) -> RowRule:
    """A change that leaves a large value as it was comes without it: its absence is no missing value."""

    def missing() -> Column:
        left_out = F.array_contains(F.split("_unchanged", ","), rule.column)
        broken: Column = rule.broken() & ~F.coalesce(left_out, F.lit(False))
        return broken

    return RowRule(rule.name, rule.severity, missing, rule.column, rule.description)


def _readable() -> Column:
    return F.col("_problem").isNull()
