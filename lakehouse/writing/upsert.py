"""The upsert: the latest row per key, whatever the order in which changes arrive.

Changes of one key are ordered by the contract's sequence, never by a clock or by arrival; of equal
sequences a delete wins, then a choice by content that is the same in any order. Truncates and deletes
are remembered as tombstones (:mod:`lakehouse.writing.tombstones`).
"""

from dataclasses import replace
from typing import Any

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from lakehouse.writing import publish
from lakehouse.writing.publish import ACTION, CHANGE, MergeRules, Publication, content_hash, content_of
from lakehouse.writing.tombstones import without_superseded

__all__ = ["latest", "latest_live", "replace_keys", "upsert"]


def latest(rows: DataFrame, key: tuple[str, ...], sequence: str) -> DataFrame:
    """One row per key: the one of greatest sequence, of equal ones that of greatest content hash."""
    content = content_hash(F.col(name) for name in _content(rows))
    order = Window.partitionBy(*key).orderBy(F.desc(sequence), content.desc())
    return rows.withColumn("_rank", F.row_number().over(order)).where("_rank = 1").drop("_rank")


def latest_live(
    rows: DataFrame,
    tombstones: DataFrame | None,
    key: tuple[str, ...],
    sequence: str,
) -> DataFrame:
    """The latest row per key that no tombstone has made void, without the change column."""
    upserts = rows.where(_says(rows, "upsert")).drop(CHANGE)
    return latest(without_superseded(upserts, tombstones, key, sequence), key, sequence)


def upsert(
    publication: Publication,
    key: tuple[str, ...],
    sequence: str,
    tombstones: DataFrame | None,
) -> None:
    """Merge the batch's latest rows into the table, and take out what it deletes."""
    rows = publication.rows
    puts = latest_live(rows, tombstones, key, sequence)
    actions = puts.withColumn(ACTION, F.lit("put"))
    delete = sweep = None
    s, t = F.col(f"s.`{sequence}`"), F.col(f"t.`{sequence}`")
    if CHANGE in rows.columns:
        removes = latest(rows.where(_says(rows, "delete")).drop(CHANGE), key, sequence)
        removes = removes.join(puts.select(*key), on=list(key), how="left_anti").select(*puts.columns)
        actions = actions.unionByName(removes.withColumn(ACTION, F.lit("remove")))
        delete = s >= t
        truncated = _truncated_up_to(rows, sequence)
        if truncated is not None:
            sweep = t <= F.lit(truncated)
            delete = delete | sweep
    names = _content(puts)
    newer = (s > t) | ((s == t) & (content_of("s", names) > content_of("t", names)))
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


def _truncated_up_to(rows: DataFrame, sequence: str) -> Any:
    row = rows.where(_says(rows, "truncate")).agg(F.max(sequence).alias("last")).first()
    return row["last"] if row else None
