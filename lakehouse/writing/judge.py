"""Step 3, judge: every row against every rule, in one pass.

The rules are boolean columns, true where broken, so all of them are counted by one aggregate. The
rules on a whole batch that need more (references, a unique key that the plan does not promise) take a
pass of their own. Rules that do not compile are pandera's to run.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lakehouse.dataset import Dataset
from lakehouse.engine.origins import origins
from lakehouse.engine.plans import unique_by_plan
from lakehouse.rules import BadShare, Custom, References, RowCount, RowRule, Severity, UniqueKey
from lakehouse.writing.align import Aligned
from lakehouse.writing.record import RuleCount
from lakehouse.writing.row_rules import row_rules

__all__ = ["Inquiry", "Judged", "Look", "Verdict", "judge", "look_at_all"]

_DOUBLED = "__doubled"
_SAMPLES = 5


@dataclass(frozen=True, slots=True)
class Judged:
    """A batch and what was found of it.

    ``frame`` has every row, ``suspects`` at least those that break a rule; ``aside`` is true for those that
    step aside, ``broken`` gives the names of the rules that a row breaks. ``counts`` has every rule of the
    contract, broken or not; ``samples`` the keys of a few rows that break it, where the key is not
    personal. ``strays`` counts the good rows outside of what was asked for.
    """

    frame: DataFrame
    suspects: DataFrame
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


@dataclass(frozen=True, slots=True)
class Verdict:
    """A rule's name and severity, and the column that is true for the rows that break it."""

    rule: str
    severity: Severity
    broken: Column


@dataclass(frozen=True, slots=True)
class Inquiry:
    """What is asked of the rows of a frame: which break which rule, and what else one look can tell.

    ``asked`` is true for the rows that the transformation was asked for, None where that is all;
    ``content`` names the columns whose content is hashed, None where no hash is wanted.
    """

    frame: DataFrame
    verdicts: tuple[Verdict, ...]
    asked: Column | None = None
    content: tuple[str, ...] | None = None

    @property
    def aside(self) -> Column:
        """True for the rows that step aside."""
        return _any(each.broken for each in self.verdicts if each.severity is Severity.QUARANTINE)

    @property
    def suspect(self) -> Column:
        """True, never null, for the rows that break any rule."""
        return F.coalesce(_any(each.broken for each in self.verdicts), F.lit(False))

    def answered(self, rows: DataFrame) -> dict[str, int]:
        """Of some of the rows: ``rows``, ``aside``, ``deletes``, ``strays``, ``content``, ``rule_0``."""
        aside, columns = self.aside, rows.columns
        deletes = (
            F.count_if(F.col("_change").isin("delete", "truncate")) if "_change" in columns else F.lit(0)
        )
        strays = (
            F.lit(0) if self.asked is None else F.count_if(~aside & ~F.coalesce(self.asked, F.lit(False)))
        )
        content = F.lit(0)
        if self.content is not None:
            hashed = F.when(~aside, F.xxhash64(*(_hashable(rows, name) for name in self.content)))
            content = F.coalesce(F.sum(hashed.cast("decimal(38,0)")), F.lit(0))
        row = rows.agg(
            F.count(F.lit(1)).alias("rows"),
            F.count_if(aside).alias("aside"),
            deletes.alias("deletes"),
            strays.alias("strays"),
            content.alias("content"),
            *(F.count_if(each.broken).alias(f"rule_{i}") for i, each in enumerate(self.verdicts)),
        ).first()
        assert row is not None  # noqa: S101 - an aggregate without groups has one row
        return {name: int(value) for name, value in row.asDict().items()}

    def all_good(self, rows: int) -> dict[str, int]:
        """The same, of rows that break nothing."""
        named = ("aside", "deletes", "strays", "content", *(f"rule_{i}" for i in range(len(self.verdicts))))
        return {"rows": rows} | dict.fromkeys(named, 0)


Look = Callable[[Inquiry], tuple[dict[str, int], DataFrame]]
"""A way to look at a batch: the answer (:meth:`Inquiry.answered`) of all of it, a frame with its suspects."""


