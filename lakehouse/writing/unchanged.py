"""Large values that a log does not repeat: taken from the newest older version of the row that has them.

PostgreSQL writes a large value (a TOASTed one) into its log only when it changes; other updates of the row
come without it, and bronze keeps them so, naming such columns in ``_unchanged``. Before bronze's rows are
given to a transformation they are completed from all that bronze holds of their keys. Rows that were given
before are given again with them, so a version that comes late corrects what was completed without it: in
whatever order loads arrive, the last completion is the right one.

An update of the key is a delete and an insert of one place in the log; what the insert lacks is the old
key's. Where nothing older is known, the value stays null.
"""

from functools import reduce
from operator import and_
from pathlib import Path

import pyarrow as pa
from deltalake import DeltaTable
from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

__all__ = ["any_unchanged", "as_bronze", "completed"]

_PLACE = ("_position", "_order")
_ADDED = {"_order": "bigint", "_unchanged": "string"}
_FROM = "__from_"
_KNOWN = "__known_"


def as_bronze(frame: DataFrame) -> DataFrame:
    """A bronze table's rows with the road's newer columns, which a table may not have yet."""
    missing = {name: kind for name, kind in _ADDED.items() if name not in frame.columns}
    return frame.withColumns({name: F.lit(None).cast(kind) for name, kind in missing.items()})


def any_unchanged(table: Path, version: int) -> bool:
    """Whether a bronze table may hold rows that lack such values; told from its statistics, without Spark."""
    opened = DeltaTable(table, version=version)
    if "_unchanged" not in {field.name for field in opened.schema().fields}:
        return False
    files = pa.table(opened.get_add_actions(flatten=True)).to_pylist()
    return any(
        file.get("null_count._unchanged") is None or file["null_count._unchanged"] < file["num_records"]
        for file in files
    )


def completed(rows: DataFrame, history: DataFrame, key: tuple[str, ...]) -> DataFrame:
    """``rows`` of bronze, and every older or newer row of their keys that lacks a value, with the values.

    ``history`` is the whole table, ``rows`` among it. Gives the columns of ``rows``.
    """
    lacking = history.where(F.col("_unchanged").isNotNull())
    names = [row["name"] for row in lacking.select(_lacks().alias("name")).distinct().collect()]
    names = sorted(set(names) & set(rows.columns))
    moves = _moves(history, lacking, key)
    moved = bool(moves.head(1))
    touched = rows.select(*key).where(_all_there(key)).distinct()
    if moved:
        touched = _with_linked(touched, moves, key)
    chain = history.where(F.col("_change").isin("upsert", "delete")).join(touched, list(key), "left_semi")
    filled = _filled(chain, names, key)
    if moved:
        filled = _across_keys(chain, moves.localCheckpoint(), names, key)
    given_again = filled.where(F.col("_unchanged").isNotNull()).select(
        *(_value(name) if name in names else F.col(name) for name in rows.columns),
    )
    return rows.where(F.col("_unchanged").isNull()).unionByName(given_again)


def _moves(history: DataFrame, lacking: DataFrame, key: tuple[str, ...]) -> DataFrame:
    """The updates of keys that lack a value: the new key, the old one as ``__from_…``, and the place."""
    gone = history.where(F.col("_change") == "delete")
    old = gone.select(*(F.col(name).alias(f"{_FROM}{name}") for name in key), *_PLACE)
    return lacking.select(*key, *_PLACE).join(old, list(_PLACE), "inner").distinct()


def _with_linked(touched: DataFrame, moves: DataFrame, key: tuple[str, ...]) -> DataFrame:
    """The keys, and all that they were before or became."""
    new = [F.col(name) for name in key]
    old = [F.col(f"{_FROM}{name}").alias(name) for name in key]
    links = moves.select(F.struct(*new).alias("a"), F.struct(*old).alias("b"))
    links = links.unionByName(links.select(F.col("b").alias("a"), F.col("a").alias("b"))).localCheckpoint()
    found, size = touched.select(F.struct(*new).alias("a")).localCheckpoint(), -1
    while (grown := found.count()) > size:
        size = grown
        reached = links.join(found, "a", "left_semi").select(F.col("b").alias("a"))
        found = found.unionByName(reached).distinct().localCheckpoint()
    return found.select("a.*")


def _across_keys(chain: DataFrame, moves: DataFrame, names: list[str], key: tuple[str, ...]) -> DataFrame:
    """The chain filled again and again, values going from old key to new, until no more go over."""
    given = [f"{_KNOWN}{name}" for name in names]
    old = [F.col(name).alias(f"{_FROM}{name}") for name in key]
    filled, lacked = _filled(chain, names, key), None
    while True:
        ends = filled.where(F.col("_change") == "delete").select(*old, *_PLACE, *given)
        brought = (
            moves.join(ends, [*(f"{_FROM}{name}" for name in key), *_PLACE], "inner")
            .groupBy(*key, *_PLACE)
            .agg(*(F.first(name, ignorenulls=True).alias(name) for name in given))
            .localCheckpoint()
        )
        filled = _filled(chain.join(brought, [*key, *_PLACE], "left"), names, key)
        lacks = brought.where(~reduce(and_, (F.col(name).isNotNull() for name in given))).count()
        if lacks in (0, lacked):
            return filled
        lacked = lacks


def _filled(chain: DataFrame, names: list[str], key: tuple[str, ...]) -> DataFrame:
    """Every row with what was last known of each column, as ``__known_…``: a struct, null if nothing was.

    A row may bring such a struct for what it lacks. A key that was deleted and comes again knows nothing
    of what it was before.
    """
    by_key = Window.partitionBy(*key).orderBy(*_PLACE)
    lives = F.sum((F.col("_change") == "delete").cast("int"))
    before = by_key.rowsBetween(Window.unboundedPreceding, -1)
    alive = chain.withColumn("__life", F.coalesce(lives.over(before), F.lit(0)))
    so_far = Window.partitionBy(*key, "__life").orderBy(*_PLACE)
    so_far = so_far.rowsBetween(Window.unboundedPreceding, Window.currentRow)
    own = {name: F.when((F.col("_change") == "upsert") & ~_is_lacking(name), _known(name)) for name in names}
    brought = {name: f"{_KNOWN}{name}" in chain.columns for name in names}
    known = {
        f"{_KNOWN}{name}": F.last(
            F.coalesce(own[name], F.col(f"{_KNOWN}{name}")) if brought[name] else own[name], ignorenulls=True
        ).over(so_far)
        for name in names
    }
    return alive.withColumns(known)


def _value(name: str) -> Column:
    known = F.col(f"{_KNOWN}{name}").getField("value")
    return F.when(_is_lacking(name), known).otherwise(F.col(name)).alias(name)


def _known(name: str) -> Column:
    return F.struct(F.col(name).alias("value"))


def _lacks() -> Column:
    return F.explode(F.split("_unchanged", ","))


def _is_lacking(name: str) -> Column:
    return F.coalesce(F.array_contains(F.split("_unchanged", ","), name), F.lit(False))


def _all_there(key: tuple[str, ...]) -> Column:
    return reduce(and_, (F.col(name).isNotNull() for name in key))
