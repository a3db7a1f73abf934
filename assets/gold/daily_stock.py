"""Each product's stock, day by day: what was asked for, what went and came, what is there and owed."""

import pyspark.sql.types as T
from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from lakehouse import Contract, Field, Snapshot, gold, hours, rule

TIME_ZONE = "UTC"
FLOWS = ("asked", "sent_of_asked", "shipped", "received", "returned", "corrected", "too_late")


class DailyStock(Contract):
    """One row per product and day, from its first movement to the newest day of all.

    Demand is what customers ask for, on the day on which they order, and not what is sent: the shop takes
    orders for goods that are not there, so an empty shelf delays sales and hides none. Goods that come during
    a day can be sent from the next day on.
    """

    product_id: T.LongType() = Field(key=True)
    day: T.DateType() = Field(key=True, description="the UTC day")
    asked: T.LongType() = Field(ge=0, description="units ordered on that day, of orders that were paid for")
    shipped: T.LongType() = Field(ge=0, description="units sent to customers")
    received: T.LongType() = Field(ge=0, description="units from vendors, those that can be used")
    returned: T.LongType() = Field(ge=0, description="units that customers sent back")
    corrected: T.LongType() = Field(description="units found more, or fewer, when counting; opening stock")
    on_hand: T.LongType() = Field(description="units on the shelf at the end of the day")
    owed: T.LongType() = Field(ge=0, description="units paid for and not yet sent at the end of the day")
    missing: T.LongType() = Field(ge=0, description="units owed beyond all that could be sent that day")
    out_of_stock: T.IntegerType() = Field(ge=0, le=1, description="1 where units were missing")
    offered: T.IntegerType() = Field(eq=1, description="1: so that days add up")

    @rule(on_fail="warn")
    def a_shelf_holds_something_or_nothing(cls) -> Column:
        """Nothing leaves that was not there."""
        return F.col("on_hand") >= 0


@gold(contract=DailyStock, write=Snapshot(), owner="team:supply-chain", freshness=hours(30))
def daily_stock(
    stock_movements: DataFrame, order_lines: DataFrame, orders: DataFrame, payments: DataFrame
) -> DataFrame:
    flows = moved(stock_movements).unionByName(
        wanted(stock_movements, order_lines, orders, payments), allowMissingColumns=True
    )
    summed = flows.groupBy("product_id", "day").agg(
        *(F.coalesce(F.sum(name), F.lit(0)).cast("long").alias(name) for name in FLOWS)
    )
    so_far = Window.partitionBy("product_id").orderBy("day").rowsBetween(Window.unboundedPreceding, 0)
    came = F.col("received") + F.col("returned") + F.col("corrected")
    at_hand = F.sum(came - F.col("shipped")).over(so_far)
    owed = F.sum(F.col("asked") - F.col("sent_of_asked")).over(so_far)
    missing = F.greatest(F.col("owed") - (F.col("on_hand") - F.col("too_late")), F.lit(0))
    return (
        calendar(summed)
        .join(summed, on=["product_id", "day"], how="left")
        .fillna(0, subset=list(FLOWS))
        .withColumns({"on_hand": at_hand, "owed": F.greatest(owed, F.lit(0))})
        .withColumn("missing", missing)
        .withColumns({"out_of_stock": (F.col("missing") > 0).cast("int"), "offered": F.lit(1)})
        .select(*DailyStock.to_schema().columns)
    )


def calendar(summed: DataFrame) -> DataFrame:
    """Every day of every product, from its first to the newest of all."""
    newest = summed.agg(F.max("day").alias("newest"))
    return (
        summed.groupBy("product_id")
        .agg(F.min("day").alias("first"))
        .join(F.broadcast(newest), how="cross")
        .select("product_id", F.explode(F.sequence("first", "newest")).alias("day"))
    )


def moved(stock_movements: DataFrame) -> DataFrame:
    """The ledger's movements, each with its day."""

    def units(kind: str) -> Column:
        return F.when(F.col("kind") == kind, F.abs("quantity"))

    in_the_day = F.col("moved_at") > F.date_trunc("day", F.from_utc_timestamp("moved_at", TIME_ZONE))
    return stock_movements.select(
        "product_id",
        day_of("moved_at").alias("day"),
        units("sale").alias("shipped"),
        units("receipt").alias("received"),
        units("return").alias("returned"),
        F.when(F.col("kind") == "correction", F.col("quantity")).alias("corrected"),
        F.when((F.col("kind") != "sale") & in_the_day, F.col("quantity")).alias("too_late"),
    )


def wanted(
    stock_movements: DataFrame, order_lines: DataFrame, orders: DataFrame, payments: DataFrame
) -> DataFrame:
    """Lines of orders that were paid for, once on the day they were asked for and once when they went."""
    paid = payments.where(F.col("status").isin("captured", "refunded")).select("order_id").distinct()
    lines = (
        order_lines.select("order_line_id", "order_id", "product_id", "quantity")
        .join(orders.select("order_id", "placed_at"), on="order_id", how="inner")
        .join(paid, on="order_id", how="left_semi")
    )
    went = (
        stock_movements.where(F.col("kind") == "sale")
        .groupBy("order_line_id")
        .agg(F.min("moved_at").alias("moved_at"))
    )
    sent = lines.join(went, on="order_line_id", how="inner")
    asked = lines.select("product_id", day_of("placed_at").alias("day"), F.col("quantity").alias("asked"))
    gone = sent.select(
        "product_id", day_of("moved_at").alias("day"), F.col("quantity").alias("sent_of_asked")
    )
    return asked.unionByName(gone, allowMissingColumns=True)


def day_of(moment: str) -> Column:
    """The company's day of a moment."""
    return F.to_date(F.from_utc_timestamp(moment, TIME_ZONE))
