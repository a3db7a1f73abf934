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
    source_position: T.LongType() = Field(description="where in the source's log the row was dumped")


@silver(
    contract=ExperimentAssignments,
    write=Upsert(sequence_by="source_position"),
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
        "_change",
    )
