"""Full dumps: only what differs from the load before, and the keys that are gone.

Loads are taken in order of their position. A row is kept where its key was absent from the load
before or had another content; a key that a load no longer has gives one ``delete`` row. From these
rows every load can be rebuilt. A load with lines whose key cannot be read (broken lines, null keys)
proves no absence, so it gives no deletes; the next whole load gives them.
"""

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F  # noqa: N812

from lakehouse.spec import TableSpec

__all__ = ["differences", "state_of"]


def state_of(rows: DataFrame, spec: TableSpec) -> DataFrame:
    """The newest row per key of everything taken so far, deleted keys left out.

    ``rows`` has the key's columns, ``_change``, ``_hash``, ``_position`` and ``_line_number``.
    Gives the key, ``_hash`` and ``_ordinal`` 0: "as of before this batch".
    """
    newest = Window.partitionBy(*spec.key).orderBy(F.desc("_position"), F.desc("_line_number"))
    return (
        rows.withColumn("_rank", F.row_number().over(newest))
        .where((F.col("_rank") == 1) & (F.col("_change") == "upsert"))
        .select(*spec.key, "_hash", F.lit(0).alias("_ordinal"))
    )


def differences(rows: DataFrame, state: DataFrame | None, spec: TableSpec, loads: DataFrame) -> DataFrame:
    """Of the rows of some full dumps, those that say something new.

    ``loads`` has a row per dump: ``_ordinal`` from 1, ``_load_id``, ``_position``, ``_extracted_at``, ``_arrived_at``; a
    dump may have no rows at all. ``state`` is what :func:`state_of` gives, or None before the first load. Rows without a readable
    key are all kept, for quarantine.
    """
    typed = [F.col(name).try_cast(spec.column(name).type).alias(f"_key_{name}") for name in spec.key]
    keyed = rows.select("*", *typed)
    key = [f"_key_{name}" for name in spec.key]
    readable = F.lit(True)
    for name in key:
        readable = readable & F.col(name).isNotNull()
    doubtful = [row["_ordinal"] for row in keyed.where(~readable).select("_ordinal").distinct().collect()]
    count = loads.count()
    following = _next_sound([each for each in range(1, count + 1) if each not in doubtful], count)

    seen = keyed.where(readable)
    if state is not None:
        before = state.select(*(F.col(name).alias(f"_key_{name}") for name in spec.key), "_hash", "_ordinal")
        seen = seen.unionByName(before, allowMissingColumns=True)
    by_key = Window.partitionBy(*key).orderBy("_ordinal", "_line_number")
    compared = seen.select(
        "*",
        F.lag("_ordinal").over(by_key).alias("_before"),
        F.lag("_hash").over(by_key).alias("_hash_before"),
        F.lead("_ordinal").over(by_key).alias("_after"),
    )
    absent_between = _at(following, F.col("_before")) < F.col("_ordinal")
    same = (F.col("_hash_before") == F.col("_hash")) & ~F.coalesce(absent_between, F.lit(False))
    kept = compared.where((F.col("_ordinal") > 0) & ~F.coalesce(same, F.lit(False))).select(*rows.columns)

    gone_at = _at(following, F.col("_ordinal"))
    gone = compared.where(gone_at.isNotNull() & (F.col("_after").isNull() | (F.col("_after") > gone_at)))
    return kept.unionByName(_deletes(gone, rows, gone_at, spec, loads)).unionByName(
        keyed.where(~readable).select(*rows.columns)
    )


def _deletes(
    gone: DataFrame, rows: DataFrame, gone_at: Column, spec: TableSpec, loads: DataFrame
) -> DataFrame:
    """A row for every key that is gone, as of the load that no longer has it."""
    known = {
        **{name: F.col(f"_key_{name}").cast("string") for name in spec.key},
        "_change": F.lit("delete"),
        "_missing": F.array().cast("array<string>"),
    }
    origin = ("_ordinal", "_load_id", "_position", "_extracted_at", "_arrived_at")
    types = dict(rows.dtypes)
    columns = [
        (known[name] if name in known else F.lit(None).cast(types[name])).alias(name)
        for name in rows.columns
        if name not in origin
    ]
    at_load = gone.select(*columns, gone_at.cast("int").alias("_ordinal"))
    return at_load.join(F.broadcast(loads), on="_ordinal", how="inner").select(*rows.columns)


def _next_sound(sound: Sequence[int], loads: int) -> list[int | None]:
    """For each ordinal 0…loads: the next load that proves absence, or None."""
    return [next((each for each in sound if each > ordinal), None) for ordinal in range(loads + 1)]


def _at(values: Sequence[int | None], ordinal: Column) -> Column:
    table = F.array(*(F.lit(value).cast("int") for value in values))
    return F.get(table, ordinal)


