"""Orders and revenue by day and channel: the shop's first two numbers."""

import pyspark.sql.types as T
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse import Contract, Field, ReplaceWindow, daily, gold, hours, window

TIME_ZONE = "UTC"


class DailySales(Contract):
    """One row per day and channel with at least one order."""

    day: T.DateType() = Field(key=True, description="the UTC day on which the order was placed")
    channel: T.StringType() = Field(key=True)
    orders: T.LongType() = Field(gt=0, description="orders placed, whatever became of them")
    returned: T.LongType() = Field(ge=0, description="of these, returned since")
    revenue: T.DecimalType(14, 2) = Field(
        ge=0,
        description="the total of the orders placed, returns not taken off",
    )
    revenue_kept: T.DecimalType(14, 2) = Field(ge=0, description="revenue without the orders returned since")


@gold(
    contract=DailySales,
    write=ReplaceWindow(),
    owner="team:growth",
    partitions=daily("day", start="2026-01-01", timezone=TIME_ZONE),
    reads={"orders": window("placed_at")},
    freshness=hours(30),
)
def daily_sales(orders: DataFrame) -> DataFrame:
    returned = F.col("status") == "returned"
    money = T.DecimalType(14, 2)
    return (
        orders.withColumn("day", F.to_date(F.from_utc_timestamp("placed_at", TIME_ZONE)))
        .groupBy("day", "channel")
        .agg(
            F.count(F.lit(1)).alias("orders"),
            F.count_if(returned).alias("returned"),
            F.sum("total").cast(money).alias("revenue"),
            F.sum(F.when(returned, F.lit(0).cast(money)).otherwise(F.col("total")))
            .cast(money)
            .alias("revenue_kept"),
        )
    )
