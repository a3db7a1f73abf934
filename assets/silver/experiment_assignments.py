"""Which customer the shop put into which arm of an experiment."""

import pyspark.sql.types as T
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse import Contract, Field, Upsert, changes, hours, silver


class ExperimentAssignments(Contract):
    """One row per experiment and customer assigned: the latest version."""

    assignment_id: T.LongType() = Field(key=True)
    experiment_id: T.LongType() = Field()
    customer_id: T.LongType() = Field()
    variant: T.StringType() = Field(isin=["control", "treatment"])
    assigned_at: T.TimestampType() = Field()
    source_position: T.LongType() = Field(description="how far the source's log was when it gave the row")
    source_order: T.LongType() = Field(nullable=True, description="the change's own place in that log")


@silver(
    contract=ExperimentAssignments,
    write=Upsert(sequence_by=("source_position", "source_order")),
    owner="team:platform",
    reads={"shop_experiment_assignments": changes()},
    freshness=hours(24 * 90),
)
def experiment_assignments(shop_experiment_assignments: DataFrame) -> DataFrame:
    return shop_experiment_assignments.select(
        F.col("id").alias("assignment_id"),
        "experiment_id",
        "customer_id",
        "variant",
        F.col("created_at").alias("assigned_at"),
        F.col("_position").alias("source_position"),
        F.col("_order").alias("source_order"),
        "_change",
    )
