"""Step 7, conserve: what the engine says it wrote must be what was judged good.

Delta counts the rows of a commit while it writes the files, independently of the judging. A
difference means that the batch read itself differently twice; the commit is taken back.
"""

from pathlib import Path

from delta.tables import DeltaTable
from pyspark.sql import SparkSession

from lakehouse.dataset import Dataset
from lakehouse.engine.deltalog import Commit
from lakehouse.errors import ConservationError, explain

__all__ = ["conserve"]


def conserve(spark: SparkSession, dataset: Dataset, table: Path, commit: Commit, expected: int) -> None:
    """Compare Delta's own count with ``expected`` rows; restore the version before if they differ."""
    counted = commit.metrics.get("numSourceRows" if commit.operation == "MERGE" else "numOutputRows")
    copied = int(commit.metrics.get("numCopiedRows", 0))
    if counted is None or int(counted) - copied == expected:
        return
    if commit.version > 0:
        DeltaTable.forPath(spark, str(table)).restoreToVersion(commit.version - 1)
    raise ConservationError(
        explain(
            f"the commit of version {commit.version} was taken back: rows were lost or doubled on the way",
            where=dataset.full_name,
            expected=f"{expected:,} rows",
            found=f"{int(counted) - copied:,}",
            remedy="make the transformation give the same rows each time: no random values, no clocks",
        ),
    )
