"""Who saw which variation of which experiment, and when first."""

import pyspark.sql.types as T
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse import Contract, Field, Upsert, hours, keys, silver


class Exposures(Contract):
    """One row per experiment and browser that saw it: the first time. Bots are left out."""

    experiment_id: T.StringType() = Field(key=True, description="the front end's")
    anonymous_id: T.StringType() = Field(key=True)
    experiment: T.StringType() = Field(nullable=True, description="its name, as in the registry")
    variation_id: T.StringType() = Field(description="the first one seen")
    variations: T.LongType() = Field(ge=1, description="how many it has seen; more than one is a fault")
    customer_id: T.LongType() = Field(nullable=True, description="who was signed in")
    first_seen_at: T.TimestampType() = Field()
    device: T.StringType() = Field()


@silver(
    contract=Exposures,
    write=Upsert(),
    owner="team:platform",
    reads={"events": keys("experiment_id", "anonymous_id")},
    freshness=hours(26),
)
def exposures(events: DataFrame) -> DataFrame:
    seen = events.where(
        (F.col("event") == "Experiment Viewed") & F.col("anonymous_id").isNotNull() & ~F.col("is_bot")
    )
    return seen.groupBy("experiment_id", "anonymous_id").agg(
        F.max(F.get_json_object("other_properties", "$.experiment_name")).alias("experiment"),
        F.min_by("variation_id", "occurred_at").alias("variation_id"),
        F.count_distinct("variation_id").alias("variations"),
        F.min_by("customer_id", "occurred_at").alias("customer_id"),
        F.min("occurred_at").alias("first_seen_at"),
        F.min_by("device", "occurred_at").alias("device"),
    )
