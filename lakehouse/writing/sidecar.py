"""Tables that go with a table: its quarantine, its tombstones.

A batch's rows are written to a sidecar *before* the batch is published, in a commit that names the
batch. They count only once the table has a commit of that batch: readers pass over the rest, and the
next writer removes it. Writers of one table follow each other under its lock, so only the newest
batch of a sidecar can be unpublished.
"""

from collections.abc import Sequence
from pathlib import Path

from delta.tables import DeltaTable
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from lakehouse.engine import deltalog
from lakehouse.engine.storage import sync_commit
from lakehouse.engine.tables import create_table

__all__ = ["BATCH", "append", "drop_unpublished", "published"]

BATCH = "batch_id"
"""The column of every sidecar that names the batch."""

_MARK = "sidecar of batch "


def append(rows: DataFrame, path: Path, *, batch: str, comment: str, personal: Sequence[str] = ()) -> None:
    """Add a batch's rows, which have a column :data:`BATCH`, and bring them to disk."""
    if not deltalog.exists(path):
        create_table(rows.sparkSession, path, rows.schema, comment=comment, personal=personal)
    rows.write.format("delta").mode("append").option("userMetadata", f"{_MARK}{batch}").save(str(path))
    sync_commit(path, deltalog.version(path))


def published(spark: SparkSession, path: Path, table: Path) -> DataFrame | None:
    """A sidecar's rows of published batches, or None where there is no sidecar."""
    if not deltalog.exists(path):
        return None
    rows = spark.read.format("delta").load(str(path))
    orphan = _unpublished_batch(path, table)
    return rows if orphan is None else rows.where(F.col(BATCH) != orphan)


def drop_unpublished(spark: SparkSession, path: Path, table: Path) -> bool:
    """Remove the rows of a batch whose writer was killed before publishing. Needs the table's lock."""
    orphan = _unpublished_batch(path, table)
    if orphan is None:
        return False
    DeltaTable.forPath(spark, str(path)).delete(F.col(BATCH) == orphan)
    return True


def _unpublished_batch(path: Path, table: Path) -> str | None:
    if not deltalog.exists(path):
        return None
    marks = (text for text in deltalog.marks(path) if text.startswith(_MARK))
    newest = next(marks, None)
    if newest is None:
        return None
    batch = newest.removeprefix(_MARK)
    if deltalog.exists(table):
        for commit in deltalog.commits(table):
            if commit.record and commit.record.batch == batch:
                return None
    return batch
