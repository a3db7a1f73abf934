"""The upsert: the latest row per key, whatever the order in which changes arrive.

Changes of one key are ordered by the contract's sequence, never by a clock or by arrival. Of equal
sequences a delete wins; in one batch then a choice by content that is the same in any order. What the
table holds gives way to a row of its own sequence: the same version, given again with what has become
known since; a row that waited in quarantine knows nothing newer. Truncates and deletes are remembered as
tombstones (:mod:`lakehouse.writing.tombstones`).
"""

from dataclasses import replace

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from lakehouse.writing import publish
from lakehouse.writing.publish import ACTION, CHANGE, MergeRules, Publication, content_hash, content_of
from lakehouse.writing.request import Trigger
from lakehouse.writing.sequence import place_of
from lakehouse.writing.tombstones import without_superseded

__all__ = ["latest", "latest_live", "replace_keys", "upsert"]


def latest(rows: DataFrame, key: tuple[str, ...], sequence: tuple[str, ...]) -> DataFrame:
    """One row per key: the one of greatest sequence, of equal ones that of greatest content hash."""
    content = content_hash(F.col(name) for name in _content(rows))
    order = Window.partitionBy(*key).orderBy(place_of(sequence).desc(), content.desc())
    return rows.withColumn("_rank", F.row_number().over(order)).where("_rank = 1").drop("_rank")


def latest_live(
    rows: DataFrame,
    tombstones: DataFrame | None,
    key: tuple[str, ...],
    sequence: tuple[str, ...],
) -> DataFrame:
    """The latest row per key that no tombstone has made void, without the change column."""
    upserts = rows.where(_says(rows, "upsert")).drop(CHANGE)
    return latest(without_superseded(upserts, tombstones, key, sequence), key, sequence)


def upsert(
    publication: Publication,
    key: tuple[str, ...],
    sequence: tuple[str, ...],
    tombstones: DataFrame | None,
) -> None:
    """Merge the batch's latest rows into the table, and take out what it deletes."""
    rows = publication.rows
    puts = latest_live(rows, tombstones, key, sequence)
    actions = puts.withColumn(ACTION, F.lit("put"))
    delete = sweep = None
    s, t = place_of(sequence, "s"), place_of(sequence, "t")
    if CHANGE in rows.columns:
        removes = latest(rows.where(_says(rows, "delete")).drop(CHANGE), key, sequence)
        removes = removes.join(puts.select(*key), on=list(key), how="left_anti").select(*puts.columns)
        actions = actions.unionByName(removes.withColumn(ACTION, F.lit("remove")))
        delete = s >= t
        truncated = _truncated_up_to(rows, sequence)
        if truncated is not None:
            sweep = t <= truncated
            delete = delete | sweep
    names = _content(puts)
    newer = s > t
    if publication.record.trigger != Trigger.REPLAY:
        newer = newer | ((s == t) & (content_of("s", names) != content_of("t", names)))
    publish.merge(replace(publication, rows=actions), key, MergeRules(newer, delete, sweep))


def replace_keys(publication: Publication, key: tuple[str, ...], touched: DataFrame | None) -> None:
    """Put the rows of some keys in place of all that the table holds for them.

    ``touched`` has the values, in some of the key's columns, that were recomputed whole: a row of the
    table that lies under one of them and was not computed again is taken out.
    """
    rows = publication.rows.drop(CHANGE)
    actions = rows.withColumn(ACTION, F.lit("put"))
    if touched is not None:
        there = rows.sparkSession.read.format("delta").load(str(publication.table))
        stale = there.join(touched, on=touched.columns, how="left_semi").join(
            rows.select(*key),
            list(key),
            "left_anti",
        )
        actions = actions.unionByName(stale.select(*rows.columns).withColumn(ACTION, F.lit("remove")))
    names = _content(rows)
    changed = content_of("s", names) != content_of("t", names)
    publish.merge(replace(publication, rows=actions), key, MergeRules(changed, F.lit(True)))


def _content(rows: DataFrame) -> tuple[str, ...]:
    """The columns that a row's author gave it: not the road's own."""
    return tuple(name for name in rows.columns if not name.startswith("_"))


def _says(rows: DataFrame, change: str) -> Column:
    if CHANGE not in rows.columns:
        return F.lit(change == "upsert")
    return F.coalesce(F.col(CHANGE), F.lit("upsert")) == change


def _truncated_up_to(rows: DataFrame, sequence: tuple[str, ...]) -> Column | None:
    row = rows.where(_says(rows, "truncate")).agg(F.max(place_of(sequence)).alias("last")).first()
    if row is None or row["last"] is None:
        return None
    kind = rows.select(place_of(sequence).alias("last")).schema["last"].dataType
    if isinstance(kind, StructType):
        parts = zip(kind.fields, row["last"], strict=True)
        return F.struct(*(F.lit(value).cast(part.dataType).alias(part.name) for part, value in parts))
    return F.lit(row["last"])
