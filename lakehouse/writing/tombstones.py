"""Tombstones: what was deleted, and when, so that an older change arriving later brings nothing back.

A sidecar of every keyed table that has seen a delete: the key, the sequence (and for histories the
time) of the delete, and ``everything``, true for a truncate, which has no key and sweeps all rows up
to its sequence.
"""

from pathlib import Path

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse.engine import deltalog
from lakehouse.writing import sidecar
from lakehouse.writing.publish import CHANGE

__all__ = ["remember", "without_superseded"]


def remember(
    rows: DataFrame,
    path: Path,
    *,
    key: tuple[str, ...],
    carried: tuple[str, ...],
    batch: str,
    deletes: int,
    replaces: bool = False,
) -> DataFrame | None:
    """Write the batch's tombstones, if it has any; give all that hold, or None where there are none.

    ``carried`` names the columns kept beside the key: the sequence, and the time for histories. Of a
    batch that ``replaces`` the table only its own hold: it has read every delete there was.
    """
    if deletes:
        gone = rows.where(F.col(CHANGE).isin("delete", "truncate"))
        tombstones = gone.select(
            *(F.when(F.col(CHANGE) == "delete", F.col(name)).alias(name) for name in key),
            *dict.fromkeys(carried),
            (F.col(CHANGE) == "truncate").alias("everything"),
            F.lit(batch).alias(sidecar.BATCH),
        ).distinct()
        sidecar.append(tombstones, path, batch=batch, comment="Keys that were deleted, and when.")
    if not deltalog.exists(path):
        return None
    there = rows.sparkSession.read.format("delta").load(str(path))
    return there.where(F.col(sidecar.BATCH) == batch) if replaces else there


def without_superseded(
    rows: DataFrame,
    tombstones: DataFrame | None,
    key: tuple[str, ...],
    sequence: str,
) -> DataFrame:
    """Leave out what a tombstone of the same or a greater sequence has made void."""
    if tombstones is None:
        return rows
    of_key = tombstones.where(~F.col("everything")).groupBy(*key).agg(F.max(sequence).alias("__gone"))
    of_all = tombstones.where("everything").agg(F.max(sequence).alias("__all_gone"))
    kept = rows.join(of_key, on=list(key), how="left").crossJoin(F.broadcast(of_all))
    older = F.coalesce(F.col(sequence) <= F.col("__gone"), F.lit(False))
    swept = F.coalesce(F.col(sequence) <= F.col("__all_gone"), F.lit(False))
    return kept.where(~older & ~swept).select(*rows.columns)
