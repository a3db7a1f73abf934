"""Which customer is in which arm of an experiment, dumped whole."""

import pyspark.sql.types as T
from pyspark.sql import DataFrame

from lakehouse import Contract, Field, FullDumps, bronze, hours


class ShopExperimentAssignments(Contract):
    """One row per experiment, customer and change between two dumps."""

    id: T.LongType() = Field(key=True)
    experiment_id: T.LongType() = Field()
    customer_id: T.LongType() = Field()
    variant: T.StringType() = Field()
    created_at: T.TimestampType() = Field()
    updated_at: T.TimestampType() = Field()


@bronze(
    contract=ShopExperimentAssignments,
    source=FullDumps("shop", "experiment_assignments", stale_after_hours=24 * 90),
    owner="team:platform",
    freshness=hours(24 * 90),
)
def shop_experiment_assignments(dump: DataFrame) -> DataFrame:
    return dump
