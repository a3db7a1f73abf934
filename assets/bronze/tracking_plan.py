"""The tracking plan: which messages should be sent, with which properties, for which feature."""

import pyspark.sql.types as T
from pyspark.sql import DataFrame

from lakehouse import Contract, Field, FullDumps, bronze, hours


class TrackingPlan(Contract):
    """One row per planned message, property and change between two exports."""

    call: T.StringType() = Field(key=True, description="Segment's: page, track, identify, alias")
    name: T.StringType() = Field(key=True, description="of the event or page; empty for identify and alias")
    sent_by: T.StringType() = Field(key=True, description="browser or server")
    property: T.StringType() = Field(key=True, description="empty where the message needs none")
    property_type: T.StringType() = Field(
        description="of JSON: string, number, integer, boolean, array; none"
    )
    required: T.BooleanType() = Field(description="whether every such message must have the property")
    feature: T.StringType() = Field(
        nullable=True, description="the feature of a release that the message belongs to"
    )


@bronze(
    contract=TrackingPlan,
    source=FullDumps("tracking", "plan", stale_after_hours=24 * 8),
    owner="team:platform",
    freshness=hours(24 * 8),
)
def tracking_plan(export: DataFrame) -> DataFrame:
    return export
