"""Step 4, audit before publish: a batch that fails leaves the table exactly as it was."""

from lakehouse.dataset import Dataset
from lakehouse.errors import BatchRefused, ConservationError, explain
from lakehouse.rules import Severity
from lakehouse.writing.judge import Judged

__all__ = ["audit", "audit_lines"]


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


def audit_lines(dataset: Dataset, *, lines: int, torn: int, rows: int) -> None:
    """Hold the lines in the bucket, counted by plain reading, against the rows that Spark saw."""
    if lines <= rows <= lines + torn:
        return
    raise ConservationError(
        explain(
            "lines in the bucket and rows read differ; nothing was written",
            where=dataset.full_name,
            expected=f"{lines:,} rows, one a line",
            found=f"{rows:,}",
            remedy="did a file change while it was read? run again; if it stays, report it",
        ),
    )
