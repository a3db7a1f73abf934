"""Step 7, conserve: what the engine says it wrote must be what was judged good.

Delta counts the rows of a commit while it writes the files, independently of the judging. A
difference means that the batch read itself differently twice; the commit is taken back.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from delta.tables import DeltaTable
from pyspark.sql import SparkSession

from lakehouse.dataset import Dataset
from lakehouse.engine import deltalog
from lakehouse.engine.deltalog import Commit
from lakehouse.engine.durability import acknowledge
from lakehouse.errors import ConservationError, explain

__all__ = ["Difference", "conserve", "difference", "doubt"]

_DIRECT = ("Append", "Snapshot", "ReplaceWindow")  # every good row becomes a row of the table


@dataclass(frozen=True, slots=True)
class Difference:
    """The rows that a batch was judged to have, and those that the engine counted."""

    expected: int
    counted: int


def difference(commit: Commit) -> Difference | None:
    """What does not add up in a commit; None where all does, or where nothing was counted.

    A ``MERGE`` says nothing about lost rows, and an upsert writes fewer rows than it was given.
    """
    record, counted = commit.record, commit.metrics.get("numOutputRows")
    if record is None or counted is None or record.mode not in _DIRECT or commit.operation == "MERGE":
        return None
    rows = int(counted) - int(commit.metrics.get("numCopiedRows", 0))
    return None if rows == record.rows_written else Difference(record.rows_written, rows)


def doubt(account: Mapping[str, Any]) -> str | None:
    """Of a commit whose writer was stopped before it could count: whether its rows add up."""
    found = difference(deltalog.from_account(account))
    return None if found is None else f"it says to hold {found.expected:,} rows and holds {found.counted:,}"


def conserve(spark: SparkSession, dataset: Dataset, table: Path, commit: Commit) -> None:
    """Compare Delta's own count with the batch's; restore the version before if they differ."""
    found = difference(commit)
    if found is None:
        return
    DeltaTable.forPath(spark, str(table)).restoreToVersion(commit.version - 1)
    acknowledge(table, deltalog.version(table))
    raise ConservationError(
        explain(
            f"the commit of version {commit.version} was taken back: rows were lost or doubled on the way",
            where=dataset.full_name,
            expected=f"{found.expected:,} rows",
            found=f"{found.counted:,}",
            remedy="make the transformation give the same rows each time: no random values, no clocks",
        ),
    )
