"""What the tracking plan promises and what arrives: messages and properties that are missing."""

import pyspark.sql.types as T
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lakehouse import Contract, Field, Snapshot, gold, hours

RECENT_DAYS = 7
VERDICTS = ["arrives", "never arrives", "stopped arriving", "nothing to judge"]
MESSAGE = ("call", "event", "sent_by")


class TrackingGaps(Contract):
    """One row per planned message and property: whether it arrives.

    Judged are the newest seven days: at least half of the messages have the property. ``never arrives``
    has not come once since there are events. ``nothing to judge`` is what may be left out, what belongs to a
    feature that is not released, and traits, which do not leave bronze.
    """

    call: T.StringType() = Field(key=True)
    event: T.StringType() = Field(key=True)
    sent_by: T.StringType() = Field(key=True)
    property: T.StringType() = Field(key=True, description="empty where the message needs none")
    feature: T.StringType() = Field(nullable=True)
    required: T.BooleanType() = Field()
    messages: T.LongType() = Field(ge=0, description="that arrived in the newest seven days")
    with_property: T.LongType() = Field(ge=0, description="of these, with the property")
    ever: T.LongType() = Field(ge=0, description="messages with the property since there are events")
    last_kept: T.DateType() = Field(
        nullable=True, description="the last day on which half of the messages had it"
    )
    since_release: T.StringType() = Field(
        nullable=True, description="the newest release when it stopped arriving"
    )
    verdict: T.StringType() = Field(isin=VERDICTS)


@gold(contract=TrackingGaps, write=Snapshot(), owner="team:platform", freshness=hours(24 * 90))
def tracking_gaps(planned_messages: DataFrame, message_shapes: DataFrame, releases: DataFrame) -> DataFrame:
    out = releases.where(F.col("feature").isNotNull()).select("feature", F.lit(True).alias("released"))
    fronts = releases.where("component = 'shop_front'").select(
        "version", F.to_date("released_at").alias("released_on")
    )
    counted = arrived(planned_messages, message_shapes)
    named = (
        counted.join(F.broadcast(fronts), on=F.col("released_on") <= F.date_add("last_kept", 1), how="left")
        .groupBy(*counted.columns)
        .agg(F.max_by("version", "released_on").alias("newest"))
    )
    return (
        named.join(F.broadcast(out.distinct()), on="feature", how="left")
        .withColumn("verdict", verdict())
        .withColumn("since_release", F.when(F.col("verdict") == "stopped arriving", F.col("newest")))
        .select(*TrackingGaps.to_schema().columns)
    )


def arrived(planned_messages: DataFrame, message_shapes: DataFrame) -> DataFrame:
    """The plan with what came of it: ``messages``, ``with_property``, ``ever``, ``last_kept``."""
    by_day = message_shapes.groupBy("day", *MESSAGE, "properties").agg(F.sum("messages").alias("sent"))
    newest = message_shapes.agg(F.max("day").alias("newest_day"))
    has = (F.col("property") == "") | F.array_contains(F.split("properties", ","), F.col("property"))
    plan = planned_messages.select(*MESSAGE, "property", "feature", "required")
    daily = (
        plan.join(by_day, on=list(MESSAGE), how="left")
        .crossJoin(F.broadcast(newest))
        .groupBy(*plan.columns, "day", "newest_day")
        .agg(
            F.coalesce(F.sum("sent"), F.lit(0)).alias("sent"),
            F.coalesce(F.sum(F.when(has, F.col("sent"))), F.lit(0)).alias("kept"),
        )
    )
    recent = F.col("day") > F.date_sub("newest_day", RECENT_DAYS)
    return daily.groupBy(*plan.columns).agg(
        F.coalesce(F.sum(F.when(recent, F.col("sent"))), F.lit(0)).alias("messages"),
        F.coalesce(F.sum(F.when(recent, F.col("kept"))), F.lit(0)).alias("with_property"),
        F.sum("kept").alias("ever"),
        F.max(F.when((F.col("kept") > 0) & (2 * F.col("kept") >= F.col("sent")), F.col("day"))).alias(
            "last_kept"
        ),
    )


def verdict() -> Column:
    """Whether a promised property arrives; of messages that come seldom, no day is missed."""
    trait = (F.col("call") == "identify") & (F.col("property") != "")
    ahead = F.col("feature").isNotNull() & F.col("released").isNull()
    optional = ~F.col("required") & (F.col("property") != "")
    gone = (F.col("messages") > 0) & (2 * F.col("with_property") < F.col("messages"))
    return (
        F.when(trait | ahead | optional, "nothing to judge")
        .when(F.col("ever") == 0, "never arrives")
        .when(gone, "stopped arriving")
        .otherwise("arrives")
    )
