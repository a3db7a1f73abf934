"""What a frame's plan tells before anything runs: whether it is cheap to do twice, what it promises."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from pyspark import StorageLevel
from pyspark.sql import DataFrame

from lakehouse.engine.scala import listed

__all__ = ["computed_once", "is_plain_scan", "unique_by_plan"]

_COSTLY = re.compile(
    r"\b(Join|Aggregate|Window|Sort|Generate|Distinct|Deduplicate|Intersect|Except|Repartition\w*|Sample"
    r"|\w*Python\w*|\w*Pandas\w*|\w*InArrow|RelationV2|RDD\w*|LogicalRDD|Expand|GlobalLimit)\b"
)
_UNSTABLE = re.compile(
    r"\b(rand|randn|randstr|uniform|uuid|shuffle|now|current_(date|time|timestamp)|localtimestamp"
    r"|monotonically_increasing_id)\(",
    re.IGNORECASE,
)
_COLUMN = "AttributeReference"


def is_plain_scan(frame: DataFrame) -> bool:
    """Whether a frame only scans, filters and computes row by row, and gives the same each time."""
    # As it was written: to optimise it, Delta looks for the files already. And the optimizer puts the
    # moment's value in the place of a clock, anew for every job.
    execution = frame._jdf.queryExecution()  # noqa: SLF001 - there is no public way
    analyzed = execution.analyzed()
    as_written = analyzed.toString()
    # A function in Python shows only its name, whatever that is.
    jvm: Any = frame.sparkSession._jvm  # noqa: SLF001
    if analyzed.containsPattern(jvm.org.apache.spark.sql.catalyst.trees.TreePattern.PYTHON_UDF()):
        return False
    return not _COSTLY.search(as_written) and not _UNSTABLE.search(as_written)


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
