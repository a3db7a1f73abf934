"""A lake of three tables, from files to days, as its code and contracts change."""

import shutil

import pyspark.sql.types as T
import pytest
from pyspark.sql import DataFrame
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
from lakehouse.testing import land, small_lake
from lakehouse.writing.path import write
from lakehouse.writing.request import Request


class Loads(Contract):
    """One row per order and load."""

    id: T.LongType() = Field(key=True)
    total: T.DecimalType(12, 2) = Field()
    placed_at: T.TimestampType() = Field()


class Orders(Contract):
    """One row per order."""

    id: T.LongType() = Field(key=True)
    total: T.DecimalType(12, 2) = Field()
    placed_at: T.TimestampType() = Field()
    position: T.LongType() = Field()


class Revenue(Contract):
    """One row per day."""

    day: T.DateType() = Field(key=True)
    revenue: T.DecimalType(22, 2) = Field()


def datasets(*, orders_contract=Orders, doubled=False):
    """The lake's datasets, with another contract or another transformation for silver and gold."""

    @bronze(contract=Loads, source=Files("shop", "orders"), owner="team:shop")
    def shop_orders(dump: DataFrame) -> DataFrame:
        return dump

    @silver(
        contract=orders_contract,
        write=Upsert(sequence_by="position"),
        owner="team:shop",
        reads={"shop_orders": changes()},
    )
    def orders(shop_orders: DataFrame) -> DataFrame:
        return shop_orders.select("id", "total", "placed_at", F.col("_position").alias("position"), "_change")

    def by_day(orders: DataFrame) -> DataFrame:
        return orders.groupBy(F.to_date("placed_at").alias("day"))

    gold_table = gold(
        contract=Revenue,
        write=ReplaceWindow(),
        owner="team:shop",
        partitions=daily("day", start="2026-01-01"),
        reads={"orders": window("placed_at")},
    )
    if doubled:

        def revenue(orders: DataFrame) -> DataFrame:
            return orders.groupBy(F.to_date("placed_at").alias("day")).agg(
                F.sum(F.col("total") * 2).alias("revenue")
            )
    else:

        def revenue(orders: DataFrame) -> DataFrame:
            return orders.groupBy(F.to_date("placed_at").alias("day")).agg(F.sum("total").alias("revenue"))

    return shop_orders, orders, gold_table(revenue)


def order(number, day, total="5"):
    return {"id": number, "total": total, "placed_at": f"2026-01-{day:02d}T10:00:00Z"}


@pytest.fixture
def run(spark):
    """A function that writes some datasets of a lake, all by default."""

    def runs(lake, *names):
        return [
            write(lake, spark, dataset, Request(run="a-run"))
            for dataset in lake.catalog
            if not names or dataset.name in names
        ]

    return runs


@pytest.fixture(scope="session")
def built_once(spark, tmp_path_factory):
    folder = tmp_path_factory.mktemp("planned")
    lake = small_lake(folder, *datasets())
    land(lake, "shop", "orders", [order(1, 1), order(2, 2), order(3, 9)], position=1)
    for dataset in lake.catalog:
        write(lake, spark, dataset, Request(run="first"))
    return folder


@pytest.fixture
def built(built_once, tmp_path):
    """A lake in which everything has been run."""
    shutil.copytree(built_once, tmp_path / "lake")
    return small_lake(tmp_path / "lake", *datasets())
