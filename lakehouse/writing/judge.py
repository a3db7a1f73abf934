"""Step 3, judge: every row against every rule, in one pass.

The rules are boolean columns, true where broken, so all of them are counted by one aggregate. The
rules on a whole batch that need more (unique key, references) take a pass of their own. Rules that
do not compile are pandera's to run.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import DataType

from lakehouse.dataset import Dataset
from lakehouse.rules import BadShare, Custom, References, RowCount, RowRule, Severity, UniqueKey
from lakehouse.writing.align import RAW, Aligned, does_not_fit
from lakehouse.writing.record import RuleCount

__all__ = ["Judged", "judge", "row_rules"]

_DOUBLED = "__doubled"
_SAMPLES = 5


@dataclass(frozen=True, slots=True)
class Judged:
    """A batch and what was found of it.

    ``frame`` has every row; ``aside`` is true for those that step aside, ``broken`` gives the names
    of the rules that a row breaks. ``counts`` has every rule of the contract, broken or not;
    ``samples`` the keys of a few rows that break it, where the key is not personal.
    """

    frame: DataFrame
    aside: Column
    broken: Column
    counts: Mapping[str, RuleCount]
    samples: Mapping[str, tuple[str, ...]]
    rows: int
    rows_aside: int
    deletes: int
    content: str | None

    @property
    def good(self) -> DataFrame:
        """The rows to be published."""
        return self.frame.where(~self.aside)


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


def judge(
    aligned: Aligned,
    dataset: Dataset,
    inputs: Mapping[str, DataFrame],
    *,
    content: bool = False,
) -> Judged:
    """Judge a batch. ``inputs`` are the frames that references are looked up in.

    With ``content`` a hash of the good rows' content is computed in the same pass, whatever their
    order: by it a snapshot knows that nothing changed.
    """
    rules = row_rules(aligned, dataset)
    frame = aligned.frame
    set_aside = [rule for rule in rules if rule.severity is Severity.QUARANTINE]
    extra: list[tuple[str, Severity, Column]] = []
    for batch_rule in dataset.batch_rules:
        if isinstance(batch_rule, UniqueKey):
            frame, found = _with_doubled(frame, dataset.spec.key, _any(rule.broken() for rule in set_aside))
            extra.append((batch_rule.name, batch_rule.on_fail, found))
        elif isinstance(batch_rule, References):
            frame, found = _with_dangling(frame, batch_rule, inputs[batch_rule.to])
            extra.append((batch_rule.name, batch_rule.on_fail, found))
    verdicts = [(rule.name, rule.severity, rule.broken()) for rule in rules] + extra
    aside = _any(column for _, severity, column in verdicts if severity is Severity.QUARANTINE)
    totals = _count(frame, verdicts, aside, dataset.spec.column_names if content else None)
    counts = {
        name: RuleCount(totals[f"rule_{i}"], severity.value) for i, (name, severity, _) in enumerate(verdicts)
    }
    good, rows = totals["rows"] - totals["aside"], totals["rows"]
    # What nothing breaks need not be asked again when the rows are parted and written.
    verdicts = [verdict for verdict in verdicts if counts[verdict[0]].broken]
    aside = _any(column for _, severity, column in verdicts if severity is Severity.QUARANTINE)
    counts |= _batch_counts(dataset, frame.where(~aside), rows=rows, aside=totals["aside"])
    broken = F.array_compact(F.array(*(F.when(column, F.lit(name)) for name, _, column in verdicts)))
    samples = _samples(frame, dataset, {name: column for name, _, column in verdicts})
    return Judged(
        frame=frame,
        aside=aside,
        broken=broken,
        counts=counts,
        samples=samples,
        rows=rows,
        rows_aside=totals["aside"],
        deletes=totals["deletes"],
        content=f"{good}:{totals['content']}" if content else None,
    )


def _count(
    frame: DataFrame,
    verdicts: list[tuple[str, Severity, Column]],
    aside: Column,
    content: tuple[str, ...] | None,
) -> dict[str, int]:
    deletes = (
        F.count_if(F.col("_change").isin("delete", "truncate")) if "_change" in frame.columns else F.lit(0)
    )
    columns = [
        F.count(F.lit(1)).alias("rows"),
        F.count_if(aside).alias("aside"),
        deletes.alias("deletes"),
        *(F.count_if(column).alias(f"rule_{i}") for i, (_, _, column) in enumerate(verdicts)),
    ]
    if content is not None:
        hashed = F.when(~aside, F.xxhash64(*(_hashable(frame, name) for name in content)))
        columns.append(F.coalesce(F.sum(hashed.cast("decimal(38,0)")), F.lit(0)).alias("content"))
    row = frame.agg(*columns).first()
    assert row is not None  # noqa: S101 - an aggregate without groups has one row
    return {name: int(value) for name, value in row.asDict().items()}


def _hashable(frame: DataFrame, name: str) -> Column:
    """Null and the absence of a value hash alike with their neighbours; a marker tells them apart."""
    column = F.col(name)
    if frame.schema[name].dataType.typeName() in {"map", "variant"}:
        column = F.to_json(F.struct(column))
    return F.coalesce(column.cast("string"), F.lit("\u0000"))


def _batch_counts(dataset: Dataset, good: DataFrame, *, rows: int, aside: int) -> dict[str, RuleCount]:
    """The verdicts on the batch as a whole: broken 1 or 0."""
    found: dict[str, RuleCount] = {}
    published = rows - aside
    for rule in dataset.batch_rules:
        if isinstance(rule, RowCount):
            broken = published < rule.min or (rule.max is not None and published > rule.max)
            found[rule.name] = RuleCount(int(broken), rule.on_fail.value)
        elif isinstance(rule, BadShare):
            found[rule.name] = RuleCount(int(rows > 0 and aside / rows > rule.max), rule.on_fail.value)
    customs = [rule for rule in dataset.batch_rules if isinstance(rule, Custom) and rule.holds]
    if customs:
        columns = [F.coalesce(rule.holds(), F.lit(False)).alias(rule.name) for rule in customs if rule.holds]
        verdict = good.agg(*columns).first()
        for rule in customs:
            found[rule.name] = RuleCount(int(not (verdict and verdict[rule.name])), rule.on_fail.value)
    if dataset.spec.pandera_rules:
        found |= _pandera_counts(dataset, good)
    return found


def _pandera_counts(dataset: Dataset, good: DataFrame) -> dict[str, RuleCount]:
    """Checks that do not compile: pandera runs each on the good rows and says yes or no."""
    schema = dataset.contract.to_schema()
    schema.register_default_backends(DataFrame)  # pandera does so itself only when it validates
    frame: Any = good.select(*dataset.spec.column_names)
    frame = frame.pandera.add_schema(schema)
    found = {}
    for rule in dataset.spec.pandera_rules:
        checks = schema.columns[rule.column].checks if rule.column else schema.checks
        result = checks[rule.index](frame, rule.column) if rule.column else checks[rule.index](frame)
        found[rule.name] = RuleCount(int(not result.check_passed), rule.severity.value)
    return found


def _with_doubled(frame: DataFrame, key: tuple[str, ...], already: Column) -> tuple[DataFrame, Column]:
    """Mark the rows whose key another row has too. Without such keys, which is usual, nothing is added."""
    complete = reduce(lambda a, b: a & b, (F.col(name).isNotNull() for name in key))
    doubled = (
        frame.where(~already & complete)
        .groupBy(*key)
        .agg(F.count(F.lit(1)).alias("n"))
        .where("n > 1")
        .drop("n")
    )
    if not doubled.head(1):
        return frame, F.lit(False)
    marks = doubled.withColumn(_DOUBLED, F.lit(True))
    marked = frame.join(marks, on=list(key), how="left")
    return marked, F.coalesce(F.col(_DOUBLED), F.lit(False)) & ~already


def _with_dangling(frame: DataFrame, rule: References, target: DataFrame) -> tuple[DataFrame, Column]:
    mark = f"__known_{rule.name}"
    known = (
        target.select(F.col(rule.to_column).alias(rule.column))
        .where(F.col(rule.column).isNotNull())
        .distinct()
    )
    dangling = (
        frame.select(rule.column).where(F.col(rule.column).isNotNull()).join(known, rule.column, "left_anti")
    )
    if not dangling.head(1):
        return frame, F.lit(False)
    marked = frame.join(known.withColumn(mark, F.lit(True)), on=rule.column, how="left")
    return marked, F.col(rule.column).isNotNull() & F.col(mark).isNull()


def _samples(frame: DataFrame, dataset: Dataset, broken: Mapping[str, Column]) -> dict[str, tuple[str, ...]]:
    """The keys of a few rows per broken rule; nothing where the key is personal."""
    spec = dataset.spec
    if not spec.key or any(spec.column(name).words.pii for name in spec.key):
        return {}
    found = {}
    for name, column in list(broken.items())[:10]:
        rows = frame.where(column).select(*spec.key).limit(_SAMPLES).collect()
        found[name] = tuple(", ".join(f"{key}={row[key]}" for key in spec.key) for row in rows)
    return found


def _any(columns: object) -> Column:
    return reduce(lambda a, b: a | b, columns, F.lit(False))  # type: ignore[call-overload,no-any-return]


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
