"""Full dumps: only what differs from the load before, and the keys that are gone.

Loads are taken in order of their position. A line is kept where its key was absent from the load
before or had another content; a key that a load no longer has gives one ``delete`` row. From these
rows every load can be rebuilt. A load with lines whose key cannot be read (broken lines, null keys)
proves no absence, so it gives no deletes; the next whole load gives them.

Lines are compared as text, by key and hash alone: the unchanged ones, nearly all, are never parsed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F
from pyspark.sql.types import StringType, StructField, StructType

from lakehouse.spec import TableSpec

__all__ = ["Differences", "differences", "line_hash", "state_of"]

_PLACE = ("_file", "_line_number")


@dataclass(frozen=True, slots=True)
class Differences:
    """``lines`` that say something new, and ``gone``: the key's columns as strings, ``_ordinal``."""

    lines: DataFrame
    gone: DataFrame


def line_hash() -> Column:
    """The hash by which two dumps of one row are compared: of the record's text."""
    return F.xxhash64("_record")


def state_of(rows: DataFrame, spec: TableSpec) -> DataFrame:
    """The newest row per key of everything taken so far, deleted keys left out.

    ``rows`` has the key's columns, ``_change``, ``_hash``, ``_position``, ``_order`` and ``_line_number``.
    Gives the key, ``_hash`` and ``_ordinal`` 0: "as of before this batch".
    """
    place = F.struct("_position", "_order", "_line_number")
    newest = Window.partitionBy(*spec.key).orderBy(place.desc())
    truncated = rows.where(F.col("_change") == "truncate").agg(F.max(place).alias("_truncated"))
    return (
        rows.where(F.col("_change") != "truncate")
        .withColumn("_rank", F.row_number().over(newest))
        .where((F.col("_rank") == 1) & (F.col("_change") == "upsert"))
        .crossJoin(F.broadcast(truncated))
        .where(F.col("_truncated").isNull() | (place > F.col("_truncated")))
        .select(*spec.key, "_hash", F.lit(0).alias("_ordinal"))
    )


def differences(lines: DataFrame, state: DataFrame | None, spec: TableSpec, loads: int) -> Differences:
    """Of the lines of ``loads`` full dumps (``_ordinal`` from 1), those that say something new.

    ``state`` is what :func:`state_of` gives, or None before the first load. Lines without a readable
    key are all kept, for quarantine.
    """
    keyed = lines.select(*_keys(spec), line_hash().alias("_hash"), "_ordinal", *_PLACE)
    readable = reduce(and_, (F.col(name).isNotNull() for name in spec.key))
    doubtful = {row["_ordinal"] for row in keyed.where(~readable).select("_ordinal").distinct().collect()}
    following = _next_sound([each for each in range(1, loads + 1) if each not in doubtful], loads)

    seen = keyed.where(readable)
    if state is not None:
        seen = seen.unionByName(state, allowMissingColumns=True)
    by_key = Window.partitionBy(*spec.key).orderBy("_ordinal", "_line_number")
    compared = seen.select(
        "*",
        F.lag("_ordinal").over(by_key).alias("_before"),
        F.lag("_hash").over(by_key).alias("_hash_before"),
        F.lead("_ordinal").over(by_key).alias("_after"),
    )
    absent_between = F.coalesce(_at(following, F.col("_before")) < F.col("_ordinal"), F.lit(False))
    same = F.coalesce((F.col("_hash_before") == F.col("_hash")) & ~absent_between, F.lit(False))
    gone_at = _at(following, F.col("_ordinal"))
    vanishes = gone_at.isNotNull() & (F.col("_after").isNull() | (F.col("_after") > gone_at))
    verdict = compared.select(
        *spec.key,
        *_PLACE,
        ((F.col("_ordinal") > 0) & ~same).alias("_new"),
        F.when(vanishes, gone_at).alias("_gone_at"),
    )
    new = verdict.where("_new").select(*_PLACE)
    new = new.unionByName(keyed.where(~readable).select(*_PLACE)) if doubtful else new
    gone = verdict.where(F.col("_gone_at").isNotNull())
    return Differences(
        lines.join(new, on=list(_PLACE), how="left_semi").select(*lines.columns),
        gone.select(
            *(F.col(name).cast("string").alias(name) for name in spec.key),
            F.col("_gone_at").alias("_ordinal"),
        ),
    )


def _keys(spec: TableSpec) -> list[Column]:
    """The key of a line, in the contract's types, read from the record's text."""
    fields = StructType([StructField(name, StringType()) for name in spec.key])
    record = F.from_json("_record", fields)
    return [record[name].try_cast(spec.column(name).type).alias(name) for name in spec.key]


def _next_sound(sound: Sequence[int], loads: int) -> list[int | None]:
    """For each ordinal 0…loads: the next load that proves absence, or None."""
    return [next((each for each in sound if each > ordinal), None) for ordinal in range(loads + 1)]


def _at(values: Sequence[int | None], ordinal: Column) -> Column:
    return F.get(F.array(*(F.lit(value).cast("int") for value in values)), ordinal)
