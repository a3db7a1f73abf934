"""Making Delta tables, and letting their columns grow."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from delta.tables import DeltaTable
from pyspark.sql import SparkSession
from pyspark.sql.types import StructField, StructType

from lakehouse.engine.commitfiles import log_folder
from lakehouse.engine.deltalog import open_table, version
from lakehouse.engine.durability import acknowledge, acknowledged

__all__ = ["create_table", "grow_table"]

_PROPERTIES = {
    # What changed is read from the feed, with pre-images.
    "delta.enableChangeDataFeed": "true",
    # An upsert of few rows marks the old ones instead of rewriting their files.
    "delta.enableDeletionVectors": "true",
    # The log is the record of what happened; it outlives the data's own retention.
    "delta.logRetentionDuration": "interval 3650 days",
    # Which loads were taken stands in the log alone: no clock, however wrong, may shorten it.
    "delta.enableExpiredLogCleanup": "false",
    "delta.deletedFileRetentionDuration": "interval 30 days",
}


def create_table(
    spark: SparkSession,
    path: Path,
    schema: StructType,
    *,
    comment: str,
    personal: Sequence[str] = (),
    partitioned_by: Sequence[str] = (),
) -> None:
    """Create a table where there is none, and bring it to disk.

    Columns named in ``personal`` get no statistics: the log would keep their smallest and greatest
    values long after the rows are gone.
    """
    _clear_unfinished(path)
    table = DeltaTable.createIfNotExists(spark).location(str(path)).comment(comment)
    for name, value in _PROPERTIES.items():
        table = table.property(name, value)
    if personal:
        left_out = {*personal, *partitioned_by}
        measured = [
            field.name for field in schema.fields if field.name not in left_out and _measurable(field)
        ]
        table = table.property(
            "delta.dataSkippingStatsColumns", ",".join(f"`{name}`" for name in measured[:32])
        )
    if partitioned_by:
        table = table.partitionedBy(*partitioned_by)
    table.addColumns(schema).execute()
    acknowledge(path, 0)


def grow_table(spark: SparkSession, path: Path, schema: StructType) -> None:
    """Add the columns that a table does not have yet, at its end; their values are null so far.

    A merge compares columns of the table, so they must be there before it.
    """
    opened = open_table(path)
    there = {field.name for field in opened.schema().fields}
    missing = [field for field in schema.fields if field.name not in there]
    if missing:
        columns = ", ".join(f"`{field.name}` {field.dataType.simpleString()}" for field in missing)
        spark.sql(f"ALTER TABLE delta.`{path}` ADD COLUMNS ({columns})")
        acknowledge(path, version(path))


def _clear_unfinished(path: Path) -> None:
    """Remove a log that has no commit: Delta makes no table where somebody was stopped making one."""
    if log_folder(path).is_dir() and acknowledged(path) is None and not any(log_folder(path).glob("*.json")):
        shutil.rmtree(log_folder(path))


def _measurable(field: StructField) -> bool:
    return field.dataType.typeName() not in {"array", "map", "struct", "binary", "boolean", "variant"}
