"""The registry of experiments: what was guessed, and what was to follow."""

import pyspark.sql.types as T
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lakehouse import Contract, Field, Upsert, changes, hours, rule, silver


class Experiments(Contract):
    """One row per experiment: the latest version."""

    experiment_id: T.LongType() = Field(
        key=True, description="the registry's; the events call an experiment by its name"
    )
    name: T.StringType() = Field()
    hypothesis: T.StringType() = Field()
    guess: T.DecimalType(6, 4) = Field(description="relative effect on the metric, guessed beforehand")
    relevant: T.DecimalType(6, 4) = Field(
        nullable=True, description="the smallest relative effect that would matter"
    )
    metric: T.StringType() = Field()
    guardrails: T.ArrayType(T.StringType()) = Field(description="metrics that must not suffer")
    subject: T.StringType() = Field(isin=["visitor", "customer"])
    segment: T.StringType() = Field(nullable=True, description="where the effect was expected to differ")
    owner: T.StringType() = Field(str_startswith="team:")
    share: T.DecimalType(5, 4) = Field(gt=0, lt=1, description="of the subjects who are to get the treatment")
    status: T.StringType() = Field(isin=["planned", "running", "finished"])
    learned: T.StringType() = Field(nullable=True, description="written down when it is finished")
    follow_up: T.StringType() = Field(nullable=True, description="written down when it is finished")
    starts_at: T.TimestampType() = Field()
    ends_at: T.TimestampType() = Field()
    registered_at: T.TimestampType() = Field()
    updated_at: T.TimestampType() = Field()
    source_position: T.LongType() = Field(description="how far the source's log was when it gave the row")
    source_order: T.LongType() = Field(nullable=True, description="the change's own place in that log")

    @rule()
    def ends_after_it_starts(cls) -> Column:
        """It ends after it starts."""
        return F.col("ends_at") > F.col("starts_at")

    @rule(on_fail="warn")
    def registered_beforehand(cls) -> Column:
        """The guess was written down before the start."""
        return F.col("registered_at") <= F.col("starts_at")


@silver(
    contract=Experiments,
    write=Upsert(sequence_by=("source_position", "source_order")),
    owner="team:platform",
    reads={"shop_experiments": changes()},
    freshness=hours(24 * 90),
)
def experiments(shop_experiments: DataFrame) -> DataFrame:
    return shop_experiments.select(
        F.col("id").alias("experiment_id"),
        "name",
        "hypothesis",
        "guess",
        "relevant",
        "metric",
        F.from_json("guardrails", "array<string>").alias("guardrails"),
        "subject",
        "segment",
        "owner",
        "share",
        "status",
        "learned",
        "follow_up",
        "starts_at",
        "ends_at",
        F.col("created_at").alias("registered_at"),
        "updated_at",
        F.col("_position").alias("source_position"),
        F.col("_order").alias("source_order"),
        "_change",
    )
