"""A chain of three tables with a long history, and one more period of it: a day, or an hour.

Sales are landed, a load each period; bronze appends them, silver keeps the latest version of each, gold has
a row per window and product. All of the history can be left to the road, three runs a period (``real``). Or
commits are put into the logs one by one as the road would have left them, by delta-rs: for each period
and table one file with the same rows, computed from the same loads by the datasets' own functions, and one
commit that adds it, with the period's record; a checkpoint after every tenth, as Spark makes them. Then the
road writes the last periods itself, and the tables' maintenance runs as it does each night. Whatever a run
has to do with a history is there: loads in the bucket, commits, records, checkpoints, rows, files.
What is not: where a sale was changed in the period after it, its old version in silver's history.
"""

import json
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyspark.sql.types as T
from deltalake import CommitProperties, DeltaTable, PostCommitHookProperties
from deltalake.transaction import AddAction
from lakes import as_published, lake_in, record_of, run, same_rows
from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import functions as F

from lakehouse import (
    Contract,
    Field,
    Files,
    ReplaceWindow,
    Upsert,
    bronze,
    changes,
    daily,
    gold,
    silver,
    window,
)
from lakehouse.capture.loads import list_loads
from lakehouse.dataset import Dataset
from lakehouse.engine import deltalog
from lakehouse.engine.durability import acknowledge
from lakehouse.partitions import Partitions, hourly
from lakehouse.testing import land
from lakehouse.writing.evolve import ready_table, stated
from lakehouse.writing.maintain import maintain
from lakehouse.writing.record import InputRead
from lakehouse.writing.request import Trigger

__all__ = ["DAY", "HOUR", "Chain"]

