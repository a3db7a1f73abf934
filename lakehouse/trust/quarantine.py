"""Quarantine: where rows that broke a rule wait, whole, with the reasons.

Each table has one quarantine, a sidecar (:mod:`lakehouse.writing.sidecar`) in bronze's security
zone. Columns: ``quarantine_id``, ``batch_id``, ``run_id``, ``quarantined_at``, ``broken`` (the rules),
``source`` (file and line, or the inputs' versions), ``row`` (the row as JSON, values as they came),
``resolution`` (null, ``replayed``, ``discarded``, or ``rebuilt`` where the table was built again and the row
judged again with it), ``resolved_at``, ``resolved_by`` (the run, of a replay also while it is under way; or
who discarded the row, and why).
"""

from collections.abc import Sequence
from pathlib import Path

from delta.tables import DeltaTable
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import (
    DataType,
    DecimalType,
    StringType,
    StructField,
    StructType,
    TimestampNTZType,
)

from lakehouse.engine import deltalog
from lakehouse.engine.durability import acknowledge
from lakehouse.writing import sidecar
from lakehouse.writing.align import RAW

__all__ = ["mark", "marked", "open_rows", "resolve", "resolve_where", "rows_as_they_came", "set_aside"]

_JSON = {"timestampFormat": "yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX", "ignoreNullFields": "true"}


def set_aside(rows: DataFrame, path: Path, *, broken: Column, source: Column, batch: str, run: str) -> None:
    """Write a batch's bad rows into a table's quarantine, before the batch is published."""
    kept = rows.select(
        F.expr("uuid()").alias("quarantine_id"),
        F.lit(batch).alias(sidecar.BATCH),
        F.lit(run).alias("run_id"),
        F.current_timestamp().alias("quarantined_at"),
        broken.alias("broken"),
        source.alias("source"),
        _as_it_came(rows).alias("row"),
        F.lit(None).cast("string").alias("resolution"),
        F.lit(None).cast("timestamp").alias("resolved_at"),
        F.lit(None).cast("string").alias("resolved_by"),
    )
    sidecar.append(
        kept, path, batch=batch, comment="Rows that broke a rule of their contract.", personal=("row",)
    )


def open_rows(spark: SparkSession, path: Path, table: Path) -> DataFrame | None:
    """The rows that wait for a decision, or None where the table never had any."""
    rows = sidecar.published(spark, path, table)
    return None if rows is None else rows.where(F.col("resolution").isNull())


def rows_as_they_came(rows: DataFrame, columns: Sequence[str], kept: dict[str, DataType]) -> DataFrame:
    """Quarantined rows as frames again: ``columns`` as strings, ``kept`` ones in their own types."""
    fields = [StructField(name, StringType()) for name in columns]
    fields += [StructField(name, kind) for name, kind in kept.items()]
    parsed = F.from_json("row", StructType(fields), _JSON)
    return rows.select("quarantine_id", parsed.alias("_row")).select("_row.*")


def mark(spark: SparkSession, path: Path, which: Column, run: str) -> None:
    """Say of waiting rows that a replay's run takes them; until that run is published, they wait on."""
    waiting = F.col("resolution").isNull() & which
    _update(spark, path, waiting, {"resolved_by": F.lit(run)})


def marked(spark: SparkSession, path: Path, run: str) -> DataFrame:
    """The rows that a replay's run takes, as they are at this moment, whatever is set aside later."""
    version = deltalog.version(path)
    rows = spark.read.format("delta").option("versionAsOf", version).load(str(path))
    return rows.where(F.col("resolution").isNull() & (F.col("resolved_by") == run))


def resolve(spark: SparkSession, path: Path, ids: Sequence[str], resolution: str, by: str) -> None:
    """Mark rows as ``replayed`` or ``discarded``; they stay, as evidence."""
    resolve_where(spark, path, F.col("quarantine_id").isin(list(ids)), resolution, by)


def resolve_where(spark: SparkSession, path: Path, which: Column, resolution: str, by: str) -> None:
    """Like :func:`resolve`, for the rows that a condition is true of."""
    values = {"resolution": F.lit(resolution), "resolved_at": F.current_timestamp(), "resolved_by": F.lit(by)}
    _update(spark, path, which, values)


def _update(spark: SparkSession, path: Path, which: Column, values: dict[str, Column]) -> None:
    DeltaTable.forPath(spark, str(path)).update(which, dict(values))
    acknowledge(path, deltalog.version(path))


def _as_it_came(rows: DataFrame) -> Column:
    """A row as JSON, with the original in place of every value whose type had to change.

    Decimals and zoneless times are written as text: read back from a JSON number a decimal would keep
    no more than a double's digits, and Spark's JSON cuts zoneless times to milliseconds.
    """
    originals = {name.removeprefix(RAW) for name in rows.columns if name.startswith(RAW)}
    fields = []
    for name in rows.columns:
        if name.startswith("__"):
            continue
        source = f"{RAW}{name}" if name in originals else name
        exact = isinstance(rows.schema[source].dataType, (DecimalType, TimestampNTZType))
        fields.append((F.col(source).cast("string") if exact else F.col(source)).alias(name))
    return F.to_json(F.struct(*fields), _JSON)
