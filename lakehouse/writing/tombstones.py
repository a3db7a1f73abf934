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
from lakehouse.writing.sequence import place_of

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
    added = [each for each in rows.schema.fields if each.name in carried and each.name not in there.columns]
    there = there.withColumns({each.name: F.lit(None).cast(each.dataType) for each in added})
    return there.where(F.col(sidecar.BATCH) == batch) if replaces else there


def without_superseded(
    rows: DataFrame,
    tombstones: DataFrame | None,
    key: tuple[str, ...],
    sequence: tuple[str, ...],
) -> DataFrame:
    """Leave out what a tombstone of the same or a greater sequence has made void."""
    if tombstones is None:
        return rows
    place = place_of(sequence)
    of_key = tombstones.where(~F.col("everything")).groupBy(*key).agg(F.max(place).alias("__gone"))
    of_all = tombstones.where("everything").agg(F.max(place).alias("__all_gone"))
    kept = rows.join(of_key, on=list(key), how="left").crossJoin(F.broadcast(of_all))
    older = F.coalesce(place <= F.col("__gone"), F.lit(False))
    swept = F.coalesce(place <= F.col("__all_gone"), F.lit(False))
    return kept.where(~older & ~swept).select(*rows.columns)
