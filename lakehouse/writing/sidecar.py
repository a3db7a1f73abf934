"""Tables that go with a table: its quarantine, its tombstones.

A batch's rows are written to a sidecar *before* the batch is published, in a commit that names the
batch. They count only once the table has a commit of that batch: readers pass over the rest, and the
next writer removes it. Writers of one table follow each other under its lock, so only the newest
batch of a sidecar can be unpublished.
"""

from collections.abc import Sequence
from pathlib import Path

from delta.tables import DeltaTable
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from lakehouse.engine import deltalog
from lakehouse.engine.asking import ask
from lakehouse.engine.durability import acknowledge
from lakehouse.engine.tables import create_table
from lakehouse.writing.publish import marked, session_settings

__all__ = ["BATCH", "append", "drop_replaced", "drop_unpublished", "others", "published"]

BATCH = "batch_id"
"""The column of every sidecar that names the batch."""

_MARK = "sidecar of batch "
_DROPPED = "dropped "


def append(rows: DataFrame, path: Path, *, batch: str, comment: str, personal: Sequence[str] = ()) -> None:
    """Add a batch's rows, which have a column :data:`BATCH`, and bring them to disk."""
    if not deltalog.exists(path):
        create_table(rows.sparkSession, path, rows.schema, comment=comment, personal=personal)
    rows.write.format("delta").mode("append").option("mergeSchema", "true").option(
        "userMetadata", f"{_MARK}{batch}"
    ).save(str(path))
    acknowledge(path, deltalog.version(path))


def published(spark: SparkSession, path: Path, table: Path) -> DataFrame | None:
    """A sidecar's rows of published batches, or None where there is no sidecar."""
    if not deltalog.exists(path):
        return None
    # At its version, so that what was read of it stays what it was when this batch adds its own rows.
    rows = spark.read.format("delta").option("versionAsOf", deltalog.version(path)).load(str(path))
    orphan = _unpublished_batch(path, table)
    return rows if orphan is None else rows.where(F.col(BATCH) != orphan)


def drop_unpublished(spark: SparkSession, path: Path, table: Path) -> bool:
    """Remove the rows of a batch whose writer was killed before publishing. Needs the table's lock."""
    orphan = _unpublished_batch(path, table)
    if orphan is None:
        return False
    _delete(spark, path, F.col(BATCH) == orphan, f"batch {orphan}")
    return True


def drop_replaced(spark: SparkSession, path: Path, batch: str) -> None:
    """Remove the rows of all batches but one, which has replaced the whole table."""
    if others(path, batch):
        _delete(spark, path, F.col(BATCH) != batch, f"all but batch {batch}")


def others(path: Path, batch: str, *, which: str = "true") -> bool:
    """Whether a sidecar has rows of another batch, of those that a SQL condition names; JVM-free."""
    if not deltalog.exists(path):
        return False
    return bool(ask(path, f"SELECT 1 FROM t WHERE {BATCH} <> '{batch}' AND {which} LIMIT 1"))


def _delete(spark: SparkSession, path: Path, which: Column, what: str) -> None:
    with session_settings(spark, marked(f"{_DROPPED}{what}")):
        DeltaTable.forPath(spark, str(path)).delete(which)
    acknowledge(path, deltalog.version(path))


def _unpublished_batch(path: Path, table: Path) -> str | None:
    if not deltalog.exists(path):
        return None
    newest = next((text for text in deltalog.marks(path) if text.startswith((_MARK, _DROPPED))), "")
    batch = newest.removeprefix(_MARK)
    return None if newest.startswith(_DROPPED) or not batch or deltalog.has_batch(table, batch) else batch
