"""Made-up records, the changes of some of them, and the dataset that keeps the latest of each.

Used where the question is what an upsert costs: a table of nine columns that is there already, and
batches of changed rows that come in no order, one in ten of them changed again in the same batch.
"""

import pyspark.sql.types as T
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from lakehouse import Contract, Field, Files, Upsert, bronze, changes, silver

__all__ = ["CONTENT", "Records", "changed_records", "first_records", "record_changes", "records"]

COUNTRIES = ["DE", "FR", "IT", "ES", "NL", "PL"]
STATUSES = ["placed", "paid", "shipped", "delivered", "returned"]
NEW_KEYS = 0.05  # of a batch's rows, about, are of keys that the table does not have


class RecordChanges(Contract):
    """One row per change of a record."""

    record_id: T.LongType() = Field(key=True, ge=0)
    version: T.LongType() = Field(ge=0)
    status: T.StringType() = Field(isin=STATUSES)
    country: T.StringType() = Field(isin=COUNTRIES)
    sku: T.StringType() = Field(str_matches=r"^SKU-[0-9]{5}$")
    note: T.StringType() = Field(str_length={"min_value": 1, "max_value": 40})
    quantity: T.IntegerType() = Field(in_range={"min_value": 1, "max_value": 100})
    price: T.DecimalType(12, 2) = Field(ge=0)
    changed_at: T.TimestampType() = Field()


class Records(RecordChanges):
    """One row per record: the latest version."""


CONTENT = tuple(Records.to_schema().columns)


@bronze(contract=RecordChanges, source=Files("bench", "record_changes"), owner="team:bench")
def record_changes(load: DataFrame) -> DataFrame:
    """Changes as they came; plain Spark writes the table here."""
    return load


@silver(
    contract=Records,
    write=Upsert(sequence_by="version"),
    owner="team:bench",
    reads={"record_changes": changes()},
)
def records(record_changes: DataFrame) -> DataFrame:
    """The latest version of each."""
    return record_changes.select(*CONTENT, "_change")


def first_records(spark: SparkSession, rows: int) -> DataFrame:
    """So many records in their first version."""
    return _filled(spark.range(rows).select(F.col("id").alias("record_id"), F.lit(0).alias("version")))


def changed_records(
    spark: SparkSession, rows: int, there: int, batch: int, *, deleted: float = 0.0
) -> DataFrame:
    """The changes of one batch (numbered from 0) to a table of ``there`` records; versions are unique.

    Of a share ``deleted`` of the keys, the batch holds deletes.
    """
    same = F.when(F.col("id") % 10 == 9, F.col("id") - 1).otherwise(F.col("id"))
    key = F.pmod(F.xxhash64(same, F.lit(batch)), F.lit(round(there * (1 + NEW_KEYS))))
    told = spark.range(rows).select(
        key.alias("record_id"), (F.lit((batch + 1) * 10**9) + F.col("id")).alias("version")
    )
    gone = F.pmod(F.xxhash64("record_id", F.lit("gone"), F.lit(batch)), F.lit(1000)) < round(deleted * 1000)
    change = F.when(gone, "delete").otherwise("upsert").alias("_change")
    return _filled(told).select("*", change)


def _filled(told: DataFrame) -> DataFrame:
    """Keys and versions with the rest of the columns, in no order of their keys."""
    number = F.pmod(F.xxhash64("record_id", "version"), F.lit(2**40))

    def one_of(words: list[str], salt: str) -> Column:
        position = F.pmod(F.xxhash64("record_id", "version", F.lit(salt)), F.lit(len(words))) + 1
        return F.element_at(F.array(*(F.lit(word) for word in words)), position.cast("int"))

    frame = told.select(
        "record_id",
        F.col("version").cast("bigint").alias("version"),
        one_of(STATUSES, "status").alias("status"),
        one_of(COUNTRIES, "country").alias("country"),
        F.concat(F.lit("SKU-"), F.lpad(F.pmod(number, F.lit(99_999)).cast("string"), 5, "0")).alias("sku"),
        F.substring(F.sha2(number.cast("string"), 256), 1, 24).alias("note"),
        (F.pmod(number, F.lit(100)) + 1).cast("int").alias("quantity"),
        (F.pmod(number, F.lit(50_000)) / 100).cast("decimal(12,2)").alias("price"),
        F.timestamp_seconds(F.lit(1_770_000_000) + F.pmod(number, F.lit(10_000_000))).alias("changed_at"),
    )
    return frame.repartition(4, F.xxhash64("record_id", F.lit("shuffled")))
