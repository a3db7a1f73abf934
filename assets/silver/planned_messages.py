"""The tracking plan: what pages and servers should send."""

import pyspark.sql.types as T
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse import Contract, Field, Upsert, changes, hours, silver


class PlannedMessages(Contract):
    """One row per planned message and property: the latest version of the plan."""

    call: T.StringType() = Field(key=True, isin=["identify", "track", "page", "screen", "group", "alias"])
    event: T.StringType() = Field(key=True, description="of the track or page; empty for the others")
    sent_by: T.StringType() = Field(key=True, isin=["browser", "server"])
    property: T.StringType() = Field(key=True, description="empty where the message needs none")
    property_type: T.StringType() = Field()
    required: T.BooleanType() = Field(description="whether every such message must have the property")
    feature: T.StringType() = Field(nullable=True, description="the feature of a release that it belongs to")
    source_position: T.LongType() = Field(description="where in the source's log the row was taken")


@silver(
    contract=PlannedMessages,
    write=Upsert(sequence_by="source_position"),
    owner="team:platform",
    reads={"tracking_plan": changes()},
    freshness=hours(24 * 8),
)
def planned_messages(tracking_plan: DataFrame) -> DataFrame:
    return tracking_plan.select(
        "call",
        F.col("name").alias("event"),
        "sent_by",
        "property",
        "property_type",
        "required",
        "feature",
        F.col("_position").alias("source_position"),
        "_change",
    )
