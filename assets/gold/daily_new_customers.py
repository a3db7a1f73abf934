"""New customers by day and channel of registration."""

import pyspark.sql.types as T
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse import Contract, Field, ReplaceWindow, daily, gold, hours, window

TIME_ZONE = "UTC"


class DailyNewCustomers(Contract):
    """One row per day and channel with at least one registration."""

    day: T.DateType() = Field(key=True, description="the UTC day of registration")
    channel: T.StringType() = Field(key=True)
    new_customers: T.LongType() = Field(gt=0, description="registrations, customers forgotten since left out")


@gold(
    contract=DailyNewCustomers,
    write=ReplaceWindow(),
    owner="team:growth",
    partitions=daily("day", start="2026-01-01", timezone=TIME_ZONE),
    reads={"customers": window("registered_at")},
    freshness=hours(30),
)
def daily_new_customers(customers: DataFrame) -> DataFrame:
    return (
        customers.withColumn("day", F.to_date(F.from_utc_timestamp("registered_at", TIME_ZONE)))
        .groupBy("day", "channel")
        .agg(F.count(F.lit(1)).alias("new_customers"))
    )
