"""Whose a browser is, and from when to when: what joins anonymous visits to customers."""

import pyspark.sql.types as T
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from lakehouse import Contract, Field, Upsert, hours, keys, silver

BEGINNING = "1970-01-01 00:00:00"


class DeviceOwners(Contract):
    """One row per browser and stretch of time in which one customer was known to use it.

    The first stretch reaches back to the beginning, so that what somebody did before signing in is theirs.
    A browser that two people share has several stretches: each begins when the other one signs in.
    Visits stay as they were recorded; join them here on reading, by ``anonymous_id`` and
    ``started_at >= valid_from and (valid_to is null or started_at < valid_to)``.
    """

    anonymous_id: T.StringType() = Field(key=True)
    valid_from: T.TimestampType() = Field(key=True)
    valid_to: T.TimestampType() = Field(nullable=True, description="null while it holds")
    customer_id: T.LongType() = Field()


@silver(
    contract=DeviceOwners,
    write=Upsert(),
    owner="team:platform",
    reads={"events": keys("anonymous_id")},
    freshness=hours(26),
)
def device_owners(events: DataFrame) -> DataFrame:
    browser = Window.partitionBy("anonymous_id").orderBy("occurred_at", "event_id")
    known = events.where(
        F.col("anonymous_id").isNotNull() & F.col("customer_id").isNotNull() & (F.col("device") != "server")
    )
    before = F.lag("customer_id").over(browser)
    changes = (
        known.withColumn("before", before)
        .where(~F.col("before").eqNullSafe(F.col("customer_id")))
        .withColumn("place", F.row_number().over(browser))
    )
    valid_from = F.when(F.col("place") == 1, F.lit(BEGINNING).cast("timestamp")).otherwise(
        F.col("occurred_at")
    )
    stretches = changes.withColumn("valid_from", valid_from)
    return stretches.select(
        "anonymous_id",
        "valid_from",
        F.lead("occurred_at").over(browser).alias("valid_to"),
        "customer_id",
    )
