"""Judging a batch against twenty rules and writing it, against writing it alone.

A fixed schema of twelve columns and twenty rules that read every column; five million rows. The plain
way writes the same columns of the same frame by Spark's Delta writer and brings them to disk; the road
writes through its whole path. Both tables are new in each round and have the same properties.

Figures: a clean batch, a batch of which one row in a hundred breaks a rule, the clean batch with a
unique key, and (without a target) what pandera's own Spark backend takes before a plain write.
"""

import shutil
import warnings
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import pyspark.sql.types as T
import typer
from lakes import lake_in, session
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from side_by_side import Way, side_by_side

from lakehouse import (
    Append,
    Contract,
    Field,
    Files,
    bronze,
    changes,
    rule,
    silver,
)
from lakehouse.dataset import Dataset
from lakehouse.engine.durability import acknowledge
from lakehouse.engine.tables import create_table
from lakehouse.writing.evolve import table_schema
from lakehouse.writing.path import write
from lakehouse.writing.request import Request

COUNTRIES = ["DE", "FR", "IT", "ES", "NL", "PL"]
STATUSES = ["placed", "paid", "shipped", "delivered", "returned"]


class Purchases(Contract):
    """One row per purchase."""

    purchase_id: T.LongType() = Field(ge=0)
    customer_id: T.LongType() = Field(in_range={"min_value": 1, "max_value": 10_000_000})
    status: T.StringType() = Field(isin=STATUSES)
    country: T.StringType() = Field(isin=COUNTRIES)
    sku: T.StringType() = Field(str_matches=r"^SKU-[0-9]{5}$")
    note: T.StringType() = Field(str_length={"min_value": 1, "max_value": 40})
    quantity: T.IntegerType() = Field(in_range={"min_value": 1, "max_value": 100})
    price: T.DecimalType(12, 2) = Field(ge=0)
    total: T.DecimalType(12, 2) = Field()
    discount: T.DoubleType() = Field(in_range={"min_value": 0.0, "max_value": 1.0})
    placed_at: T.TimestampType() = Field()
    shipped_at: T.TimestampType() = Field()

    @rule()
    def total_covers_price(cls) -> Column:
        return F.col("total") >= F.col("price")

    @rule()
    def shipped_after_placed(cls) -> Column:
        return F.col("shipped_at") >= F.col("placed_at")


class KeyedPurchases(Purchases):
    """One row per purchase, its id unique."""

    purchase_id: T.LongType() = Field(key=True, ge=0)


def purchases(spark: SparkSession, rows: int, *, bad: float) -> DataFrame:
    """Made-up purchases in no order; in a share of them the quantity, price, sku or status is wrong."""
    number = F.pmod(F.xxhash64("id"), F.lit(2**40))
    wrong = F.pmod(F.xxhash64("id", F.lit("bad")), F.lit(10_000)) < round(bad * 10_000)
    kind = F.pmod(F.col("id"), F.lit(4))

    def one_of(words: list[str], salt: str) -> Column:
        position = F.pmod(F.xxhash64("id", F.lit(salt)), F.lit(len(words))) + 1
        return F.element_at(F.array(*(F.lit(word) for word in words)), position.cast("int"))

    def spoiled(which: int, value: Column, right: Column) -> Column:
        return F.when(wrong & (kind == which), value).otherwise(right)

    price = (F.pmod(number, F.lit(50_000)) / 100).cast("decimal(12,2)")
    placed = F.timestamp_seconds(F.lit(1_770_000_000) + F.pmod(number, F.lit(10_000_000)))
    sku = F.concat(F.lit("SKU-"), F.lpad(F.pmod(number, F.lit(99_999)).cast("string"), 5, "0"))
    frame = spark.range(rows).select(
        F.col("id").alias("purchase_id"),
        (F.pmod(number, F.lit(9_999_999)) + 1).alias("customer_id"),
        spoiled(0, F.lit("plcaed"), one_of(STATUSES, "status")).alias("status"),
        one_of(COUNTRIES, "country").alias("country"),
        spoiled(1, F.lit("sku 1"), sku).alias("sku"),
        F.substring(F.sha2(F.col("id").cast("string"), 256), 1, 24).alias("note"),
        spoiled(2, F.lit(-1), (F.pmod(number, F.lit(100)) + 1).cast("int")).alias("quantity"),
        spoiled(3, F.lit(-5).cast("decimal(12,2)"), price).alias("price"),
        (price + 3).cast("decimal(12,2)").alias("total"),
        (F.pmod(number, F.lit(1000)) / 1000.0).alias("discount"),
        placed.alias("placed_at"),
        (placed + F.expr("INTERVAL 1 DAY")).alias("shipped_at"),
    )
    return frame.repartition(4, F.xxhash64("purchase_id", F.lit("shuffled")))


