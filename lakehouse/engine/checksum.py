"""What a table holds, as one short text: the same for the same rows, in any order, whenever written."""

import hashlib
from pathlib import Path

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from lakehouse.engine import deltalog

__all__ = ["PROCESSING", "content_checksum"]

PROCESSING = ("_landed_at", "_transformed_at", "_run_id")
"""The columns that say when and by which run a row was written."""


def content_checksum(spark: SparkSession, table: Path) -> str:
    """The number of rows and 16 hex digits, over all columns but :data:`PROCESSING`.

    A column that is null in a row counts there as if the table did not have it. One pass over the table.
    """
    rows = spark.read.format("delta").option("versionAsOf", deltalog.version(table)).load(str(table))
    columns = sorted(name for name in rows.columns if name not in PROCESSING)
    row = F.to_json(F.struct(*columns), {"timestampFormat": "yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX"})
    sums = [F.sum(F.xxhash64(row, F.lit(seed)).cast("decimal(38,0)")) for seed in (1, 2)]
    found = rows.agg(F.count(F.lit(1)), *sums).first()
    assert found is not None  # noqa: S101 - an aggregate without groups has one row
    digest = hashlib.sha256(repr([str(value) for value in found]).encode()).hexdigest()[:16]
    return f"{found[0]:,} rows, {digest}"
