"""The company in one line a day: visits, those who ordered, what they paid."""

import pyspark.sql.types as T
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse import Contract, Field, ReplaceWindow, daily, gold, hours, window


class DailyBusiness(Contract):
    """One row per day with at least one visit or order."""

    day: T.DateType() = Field(key=True, description="the company's day")
    sessions: T.LongType() = Field(ge=0, description="visits, bots left out")
    visitors: T.LongType() = Field(ge=0, description="browsers that visited; days do not add up")
    orders: T.LongType() = Field(ge=0, description="orders placed, by the shop's database")
    revenue: T.DecimalType(14, 2) = Field(ge=0, description="the total of the orders placed")
    new_customers: T.LongType() = Field(ge=0, description="registrations, forgotten customers left out")


@gold(
    contract=DailyBusiness,
    write=ReplaceWindow(),
    owner="team:growth",
    partitions=daily("day", start="2026-01-01"),
    reads={
        "sessions": window("started_at"),
        "orders": window("placed_at"),
        "customers": window("registered_at"),
    },
    freshness=hours(30),
)
def daily_business(sessions: DataFrame, orders: DataFrame, customers: DataFrame) -> DataFrame:
    visits = (
        sessions.where(~F.col("is_bot"))
        .groupBy(F.to_date("started_at").alias("day"))
        .agg(F.count(F.lit(1)).alias("sessions"), F.count_distinct("anonymous_id").alias("visitors"))
    )
    sales = orders.groupBy(F.to_date("placed_at").alias("day")).agg(
        F.count(F.lit(1)).alias("orders"), F.sum("total").alias("revenue")
    )
    registered = customers.groupBy(F.to_date("registered_at").alias("day")).agg(
        F.count(F.lit(1)).alias("new_customers")
    )
    joined = visits.join(sales, on="day", how="full").join(registered, on="day", how="full")
    return joined.select(
        "day",
        *(
            F.coalesce(name, F.lit(0)).cast(DailyBusiness.to_structtype()[name].dataType).alias(name)
            for name in ("sessions", "visitors", "orders", "revenue", "new_customers")
        ),
    )
