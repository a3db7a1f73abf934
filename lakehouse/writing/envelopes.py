"""Step 1, read, for a feed of changes: Debezium's envelopes become rows of the shape that dumps have.

Every change is a row. Beside what :mod:`lakehouse.writing.loads` says of a row,

``_change``      ``upsert`` for a row inserted, updated or read, ``delete``, or ``truncate``
``_position``    how far the log had been committed when the change was
``_order``       the change's own place in the log; by both together changes stand in their order
``_unchanged``   columns whose large value the log does not repeat, as ``a,b``; their value here is null
``_extracted_at``   when the change was committed

A *snapshot* (a load of kind ``full``) begins the table anew: a ``truncate`` at the load's position goes
before its rows, and no later change stands before it, whatever the log says. A transaction that was under
way during the snapshot has changes that lie before it in the log and are not in it; by the position that
was *committed* they come behind it. Rows read again stand behind everything committed before them.

A change that is delivered again is the same row with the same place, so whoever orders by it is none the
wiser. See docs/capture.md for what an envelope holds.
"""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import DataType, DateType, TimestampNTZType, TimestampType

from lakehouse.spec import TableSpec
from lakehouse.writing.dumps import line_hash

__all__ = ["PLACEHOLDERS", "beginnings", "changes_in"]

PLACEHOLDERS = (
    "__debezium_unavailable_value",
    "X19kZWJleml1bV91bmF2YWlsYWJsZV92YWx1ZQ==",  # the same in a binary column
    '["__debezium_unavailable_value"]',  # in an array
)
"""What stands in place of a large value that did not change."""

_LAST = 2**63 - 1  # a row read again stands behind all changes committed before it
_OPS = {"r": "upsert", "c": "upsert", "u": "upsert", "d": "delete", "t": "truncate"}
_DAYS, _MICROSECONDS = r"^-?\d{1,8}$", r"^-?\d{1,17}$"  # longer ones stand for infinity


def changes_in(lines: DataFrame, spec: TableSpec, origin: DataFrame) -> DataFrame:
    """Lines as rows. ``origin`` has besides what rows of dumps need ``_snapshot`` and ``_epoch``.

    ``_snapshot`` tells whether the load is one, ``_epoch`` is the position of the table's last snapshot.
    """
    envelope = F.try_parse_json("_record")
    told = lines.withColumn("_envelope", F.when(F.rtrim("_record").endswith("}"), envelope)).select(
        *lines.columns,
        _get("$.op", "string").alias("_op"),
        _get("$.key", "map<string,string>").alias("_key"),
        _get("$.before", "map<string,string>").alias("_before"),
        _get("$.after", "map<string,string>").alias("_after"),
        _get("$.source.lsn", "bigint").alias("_lsn"),
        F.try_variant_get(F.try_parse_json(_get("$.source.sequence", "string")), "$[0]", "bigint").alias(
            "_committed",
        ),
        F.timestamp_micros(_get("$.source.ts_us", "bigint")).alias("_at"),
        F.col("_envelope").isNull().alias("_unreadable"),
    )
    rows = told.join(F.broadcast(origin), on="_ordinal", how="left").withColumns(
        {
            # A table without a primary key has no key: of its deletes the whole old row tells.
            "_map": F.when(F.col("_op") == "d", F.coalesce("_key", "_before")).otherwise(F.col("_after")),
            "_change": _change(),
        },
    )
    names = F.array(*(F.lit(name) for name in spec.column_names))
    upsert = F.col("_change") == "upsert"
    unknown = F.map_filter("_map", lambda name, _: ~F.array_contains(names, name))
    missing = F.array_except(names, F.map_keys("_map"))
    unchanged = F.filter(names, lambda name: F.try_element_at("_map", name).isin(*PLACEHOLDERS))
    return rows.select(
        *(_value(name, spec.column(name).type).alias(name) for name in spec.column_names),
        F.coalesce("_change", F.lit("upsert")).alias("_change"),
        F.when(upsert & (F.size(unknown) > 0), F.to_json(unknown)).alias("_rescued"),
        line_hash().alias("_hash"),
        F.when(upsert & F.col("_map").isNotNull(), missing)
        .otherwise(F.array().cast("array<string>"))
        .alias("_missing"),
        F.coalesce("_problem", _problem()).alias("_problem"),
        "_line",
        "_file",
        "_line_number",
        "_load_id",
        F.when(F.col("_snapshot"), F.col("_epoch"))
        .otherwise(
            F.greatest("_epoch", F.coalesce("_committed", F.when(F.col("_epoch") == 0, F.col("_lsn"))))
        )
        .alias("_position"),
        F.when(F.col("_snapshot"), F.lit(1))
        .otherwise(F.when(F.col("_op") == "r", F.coalesce("_lsn", F.lit(_LAST))).otherwise(F.col("_lsn")))
        .alias("_order"),
        F.when(upsert & (F.size(unchanged) > 0), F.array_join(unchanged, ",")).alias("_unchanged"),
        F.coalesce("_at", "_extracted_at").alias("_extracted_at"),
        "_arrived_at",
    )


