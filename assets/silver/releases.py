"""The shop's releases, and what each promised."""

import pyspark.sql.types as T
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse import Contract, Field, Upsert, changes, hours, silver


class Releases(Contract):
    """One row per release: the latest version."""

    release_id: T.LongType() = Field(key=True)
    component: T.StringType() = Field(isin=["shop_front", "shop_back"])
    version: T.StringType() = Field()
    title: T.StringType() = Field()
    owner: T.StringType() = Field(str_startswith="team:")
    feature: T.StringType() = Field(nullable=True, description="what it brings, if anything to use")
    tracked_by: T.StringType() = Field(
        nullable=True, description="the event that the tracking plan promises for the feature"
    )
    planned_adoption: T.DecimalType(5, 4) = Field(
        nullable=True, ge=0, le=1, description="share of visitors expected to use the feature"
    )
    released_at: T.TimestampType() = Field()
    source_position: T.LongType() = Field(description="how far the source's log was when it gave the row")
    source_order: T.LongType() = Field(nullable=True, description="the change's own place in that log")


@silver(
    contract=Releases,
    write=Upsert(sequence_by=("source_position", "source_order")),
    owner="team:platform",
    reads={"shop_releases": changes()},
    freshness=hours(24 * 90),
)
def releases(shop_releases: DataFrame) -> DataFrame:
    return shop_releases.select(
        F.col("id").alias("release_id"),
        "component",
        "version",
        "title",
        F.col("team").alias("owner"),
        "feature",
        "tracked_by",
        "planned_adoption",
        "released_at",
        F.col("_position").alias("source_position"),
        F.col("_order").alias("source_order"),
        "_change",
    )
