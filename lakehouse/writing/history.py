"""The history: every version of every key, as a slowly changing dimension of type 2.

A version holds from its own time (``valid_from``) until the next version or delete of its key
(``valid_to``, null while it holds): intervals of one key meet without gap or overlap, except where
the key did not exist. Versions are ordered by sequence; a late one splits the interval it falls
into, a repeated one changes nothing. Where times run backwards against the sequence, a version
holds from the latest time before it, so intervals stay in order.
"""

from dataclasses import replace
from functools import reduce
from operator import and_

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from lakehouse.modes import History
from lakehouse.writing import publish
from lakehouse.writing.publish import CHANGE, MergeRules, Publication, content_of
from lakehouse.writing.request import Trigger
from lakehouse.writing.upsert import latest

__all__ = ["VALIDITY", "history", "versions"]

VALIDITY = {"valid_from": "timestamp", "valid_to": "timestamp", "is_current": "boolean"}
"""The columns that the road adds, with their types."""


def versions(rows: DataFrame, tombstones: DataFrame | None, key: tuple[str, ...], mode: History) -> DataFrame:
    """All versions in ``rows`` with their intervals. ``rows`` must hold its keys whole."""
    content = [name for name in rows.columns if name != CHANGE]
    upserts = rows
    if CHANGE in rows.columns:
        upserts = rows.where(F.coalesce(F.col(CHANGE), F.lit("upsert")) == "upsert")
    known = latest(upserts.select(*content), (*key, *mode.sequence), mode.sequence)
    events = known.withColumn("__ends", F.lit(False))
    if tombstones is not None:
        ends = _ends(known, tombstones, key, mode)
        events = _without_equal_deletes(events, ends, key, mode).unionByName(ends, allowMissingColumns=True)
    by_key = Window.partitionBy(*key).orderBy(*mode.sequence)
    so_far = by_key.rowsBetween(Window.unboundedPreceding, Window.currentRow)
    timed = events.withColumn("valid_from", F.max(F.col(mode.valid_column).cast("timestamp")).over(so_far))
    closed = timed.withColumn("valid_to", F.lead("valid_from").over(by_key))
    return closed.where(~F.col("__ends")).select(
        *content,
        "valid_from",
        "valid_to",
        F.col("valid_to").isNull().alias("is_current"),
    )


def history(
    publication: Publication,
    key: tuple[str, ...],
    mode: History,
    tombstones: DataFrame | None,
) -> None:
    """Merge a batch's versions into the table, opening and closing intervals as they fall."""
    rows = publication.rows
    there = rows.sparkSession.read.format("delta").load(str(publication.table)).drop(*VALIDITY)
    touched = rows.select(*key).distinct()
    if CHANGE in rows.columns:
        swept = rows.where(F.col(CHANGE) == "truncate").limit(1).count()
        touched = touched if not swept else touched.unionByName(there.select(*key)).distinct()
        there = there.withColumn(CHANGE, F.lit("upsert"))
    before = there.join(touched, on=list(key), how="left_semi")
    on = (*key, *mode.sequence)
    if publication.record.trigger == Trigger.REPLAY:  # what waited in quarantine knows nothing newer
        rows = _not_in(rows, before, on)
    else:  # a version given again is the same one, with what has become known since
        before = _not_in(before, rows, on)
    # Computed here and now: planning the merge over the plan of what it reads would take longer.
    gathered = before.unionByName(rows, allowMissingColumns=True).localCheckpoint(eager=True)
    chain = versions(gathered, tombstones, key, mode)
    told = ("valid_from", "valid_to", *_content(chain))
    differs = content_of("s", told) != content_of("t", told)
    actions = chain.withColumn(publish.ACTION, F.lit("put"))
    if tombstones is not None:  # a version that is there may turn out to be void
        void = _not_in(gathered.select(*on), chain, on).distinct()
        actions = actions.unionByName(
            void.withColumn(publish.ACTION, F.lit("remove")), allowMissingColumns=True
        )
    publish.merge(replace(publication, rows=actions), on, MergeRules(differs, F.lit(True)))


def _ends(known: DataFrame, tombstones: DataFrame, key: tuple[str, ...], mode: History) -> DataFrame:
    """The deletes of the keys at hand, a truncate being one of every key."""
    columns = dict.fromkeys((*key, *mode.sequence, mode.valid_column))
    of_key = tombstones.where(~F.col("everything")).select(*columns)
    keys = known.select(*key).distinct()
    of_key = of_key.join(keys, on=list(key), how="left_semi")
    carried = [name for name in columns if name not in key]
    of_all = keys.crossJoin(F.broadcast(tombstones.where("everything").select(*carried))).select(*columns)
    return of_key.unionByName(of_all).distinct().withColumn("__ends", F.lit(True))


def _without_equal_deletes(
    events: DataFrame,
    ends: DataFrame,
    key: tuple[str, ...],
    mode: History,
) -> DataFrame:
    """Of a version and a delete of one sequence, the delete holds."""
    return _not_in(events, ends, (*key, *mode.sequence))


def _not_in(rows: DataFrame, others: DataFrame, on: tuple[str, ...]) -> DataFrame:
    """The rows that have no equal among the others, nulls being equal."""
    there = others.select(*(F.col(name).alias(f"__other_{name}") for name in on))
    same = reduce(and_, (F.col(name).eqNullSafe(F.col(f"__other_{name}")) for name in on))
    return rows.join(there, on=same, how="left_anti")


def _content(rows: DataFrame) -> list[str]:
    return [name for name in rows.columns if not name.startswith("_") and name not in VALIDITY]
