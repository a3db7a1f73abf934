"""What Back on the confirmation page costs in all: orders that fail, and customers who stay away."""

import pyspark.sql.types as T
from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from lakehouse import Contract, Field, Snapshot, gold, hours

ALL = "all"
UNKNOWN = "unknown"
DAYS = 60
LEAST_ORDERS = 30
REACH = 1.96  # standard errors to either side: 95 % of a normal distribution


class OrdersAfterBack(Contract):
    """One row per device, and one for all: what customers bought in the 60 days after an order.

    Of every order at least 60 days old, the paid orders of the same customer in the 60 days after it. Orders
    with Back on the confirmation page are held against all others. Bots are left out.
    """

    device: T.StringType() = Field(key=True, description="all: whatever it was")
    orders: T.LongType() = Field(ge=0, description="orders with Back on the confirmation page")
    other_orders: T.LongType() = Field(ge=0, description="orders without it")
    later: T.DoubleType() = Field(nullable=True, description="mean of paid orders after one with Back")
    other_later: T.DoubleType() = Field(nullable=True, description="mean of paid orders after one without")
    lost: T.DoubleType() = Field(
        nullable=True, description="paid orders fewer after each Back; null under 30 orders of either kind"
    )
    lost_low: T.DoubleType() = Field(nullable=True, description="lower end of its interval of 95 %")
    lost_high: T.DoubleType() = Field(nullable=True)


@gold(contract=OrdersAfterBack, write=Snapshot(), owner="team:checkout", freshness=hours(30))
def orders_after_back(sessions: DataFrame, orders: DataFrame) -> DataFrame:
    back = F.col("went_back")
    counted = (
        followed_orders(sessions, orders)
        .withColumn("device", F.explode(F.array("device", F.lit(ALL))))
        .groupBy("device")
        .agg(
            F.count_if(back).alias("orders"),
            F.count_if(~back).alias("other_orders"),
            F.avg(F.when(back, F.col("later"))).alias("later"),
            F.avg(F.when(~back, F.col("later"))).alias("other_later"),
            F.var_samp(F.when(back, F.col("later"))).alias("spread"),
            F.var_samp(F.when(~back, F.col("later"))).alias("other_spread"),
        )
    )
    lost = F.col("other_later") - F.col("later")
    return counted.select(
        *("device", "orders", "other_orders", "later", "other_later"),
        enough(lost).alias("lost"),
        enough(lost - REACH * error()).alias("lost_low"),
        enough(lost + REACH * error()).alias("lost_high"),
    )


def error() -> Column:
    """The standard error of a difference of two means, after Welch (1938), Biometrika 29, 350-362."""
    return F.sqrt(F.col("spread") / F.col("orders") + F.col("other_spread") / F.col("other_orders"))


def enough(value: Column) -> Column:
    """The value, where there are orders enough for a mean to be normally distributed."""
    return F.when(F.least("orders", "other_orders") >= LEAST_ORDERS, value)


def followed_orders(sessions: DataFrame, orders: DataFrame) -> DataFrame:
    """Orders at least 60 days old: ``device``, ``went_back``, ``later`` (paid for in 60 days after)."""
    since = Window.partitionBy("customer_id").orderBy(F.unix_timestamp("started_at"))
    paid = F.when(F.col("status") != "placed", 1).otherwise(0)
    later = F.sum(paid).over(since.rangeBetween(1, DAYS * 24 * 60 * 60))
    newest = sessions.agg((F.max("started_at") - F.expr(f"INTERVAL {DAYS} DAYS")).alias("followed_until"))
    return (
        sessions.where(~F.col("is_bot") & F.col("ordered") & F.col("customer_id").isNotNull())
        .join(orders.select("order_id", "status"), on="order_id", how="inner")
        .withColumn("later", F.coalesce(later, F.lit(0)))
        .crossJoin(F.broadcast(newest))
        .where(F.col("started_at") < F.col("followed_until"))
        .select(F.coalesce("device", F.lit(UNKNOWN)).alias("device"), "went_back", "later")
    )
