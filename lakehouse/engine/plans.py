"""What a frame's plan tells before anything runs: whether it is cheap to do twice, what it promises."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from pyspark import StorageLevel
from pyspark.sql import DataFrame

from lakehouse.engine.scala import listed

__all__ = ["computed_once", "is_plain_scan", "unique_by_plan"]

# Everything else may be costly, or give other rows the next time.
_ROW_BY_ROW = {"Project", "Filter", "SubqueryAlias", "View", "Union", "LocalRelation", "Range"}
_RELATION = "LogicalRelation"
# Of what is read, only files that nobody changes: a database would answer differently the next time.
_FILES = ("org.apache.spark.sql.execution.datasources.HadoopFsRelation", "org.apache.spark.sql.delta.")
# Functions in Python, whatever their names; clocks; tables within a condition.
_NOT_PLAIN = ("PYTHON_UDF", "CURRENT_LIKE", "PLAN_EXPRESSION")
_COLUMN = "AttributeReference"


def is_plain_scan(frame: DataFrame) -> bool:
    """Whether a frame only scans, filters and computes row by row, and gives the same each time."""
    # As it was written: to optimise it, Delta looks for the files already. And the optimizer puts the
    # moment's value in the place of a clock, anew for every job.
    plan = frame._jdf.queryExecution().analyzed()  # noqa: SLF001 - there is no public way
    jvm: Any = frame.sparkSession._jvm  # noqa: SLF001
    patterns = jvm.org.apache.spark.sql.catalyst.trees.TreePattern
    if any(plan.containsPattern(getattr(patterns, each)()) for each in _NOT_PLAIN):
        return False
    return bool(plan.deterministic()) and _is_row_by_row(plan)


def _is_row_by_row(plan: Any) -> bool:
    name = plan.getClass().getSimpleName()
    if name == _RELATION:
        return str(plan.relation().getClass().getName()).startswith(_FILES)
    return name in _ROW_BY_ROW and all(map(_is_row_by_row, listed(plan.children())))


def unique_by_plan(frame: DataFrame, key: Sequence[str]) -> bool:
    """Whether no two rows can have the same key, whatever they hold: rows grouped by it, for instance.

    Spark's own reasoning about distinct keys. False means only that the plan does not promise it.
    """
    jvm: Any = frame.sparkSession._jvm  # noqa: SLF001 - there is no public way to a plan
    plan = frame._jdf.queryExecution().analyzed()  # noqa: SLF001
    plan = jvm.org.apache.spark.sql.catalyst.analysis.EliminateSubqueryAliases.apply(plan)
    known = {each.name(): each.exprId().id() for each in listed(plan.output())}
    ids = {known[name] for name in key}
    return any(
        all(
            part.getClass().getSimpleName() == _COLUMN and part.exprId().id() in ids for part in listed(found)
        )
        for found in listed(plan.distinctKeys())
    )


@contextmanager
def computed_once(frame: DataFrame, *, worth: bool = False) -> Iterator[DataFrame]:
    """A frame that several jobs may read: kept while they do, unless reading it again is as cheap.

    ``worth`` says that it is kept whatever it is.

    Judging and publishing read the batch one after the other. What they see must be the same rows,
    so a source that is costly or not stable is computed once and kept, in memory as far as it fits.
    """
    if not worth and is_plain_scan(frame):
        yield frame
        return
    kept = frame.persist(StorageLevel.MEMORY_AND_DISK)
    try:
        yield kept
    finally:
        kept.unpersist()