def look_at_all(inquiry: Inquiry) -> tuple[dict[str, int], DataFrame]:
    """Look at every row by an aggregate: a pass of its own, whatever becomes of the rows."""
    return inquiry.answered(inquiry.frame), inquiry.frame


def judge(
    aligned: Aligned,
    dataset: Dataset,
    inputs: Mapping[str, DataFrame],
    *,
    asked: Column | None = None,
    content: bool = False,
    look: Look = look_at_all,
) -> Judged:
    """Judge a batch. ``inputs`` are the frames that references are looked up in.

    ``asked`` is true for the rows that the transformation was asked for. With ``content`` a hash of the
    good rows' content is computed in the same pass, whatever their order: by it a snapshot knows that
    nothing changed.
    """
    rules = row_rules(aligned, dataset)
    frame = aligned.frame
    set_aside = [rule for rule in rules if rule.severity is Severity.QUARANTINE]
    extra: list[Verdict] = []
    for batch_rule in dataset.batch_rules:
        if isinstance(batch_rule, UniqueKey):
            frame, found = _with_doubled(frame, dataset.spec.key, _any(map(_broken, set_aside)))
            extra.append(Verdict(batch_rule.name, batch_rule.on_fail, found))
        elif isinstance(batch_rule, References):
            frame, found = _with_dangling(frame, batch_rule, inputs[batch_rule.to])
            extra.append(Verdict(batch_rule.name, batch_rule.on_fail, found))
    verdicts = (*(Verdict(rule.name, rule.severity, _broken(rule)) for rule in rules), *extra)
    inquiry = Inquiry(frame, verdicts, asked, dataset.spec.column_names if content else None)
    totals, suspects = look(inquiry)
    counts = {
        each.rule: RuleCount(totals[f"rule_{i}"], each.severity.value) for i, each in enumerate(verdicts)
    }
    good, rows = totals["rows"] - totals["aside"], totals["rows"]
    # What nothing breaks need not be asked again when the rows are parted and written.
    inquiry = replace(inquiry, verdicts=tuple(each for each in verdicts if counts[each.rule].broken))
    counts |= _batch_counts(dataset, frame.where(~inquiry.aside), rows=rows, aside=totals["aside"])
    names = (F.when(each.broken, F.lit(each.rule)) for each in inquiry.verdicts)
    return Judged(
        frame=frame,
        suspects=suspects,
        aside=inquiry.aside,
        broken=F.array_compact(F.array(*names)),
        counts=counts,
        samples=_samples(suspects, dataset, inquiry.verdicts),
        rows=rows,
        rows_aside=totals["aside"],
        deletes=totals["deletes"],
        strays=totals["strays"],
        content=f"{good}:{totals['content']}" if content else None,
    )


def _broken(rule: RowRule) -> Column:
    """True where a rule is broken. A rule of no one column is the contract's author's own expression."""
    with origins(noted=rule.column is None):
        broken: Column = rule.broken()
    return broken


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
        with origins(noted=True):
            held = {rule.name: rule.holds() for rule in customs if rule.holds}
        columns = [F.coalesce(column, F.lit(False)).alias(name) for name, column in held.items()]
        verdict = good.agg(*columns).first()
        for rule in customs:
            found[rule.name] = RuleCount(int(not (verdict and verdict[rule.name])), rule.on_fail.value)
    if dataset.spec.pandera_rules:
        with origins(noted=True):
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


def _samples(frame: DataFrame, dataset: Dataset, verdicts: Sequence[Verdict]) -> dict[str, tuple[str, ...]]:
    """The keys of a few rows per broken rule; nothing where the key is personal."""
    spec = dataset.spec
    if not spec.key or any(spec.column(name).words.pii for name in spec.key):
        return {}
    found = {}
    for each in verdicts[:10]:
        rows = frame.where(each.broken).select(*spec.key).limit(_SAMPLES).collect()
        found[each.rule] = tuple(", ".join(f"{key}={row[key]}" for key in spec.key) for row in rows)
    return found


def _any(columns: object) -> Column:
    return reduce(lambda a, b: a | b, columns, F.lit(False))  # type: ignore[call-overload,no-any-return]