START = datetime(2021, 1, 1, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
PRODUCTS = 50
AGAIN = 10  # of so many sales one is changed in the period after it
CHECKPOINT = 10  # Spark's own interval, in commits
RUN = 3  # the last periods of a history are the road's own work
PERIOD = "__period"
COUNTED = (T.LongType, T.TimestampType, T.DateType)


class Sales(Contract):
    """One row per version of a sale."""

    sale_id: T.LongType() = Field(key=True)
    version: T.LongType() = Field(ge=0)
    product: T.IntegerType() = Field(ge=0)
    quantity: T.IntegerType() = Field(gt=0)
    price: T.DecimalType(12, 2) = Field(ge=0)
    sold_at: T.TimestampType() = Field()


class LatestSales(Sales):
    """One row per sale."""


class DailyProducts(Contract):
    """One row per day and product."""

    day: T.DateType() = Field(key=True)
    product: T.IntegerType() = Field(key=True)
    units: T.LongType() = Field(gt=0)
    revenue: T.DecimalType(14, 2) = Field(ge=0)


class HourlyProducts(Contract):
    """One row per hour and product."""

    hour: T.TimestampType() = Field(key=True)
    product: T.IntegerType() = Field(key=True)
    units: T.LongType() = Field(gt=0)
    revenue: T.DecimalType(14, 2) = Field(ge=0)


@bronze(contract=Sales, source=Files("bench", "sales"), owner="team:bench")
def delivered_sales(load: DataFrame) -> DataFrame:
    return load


@silver(
    contract=LatestSales,
    write=Upsert(sequence_by="version"),
    owner="team:bench",
    reads={"delivered_sales": changes()},
)
def sales(delivered_sales: DataFrame) -> DataFrame:
    return delivered_sales.select(*LatestSales.to_schema().columns)


@gold(
    contract=DailyProducts,
    write=ReplaceWindow(),
    owner="team:bench",
    partitions=daily("day", start=f"{START:%Y-%m-%d}", timezone="UTC"),
    reads={"sales": window("sold_at")},
)
def daily_products(sales: DataFrame) -> DataFrame:
    return sales.groupBy(F.to_date("sold_at").alias("day"), "product").agg(
        F.sum("quantity").alias("units"),
        F.sum(F.col("price") * F.col("quantity")).cast("decimal(14,2)").alias("revenue"),
    )


@gold(
    contract=HourlyProducts,
    write=ReplaceWindow(),
    owner="team:bench",
    partitions=hourly("hour", start=f"{START:%Y-%m-%d-%H:%M}"),
    reads={"sales": window("sold_at")},
)
def hourly_products(sales: DataFrame) -> DataFrame:
    return sales.groupBy(F.date_trunc("hour", "sold_at").alias("hour"), "product").agg(
        F.sum("quantity").alias("units"),
        F.sum(F.col("price") * F.col("quantity")).cast("decimal(14,2)").alias("revenue"),
    )


class Chain:
    """The three tables in a lake of their own, with a history of so many periods."""

    def __init__(
        self,
        spark: SparkSession,
        folder: Path,
        periods: int,
        rows: int,
        *,
        every: timedelta,
        real: bool = False,
    ) -> None:
        self.every, self.rows, self.periods = every, rows, 0
        self.gold = daily_products if every == DAY else hourly_products
        self.datasets = (delivered_sales, sales, self.gold)
        self.spark, self.lake = spark, lake_in(folder, *self.datasets)
        self.staging = folder / "staging"
        if not real:
            for _ in range(periods - RUN):
                self.land()
            self._commit_history()
        while self.periods < periods:
            self.land()
            self.run()
        for dataset in self.datasets:
            maintain(self.lake, self.spark, dataset)

    def land(self) -> None:
        """Land the next period's load: its sales, and new versions of some of the period before."""
        number = self.periods
        self.periods += 1
        told = [self._sale(number, each) for each in range(self.rows)]
        if number:
            told += [self._sale(number - 1, each, version=1) for each in range(0, self.rows, AGAIN)]
        land(self.lake, "bench", "sales", told, position=number, load_id=f"period-{number}")

    def run(self) -> None:
        """The incremental run of the three tables."""
        for dataset in self.datasets:
            run(self.lake, self.spark, dataset)

    def prove(self) -> None:
        """Silver and gold are what plain Spark computes from all loads at once."""
        latest = self._latest()
        for dataset, expected in ((sales, latest), (self.gold, self.gold.function(latest))):
            found = self.spark.read.format("delta").load(str(self.lake.table(dataset)))
            same_rows(dataset.full_name, found, expected, dataset.spec.column_names)

    def _sale(self, number: int, each: int, *, version: int = 0) -> dict[str, object]:
        sale = number * self.rows + each
        seconds = self.every.total_seconds() * each / self.rows
        return {
            "sale_id": sale,
            "version": version,
            "product": sale * 7919 % PRODUCTS,
            "quantity": sale * 31 % 5 + 1 + version,
            "price": Decimal(sale * 104_729 % 50_000) / 100,
            "sold_at": (START + number * self.every + timedelta(seconds=int(seconds))).isoformat(),
        }

    def _loads(self) -> DataFrame:
        """The sales of all loads, read by plain Spark, with the period of their load."""
        loads = list_loads(self.lake.settings.bucket_dir, "bench", "sales").loads
        files = [str(file.path) for load in loads for file in load.files]
        load_id = F.element_at(F.split("_metadata.file_path", "/"), -2)
        period = F.split_part(load_id, F.lit("-"), F.lit(2)).cast("int")
        return self.spark.read.schema(sales.spec.schema).json(files).withColumn(PERIOD, period)

    def _latest(self) -> DataFrame:
        """The newest version of each sale, with the period in which it was made."""
        rows = self._loads()
        newest = rows.groupBy("sale_id").agg(F.max_by(F.struct(*rows.columns), "version").alias("row"))
        return newest.select("row.*").withColumn(PERIOD, (F.col("sale_id") / self.rows).cast("int"))

    def _commit_history(self) -> None:
        """Make the tables, and commit the periods whose loads are there, one by one."""
        delivered = self._loads().withColumns(
            {
                "_load_id": F.concat(F.lit("period-"), PERIOD),
                "_position": F.col(PERIOD).cast("bigint"),
                "_hash": F.xxhash64("sale_id", "version"),
                "_arrived_at": F.current_timestamp(),
                "_extracted_at": F.current_timestamp(),
            }
        )
        latest, by = self._latest(), self._partitions.column
        passed = F.unix_seconds(F.col(by).cast("timestamp")) - int(START.timestamp())
        period = (passed / int(self.every.total_seconds())).cast("int")
        windows = self.gold.function(latest).withColumn(PERIOD, period)
        for dataset, rows in zip(self.datasets, (delivered, latest, windows), strict=True):
            self._commit_each(dataset, rows)

    def _commit_each(self, dataset: Dataset, rows: DataFrame) -> None:
        """A file and a commit for each period."""
        finished, folder = as_published(rows, dataset, PERIOD), self.staging / dataset.name
        finished.repartition(8, PERIOD).write.partitionBy(PERIOD).parquet(str(folder))
        ready_table(self.spark, self.lake, dataset, Trigger.INCREMENTAL)
        terms, lineage = stated(self.spark, self.lake, dataset)
        path = self.lake.table(dataset)
        table, first = DeltaTable(path), {"terms": terms, "lineage": lineage}
        for row in sorted(self._statistics(finished), key=lambda row: row[PERIOD]):
            period, count = row[PERIOD], json.loads(row["statistics"])["numRecords"]
            file = next((folder / f"{PERIOD}={period}").glob("*.parquet"))
            moved = file.rename(path / f"{period:05d}-{file.name}")  # one task's files have one name
            size, now = moved.stat().st_size, int(time.time() * 1000)
            counts = {"rows_in": count, "rows_written": count}
            record = record_of(dataset, **self._read_by(dataset, period), **counts, **first)
            table.create_write_transaction(
                [AddAction(moved.name, size, {}, now, data_change=True, stats=row["statistics"])],
                mode="append",
                schema=table.schema(),
                commit_properties=CommitProperties(custom_metadata={"userMetadata": record.to_json()}),
                post_commithook_properties=PostCommitHookProperties(create_checkpoint=False),
            )
            first = {}
            table.update_incremental()
            if table.version() % CHECKPOINT == 0:
                table.create_checkpoint()
        acknowledge(path, deltalog.version(path))

    def _statistics(self, rows: DataFrame) -> list[Row]:
        """For each period, what Delta would note of its file."""
        counted = [each.name for each in rows.schema.fields if isinstance(each.dataType, COUNTED)]
        bounds = {
            name: [f(name).alias(name) for name in counted] for name, f in (("min", F.min), ("max", F.max))
        }
        told = F.struct(
            F.count(F.lit(1)).alias("numRecords"),
            *(F.struct(*each).alias(f"{name}Values") for name, each in bounds.items()),
        )
        return rows.groupBy(PERIOD).agg(F.to_json(told).alias("statistics")).collect()

    def _read_by(self, dataset: Dataset, period: int) -> dict[str, Any]:
        """What the record of a period's batch says that it has taken; the version 0 made the table."""
        if dataset.source:
            return {"loads": (f"period-{period}",)}
        read = InputRead(next(iter(dataset.reads.values())).how, period + 1, period or None)
        key = self._partitions.key_of(START + period * self.every)
        windows = (key,) if dataset.partitions else None
        return {"inputs": {dataset.inputs[0]: read}, "windows": windows}

    @property
    def _partitions(self) -> Partitions:
        partitions = self.gold.partitions
        assert partitions is not None  # noqa: S101 - gold has windows
        return partitions
