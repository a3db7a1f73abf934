"""Step 4, audit before publish: a batch that fails leaves the table exactly as it was."""

from pyspark.sql import functions as F

from lakehouse.dataset import Dataset
from lakehouse.errors import BatchRefused, ConservationError, explain
from lakehouse.rules import Severity
from lakehouse.writing.judge import Judged
from lakehouse.writing.loads import Checked

__all__ = ["audit", "audit_lines", "audit_windows"]


def audit(judged: Judged, dataset: Dataset) -> None:
    """Raise :class:`BatchRefused` where a rule of severity ``fail`` is broken."""
    broken = {
        name: count.broken
        for name, count in judged.counts.items()
        if count.broken and count.severity == Severity.FAIL.value
    }
    if not broken:
        return
    lines = []
    for name, count in broken.items():
        keys = "; ".join(judged.samples.get(name, ()))
        lines.append(f"{name} ({count:,} rows{f', such as {keys}' if keys else ''})")
    raise BatchRefused(
        explain(
            f"the batch of {judged.rows:,} rows is refused and the table is as it was",
            where=dataset.full_name,
            expected="no break of a rule with on_fail=fail",
            found=", ".join(lines),
            remedy="mend the source or the transformation, or change the rule's severity in the contract",
        ),
        counts=judged.counts,
        samples=judged.samples,
        rows=judged.rows,
    )


def audit_windows(judged: Judged, dataset: Dataset, windows: tuple[str, ...] | None) -> None:
    """Raise :class:`BatchRefused` where the transformation gave rows of windows that it was not asked for."""
    partitions = dataset.partitions
    if not judged.strays or windows is None or partitions is None:
        return
    strays = judged.good.where(~F.coalesce(F.expr(partitions.starts_in(windows)), F.lit(False)))
    found = [str(row[0]) for row in strays.select(partitions.column).distinct().limit(5).collect()]
    raise BatchRefused(
        explain(
            "the transformation gave rows of other windows than it was given; the table is as it was",
            where=f"{dataset.full_name}, column {partitions.column}",
            expected=f"{', '.join(windows[:5])}{' …' if len(windows) > 5 else ''}",  # noqa: PLR2004
            found=", ".join(found),
            remedy="compute the window in the time zone of partitions=…, from the column of window(…)",
        ),
        rows=judged.rows,
    )


def audit_lines(dataset: Dataset, checked: Checked, *, rows: int) -> None:
    """Hold the lines in the bucket, counted by plain reading, against the rows that Spark saw."""
    if checked.lines <= rows <= checked.lines + checked.torn:
        return
    raise ConservationError(
        explain(
            "lines in the bucket and rows read differ; nothing was written",
            where=dataset.full_name,
            expected=f"{checked.lines:,} rows, one a line",
            found=f"{rows:,}",
            remedy="did a file change while it was read? run again; if it stays, report it",
        ),
    )
