"""Step 3, judge: every row against every rule, in one pass.

The rules are boolean columns, true where broken, so all of them are counted by one aggregate. The
rules on a whole batch that need more (references, a unique key that the plan does not promise) take a
pass of their own. Rules that do not compile are pandera's to run.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lakehouse.dataset import Dataset
from lakehouse.engine.plans import unique_by_plan
from lakehouse.rules import BadShare, Custom, References, RowCount, Severity, UniqueKey
from lakehouse.writing.align import Aligned
from lakehouse.writing.record import RuleCount
from lakehouse.writing.row_rules import row_rules

__all__ = ["Judged", "judge"]

_DOUBLED = "__doubled"
_SAMPLES = 5


@dataclass(frozen=True, slots=True)
class Judged:
    """A batch and what was found of it.

    ``frame`` has every row; ``aside`` is true for those that step aside, ``broken`` gives the names
    of the rules that a row breaks. ``counts`` has every rule of the contract, broken or not;
    ``samples`` the keys of a few rows that break it, where the key is not personal. ``strays`` counts
    the good rows outside of what was asked for.
    """

    frame: DataFrame
    aside: Column
    broken: Column
    counts: Mapping[str, RuleCount]
    samples: Mapping[str, tuple[str, ...]]
    rows: int
    rows_aside: int
    deletes: int
    strays: int
    content: str | None

    @property
    def good(self) -> DataFrame:
        """The rows to be published."""
        return self.frame.where(~self.aside)


def judge(
    aligned: Aligned,
    dataset: Dataset,
    inputs: Mapping[str, DataFrame],
    *,
    asked: Column | None = None,
    content: bool = False,
) -> Judged:
    """Judge a batch. ``inputs`` are the frames that references are looked up in.

    ``asked`` is true for the rows that the transformation was asked for. With ``content`` a hash of the
    good rows' content is computed in the same pass, whatever their order: by it a snapshot knows that
    nothing changed.
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
    totals = _count(frame, verdicts, aside, asked, dataset.spec.column_names if content else None)
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
        strays=totals["strays"],
        content=f"{good}:{totals['content']}" if content else None,
    )


def _count(
    frame: DataFrame,
    verdicts: list[tuple[str, Severity, Column]],
    aside: Column,
    asked: Column | None,
    content: tuple[str, ...] | None,
) -> dict[str, int]:
    deletes = (
        F.count_if(F.col("_change").isin("delete", "truncate")) if "_change" in frame.columns else F.lit(0)
    )
    strays = F.lit(0) if asked is None else F.count_if(~aside & ~F.coalesce(asked, F.lit(False)))
    columns = [
        F.count(F.lit(1)).alias("rows"),
        F.count_if(aside).alias("aside"),
        deletes.alias("deletes"),
        strays.alias("strays"),
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
    if unique_by_plan(frame, key):
        return frame, F.lit(False)
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
