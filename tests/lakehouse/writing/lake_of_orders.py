"""A lake of orders with every write mode: bronze of rows and dumps, silver, gold by key, window and whole."""

from types import SimpleNamespace

import pyspark.sql.types as T
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse import (
    Contract,
    Field,
    Files,
    FullDumps,
    History,
    ReplaceWindow,
    Snapshot,
    Upsert,
    bronze,
    changes,
    daily,
    gold,
    keys,
    silver,
    window,
)

RUN = SimpleNamespace(number=0)
"""What revenue notes as the run that computed it."""


class Loads(Contract):
    """One row per order and load; a truncate has no key."""

    id: T.LongType() = Field(key=True, nullable=True)
    customer: T.StringType() = Field(nullable=True)
    total: T.DecimalType(12, 2) = Field(nullable=True, ge=0)
    placed_on: T.DateType() = Field(nullable=True)
    change: T.StringType() = Field(nullable=True)


@bronze(contract=Loads, source=Files("shop", "orders", sparse=True), owner="team:shop")
def shop_orders(dump: DataFrame) -> DataFrame:
    return dump


@bronze(contract=Loads, source=FullDumps("shop", "stock", sparse=True), owner="team:shop")
def shop_stock(dump: DataFrame) -> DataFrame:
    return dump


class Orders(Contract):
    """One row per order, or per version of it."""

    id: T.LongType() = Field(key=True)
    customer: T.StringType() = Field()
    total: T.DecimalType(12, 2) = Field()
    placed_on: T.DateType() = Field()
    position: T.LongType() = Field()
    at: T.TimestampType() = Field()


def versions(shop_orders: DataFrame) -> DataFrame:
    return shop_orders.select(
        "id",
        "customer",
        "total",
        "placed_on",
        F.col("_position").alias("position"),
        F.timestamp_seconds(F.col("_position")).alias("at"),
        F.coalesce("change", "_change").alias("_change"),
    )


OF_ORDERS = {"contract": Orders, "owner": "team:shop", "reads": {"shop_orders": changes()}}


@silver(write=Upsert(sequence_by="position"), **OF_ORDERS)
def orders(shop_orders: DataFrame) -> DataFrame:
    return versions(shop_orders)


@silver(write=History(sequence_by="position", valid_at="at"), **OF_ORDERS)
def orders_history(shop_orders: DataFrame) -> DataFrame:
    return versions(shop_orders)


class Revenue(Contract):
    """One row per day."""

    day: T.DateType() = Field(key=True)
    revenue: T.DecimalType(22, 2) = Field(le=100)
    run: T.LongType() = Field(description="which run computed it")


@gold(
    contract=Revenue,
    write=ReplaceWindow(),
    owner="team:shop",
    partitions=daily("day", start="2026-01-01"),
    reads={"orders": window("placed_on")},
)
def revenue(orders: DataFrame) -> DataFrame:
    days = orders.groupBy(F.col("placed_on").alias("day"))
    return days.agg(F.sum("total").alias("revenue")).withColumn("run", F.lit(RUN.number).cast("long"))


class Customers(Contract):
    """One row per customer."""

    buyer: T.StringType() = Field(key=True)
    revenue: T.DecimalType(22, 2) = Field()


@gold(contract=Customers, write=Upsert(), owner="team:shop", reads={"orders": keys(buyer="customer")})
def customers(orders: DataFrame) -> DataFrame:
    return orders.groupBy(F.col("customer").alias("buyer")).agg(F.sum("total").alias("revenue"))


class Count(Contract):
    """One row: how many orders there are; none where there are none."""

    n: T.LongType() = Field()


@gold(contract=Count, write=Snapshot(), owner="team:shop")
def count(orders: DataFrame) -> DataFrame:
    return orders.agg(F.count(F.lit(1)).alias("n")).where("n > 0")


@gold(contract=Count, write=Snapshot(), owner="team:shop")
def counted(count: DataFrame) -> DataFrame:
    return count.select("n")


def order(number: int, customer: str, total: str, day: int) -> dict[str, object]:
    """A row of the source."""
    return {"id": number, "customer": customer, "total": total, "placed_on": f"2026-01-0{day}"}