def beginnings(rows: DataFrame, origin: DataFrame) -> DataFrame:
    """A ``truncate`` in the columns of ``rows`` for every snapshot, as of the first of its rows."""
    first = rows.groupBy("_load_id").agg(F.min("_extracted_at").alias("_first"))
    begun = origin.where("_snapshot").join(first, on="_load_id", how="left")
    known = begun.withColumns(
        {
            "_change": F.lit("truncate"),
            "_position": F.col("_epoch"),
            "_order": F.lit(0).cast("bigint"),
            "_missing": F.array().cast("array<string>"),
            "_extracted_at": F.coalesce("_first", "_extracted_at"),
        },
    )
    types = dict(rows.dtypes)
    return known.select(
        *(
            (F.col(name) if name in known.columns else F.lit(None).cast(types[name])).alias(name)
            for name in rows.columns
        ),
    )


def _get(path: str, kind: str) -> Column:
    return F.try_variant_get("_envelope", path, kind)


def _change() -> Column:
    pairs = [F.lit(text) for pair in _OPS.items() for text in pair]
    return F.try_element_at(F.create_map(*pairs), F.col("_op"))


def _problem() -> Column:
    """Why an envelope says nothing that could be applied."""
    without_row = (F.col("_change") != "truncate") & F.col("_map").isNull()
    nowhere = ~F.col("_snapshot") & (F.col("_op") != "r") & F.col("_lsn").isNull()
    return (
        F.when(F.col("_unreadable"), F.lit("the line is not a JSON object"))
        .when(F.col("_change").isNull(), F.lit("the line is no change: its op is none of c, u, d, r, t"))
        .when(without_row, F.lit("the change has neither the row nor its key"))
        .when(nowhere, F.lit("the change does not say where it stands in the log"))
    )


def _value(name: str, kind: DataType) -> Column:
    """A column's value as a dump would give it: Debezium has dates as days, and times as microseconds."""
    value = F.try_element_at("_map", F.lit(name))
    value = F.when(~value.isin(*PLACEHOLDERS), value)
    if isinstance(kind, DateType):
        day = F.date_add(F.lit("1970-01-01").cast("date"), value.try_cast("int"))
        return F.when(value.rlike(_DAYS), day.cast("string")).otherwise(value)
    if isinstance(kind, (TimestampType, TimestampNTZType)):
        moment = F.date_format(F.timestamp_micros(value.try_cast("bigint")), "yyyy-MM-dd'T'HH:mm:ss.SSSSSS")
        if isinstance(kind, TimestampType):
            moment = F.concat(moment, F.lit("Z"))
        return F.when(value.rlike(_MICROSECONDS), moment).otherwise(value)
    return value