def judged(contract: type[Contract]) -> Dataset:
    """The dataset that the road writes."""

    @silver(contract=contract, write=Append(), owner="team:bench", reads={"deliveries": changes()})
    def judged_purchases(deliveries: DataFrame) -> DataFrame:
        return deliveries.select(*contract.to_schema().columns)

    return judged_purchases


@bronze(contract=Purchases, source=Files("bench", "purchases"), owner="team:bench")
def delivered(load: DataFrame) -> DataFrame:
    """Where purchases would come from; nothing does here."""
    return load


@silver(contract=Purchases, write=Append(), owner="team:bench", reads={"delivered": changes()})
def deliveries(delivered: DataFrame) -> DataFrame:
    """What the judged table reads; plain Spark writes it here. Texts from bronze would be masked."""
    return delivered


class Bench:
    """One kind of batch in a lake of its own, and the ways to write it."""

    def __init__(
        self, spark: SparkSession, folder: Path, contract: type[Contract], rows: int, *, bad: float
    ) -> None:
        self.spark = spark
        self.dataset, self.contract = judged(contract), contract
        self.lake = lake_in(folder, delivered, deliveries, self.dataset)
        self.expected = round(rows * (1 - bad))
        create_table(self.spark, self._source, contract.to_structtype(), comment="deliveries")
        purchases(self.spark, rows, bad=bad).write.format("delta").mode("append").save(str(self._source))

    @property
    def _source(self) -> Path:
        return self.lake.table(deliveries)

    def road(self) -> Way:
        """The whole write path."""

        def run(_: int) -> None:
            for place in (self.lake.table(self.dataset), self.lake.quarantine(self.dataset)):
                shutil.rmtree(place, ignore_errors=True)
            outcome = write(self.lake, self.spark, self.dataset, Request("bench"))
            self._check(outcome.record.rows_written if outcome.record else 0, self.expected)

        return Way("road", run)

    def plain(self, name: str = "plain write", *, validate: bool = False) -> Way:
        """Spark's own Delta writer on the same columns, then syncing; with pandera's validation before."""
        table = self.lake.settings.lake_dir / "plain" / "purchases"

        def run(_: int) -> None:
            shutil.rmtree(table, ignore_errors=True)
            create_table(self.spark, table, table_schema(self.dataset), comment=self.dataset.spec.grain)
            rows = self.spark.read.format("delta").load(str(self._source))
            if validate:
                self.contract.validate(rows)
            rows = rows.select(
                *self.dataset.spec.column_names,
                F.lit(datetime.now(UTC)).alias("_transformed_at"),
                F.lit("bench").alias("_run_id"),
            )
            rows.write.format("delta").mode("append").save(str(table))
            acknowledge(table, 1)

        return Way(name, run)

    def _check(self, written: int, expected: int) -> None:
        if abs(written - expected) > expected * 0.002:
            message = f"the road wrote {written:,} rows, expected about {expected:,}"
            raise SystemExit(message)

    def same_rows(self) -> None:
        """Prove that the road's table holds the plain one's rows, but for those set aside."""
        columns = self.dataset.spec.column_names
        plain = self.spark.read.format("delta").load(str(self.lake.settings.lake_dir / "plain" / "purchases"))
        road = self.spark.read.format("delta").load(str(self.lake.table(self.dataset)))
        lost = plain.select(*columns).exceptAll(road.select(*columns)).count()
        aside = plain.count() - road.count()
        if lost != aside:
            message = f"{lost:,} rows differ, {aside:,} were set aside"
            raise SystemExit(message)


def main(
    rows: Annotated[int, typer.Option(help="Rows in the batch.")] = 5_000_000,
    rounds: Annotated[int, typer.Option(help="Measured rounds.")] = 5,
    only: Annotated[str, typer.Option(help="clean, bad, key or pandera; all by default.")] = "",
) -> None:
    """Measure."""
    cases: tuple[tuple[str, type[Contract], float, float | None], ...] = (
        ("clean", Purchases, 0.0, 1.25),
        ("bad", Purchases, 0.01, 1.60),
        ("key", KeyedPurchases, 0.0, None),
    )
    with session() as (spark, folder):
        for name, contract, bad, target in cases:
            if only in ("", name):
                bench = Bench(spark, folder / name, contract, rows, bad=bad)
                side_by_side(
                    f"judged_write_{name}", bench.road(), bench.plain(), target=target, rounds=rounds
                )
                bench.same_rows()
        if only in ("", "pandera"):
            bench = Bench(spark, folder / "pandera", Purchases, rows, bad=0.0)
            pandera = bench.plain("pandera's validation, then a plain write", validate=True)
            side_by_side("judged_write_pandera", pandera, bench.plain(), target=None, rounds=min(rounds, 3))


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    typer.run(main)
