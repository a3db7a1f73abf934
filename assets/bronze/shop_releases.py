"""The registry of the shop's releases, dumped whole."""

import pyspark.sql.types as T
from pyspark.sql import DataFrame

from lakehouse import Contract, Field, FullDumps, bronze, hours


class ShopReleases(Contract):
    """One row per release and change between two dumps."""

    id: T.LongType() = Field(key=True)
    component: T.StringType() = Field()
    version: T.StringType() = Field()
    title: T.StringType() = Field()
    team: T.StringType() = Field()
    feature: T.StringType() = Field(nullable=True)
    tracked_by: T.StringType() = Field(nullable=True)
    planned_adoption: T.DecimalType(5, 4) = Field(nullable=True)
    released_at: T.TimestampType() = Field()
    created_at: T.TimestampType() = Field()
    updated_at: T.TimestampType() = Field()


@bronze(
    contract=ShopReleases,
    source=FullDumps("shop", "releases", stale_after_hours=24 * 90),
    owner="team:platform",
    freshness=hours(24 * 90),
)
def shop_releases(dump: DataFrame) -> DataFrame:
    return dump
