"""Which messages came with which properties, day by day: what the tracking plan is held against."""

import pyspark.sql.types as T
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse import Contract, Field, ReplaceWindow, daily, hours, silver, window

NOBODY = "unknown"


class MessageShapes(Contract):
    """One row per day, call, event, sender, release and set of properties; repeats are counted.

    Only names of properties are here, never what they say.
    """

    day: T.DateType() = Field(key=True, description="on which the collector received them")
    call: T.StringType() = Field(key=True)
    event: T.StringType() = Field(key=True, description="of the track or page; empty for the others")
    sent_by: T.StringType() = Field(key=True, isin=["browser", "server"])
    release: T.StringType() = Field(key=True, description="of the front end; unknown for servers")
    properties: T.StringType() = Field(key=True, description="their names in order, parted by commas")
    messages: T.LongType() = Field(gt=0)


@silver(
    contract=MessageShapes,
    write=ReplaceWindow(),
    owner="team:platform",
    partitions=daily("day", start="2026-01-01"),
    reads={"web_events": window("receivedAt")},
    freshness=hours(26),
)
def message_shapes(web_events: DataFrame) -> DataFrame:
    names = F.array_sort(F.coalesce(F.json_object_keys("properties"), F.array().cast("array<string>")))
    return (
        web_events.select(
            F.to_date("receivedAt").alias("day"),
            F.col("type").alias("call"),
            F.coalesce("event", "name", F.lit("")).alias("event"),
            F.when(F.col("user_agent").isNull(), "server").otherwise("browser").alias("sent_by"),
            F.coalesce("release", F.lit(NOBODY)).alias("release"),
            F.array_join(names, ",").alias("properties"),
        )
        .groupBy("day", "call", "event", "sent_by", "release", "properties")
        .agg(F.count(F.lit(1)).alias("messages"))
    )
