"""The registry of experiments, dumped whole."""

import pyspark.sql.types as T
from pyspark.sql import DataFrame

from lakehouse import Contract, Field, FullDumps, bronze, hours


class ShopExperiments(Contract):
    """One row per experiment and change between two dumps."""

    id: T.LongType() = Field(key=True)
    name: T.StringType() = Field()
    hypothesis: T.StringType() = Field()
    guess: T.DecimalType(6, 4) = Field()
    relevant: T.DecimalType(6, 4) = Field()
    metric: T.StringType() = Field()
    guardrails: T.StringType() = Field()
    subject: T.StringType() = Field()
    segment: T.StringType() = Field(nullable=True)
    owner: T.StringType() = Field()
    share: T.DecimalType(5, 4) = Field()
    status: T.StringType() = Field()
    learned: T.StringType() = Field(nullable=True)
    follow_up: T.StringType() = Field(nullable=True)
    starts_at: T.TimestampType() = Field()
    ends_at: T.TimestampType() = Field()
    created_at: T.TimestampType() = Field()
    updated_at: T.TimestampType() = Field()


@bronze(
    contract=ShopExperiments,
    source=FullDumps("shop", "experiments", stale_after_hours=24 * 90),
    owner="team:platform",
    freshness=hours(24 * 90),
)
def shop_experiments(dump: DataFrame) -> DataFrame:
    return dump
