"""A year of daily windows written again as one range, against one plain job over the same range.

Beside it, what a run per window would take: some windows spread over the year are run one by one, and
the time is scaled to all of them.
"""

import time
import warnings
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

import pyspark.sql.types as T
import typer
from lakes import as_published, lake_in, put, run, same_rows, session
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from side_by_side import Way, said, side_by_side

from lakehouse import (
    Append,
    Contract,
    Field,
    Files,
    ReplaceWindow,
    bronze,
    changes,
    daily,
    gold,
    silver,
    window,
)
from lakehouse.engine import deltalog
from lakehouse.engine.durability import acknowledge
from lakehouse.engine.tables import create_table
from lakehouse.writing.evolve import table_schema
from lakehouse.writing.request import Trigger

FIRST_DAY, DAYS = date(2025, 1, 1), 365
PRODUCTS = 200


class Sales(Contract):
    """One row per sale."""

    sale_id: T.LongType() = Field(key=True)
    product_id: T.IntegerType() = Field(ge=0)
    quantity: T.IntegerType() = Field(gt=0)
    price: T.DecimalType(12, 2) = Field(ge=0)
    sold_at: T.TimestampType() = Field()


class DailyProducts(Contract):
    """One row per day and product sold on it."""

    day: T.DateType() = Field(key=True)
    product_id: T.IntegerType() = Field(key=True, ge=0)
    sales: T.LongType() = Field(gt=0)
    units: T.LongType() = Field(gt=0)
    revenue: T.DecimalType(14, 2) = Field(ge=0)


@bronze(contract=Sales, source=Files("bench", "sales"), owner="team:bench")
def delivered_sales(load: DataFrame) -> DataFrame:
    """Where sales would come from; nothing does here."""
    return load


@silver(contract=Sales, write=Append(), owner="team:bench", reads={"delivered_sales": changes()})
def sales(delivered_sales: DataFrame) -> DataFrame:
    """What the windows are computed from; plain Spark writes the table here."""
    return delivered_sales


@gold(
    contract=DailyProducts,
    write=ReplaceWindow(),
    owner="team:bench",
    partitions=daily("day", start=FIRST_DAY.isoformat(), timezone="UTC"),
    reads={"sales": window("sold_at")},
)
def daily_products(sales: DataFrame) -> DataFrame:
    """Sales by day and product."""
    return sales.groupBy(F.to_date("sold_at").alias("day"), "product_id").agg(
        F.count(F.lit(1)).alias("sales"),
        F.sum("quantity").alias("units"),
        F.sum(F.col("price") * F.col("quantity")).cast("decimal(14,2)").alias("revenue"),
    )


def made_up_sales(spark: SparkSession, rows: int) -> DataFrame:
    """Sales over the year, in the order of their time."""
    number = F.xxhash64("id")
    seconds = (F.col("id") * (DAYS * 86_400)) / rows
    return spark.range(rows).select(
        F.col("id").alias("sale_id"),
        F.pmod(number, F.lit(PRODUCTS)).cast("int").alias("product_id"),
        (F.pmod(number, F.lit(5)) + 1).cast("int").alias("quantity"),
        (F.pmod(number, F.lit(50_000)) / 100).cast("decimal(12,2)").alias("price"),
        (F.lit(FIRST_DAY).cast("timestamp") + F.make_dt_interval(secs=seconds)).alias("sold_at"),
    )


class Bench:
    """Sales of a year, the road's table of its days, and a plain one."""

    def __init__(self, spark: SparkSession, folder: Path, rows: int) -> None:
        self.spark, self.lake = spark, lake_in(folder / "lake", delivered_sales, sales, daily_products)
        put(self.lake, self.spark, sales, made_up_sales(self.spark, rows))
        self.plain = folder / "plain"
        create_table(self.spark, self.plain, table_schema(daily_products), comment="products by day")
        run(self.lake, self.spark, daily_products)
        self.by_one_job(0)
        self.keys = tuple((FIRST_DAY + timedelta(days=number)).isoformat() for number in range(DAYS))

    def by_road(self, keys: tuple[str, ...]) -> None:
        """Those windows, in one run."""
        run(self.lake, self.spark, daily_products, trigger=Trigger.BACKFILL, windows=keys)

    def by_one_job(self, _: int) -> None:
        """Read the range, aggregate, put it in place of the range, bring it to disk."""
        last = FIRST_DAY + timedelta(days=DAYS - 1)
        rows = self.spark.read.format("delta").load(str(self.lake.table(sales)))
        rows = rows.where(F.to_date("sold_at").between(F.lit(FIRST_DAY), F.lit(last)))
        writer = as_published(daily_products(rows), daily_products).write.format("delta").mode("overwrite")
        where = f"day BETWEEN DATE '{FIRST_DAY}' AND DATE '{last}'"
        writer.option("replaceWhere", where).save(str(self.plain))
        acknowledge(self.plain, deltalog.version(self.plain))

    def prove(self) -> None:
        """Both tables hold the same rows."""
        road, plain = (
            self.spark.read.format("delta").load(str(table))
            for table in (self.lake.table(daily_products), self.plain)
        )
        same_rows("backfill", road, plain, daily_products.spec.column_names)


def main(
    rows: Annotated[int, typer.Option(help="Sales in the year.")] = 5_000_000,
    rounds: Annotated[int, typer.Option(help="Measured rounds.")] = 5,
    singly: Annotated[int, typer.Option(help="Windows that are run one by one.")] = 12,
) -> None:
    """Measure."""
    with session() as (spark, folder):
        bench = Bench(spark, folder, rows)
        road = Way("road", lambda _: bench.by_road(bench.keys))
        side_by_side("backfill", road, Way("one job", bench.by_one_job), target=1.3, rounds=rounds)
        bench.prove()
        seconds = []
        for number in range(singly):
            began = time.perf_counter()
            bench.by_road((bench.keys[number * DAYS // singly],))
            seconds.append((time.perf_counter() - began) * DAYS)
        bench.prove()
        print(f"  a run per window: {singly} of {DAYS} were run, the seconds below are theirs times {DAYS}")
        said("backfill_singly", "seconds", seconds, None)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    typer.run(main)
