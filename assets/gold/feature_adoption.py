"""Who uses what a release brought, and whether anybody can know."""

import pyspark.sql.types as T
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse import Contract, Field, Snapshot, gold, hours

VERDICTS = ["used", "never seen", "no event planned", "no feature"]


class FeatureAdoption(Contract):
    """One row per release: who has used its feature since, as far as the events tell.

    A feature is used by sending the event that the tracking plan promises for it. Where the plan has an
    optional property of the feature's name, it is used by sending this as true, and those who send the event
    at all are who could have.
    """

    release_id: T.LongType() = Field(key=True)
    component: T.StringType() = Field()
    version: T.StringType() = Field()
    title: T.StringType() = Field()
    owner: T.StringType() = Field()
    released_at: T.TimestampType() = Field()
    feature: T.StringType() = Field(nullable=True)
    tracked_by: T.StringType() = Field(nullable=True)
    visitors: T.LongType() = Field(ge=0, description="browsers that could use it since the release")
    users: T.LongType() = Field(ge=0, description="of these, browsers that did")
    adoption: T.DoubleType() = Field(nullable=True, ge=0, le=1, description="null where nobody can know")
    planned_adoption: T.DoubleType() = Field(nullable=True, ge=0, le=1)
    verdict: T.StringType() = Field(isin=VERDICTS)


@gold(contract=FeatureAdoption, write=Snapshot(), owner="team:platform", freshness=hours(24 * 90))
def feature_adoption(
    releases: DataFrame, planned_messages: DataFrame, events: DataFrame, sessions: DataFrame
) -> DataFrame:
    found = releases.join(visited(releases, sessions), on="release_id", how="left").join(
        used(releases, planned_messages, events), on="release_id", how="left"
    )
    users = F.coalesce("users", F.lit(0))
    could = F.coalesce(F.when(F.col("by_property"), F.col("could")), F.col("visitors"), F.lit(0))
    verdict = (
        F.when(F.col("feature").isNull(), "no feature")
        .when(F.col("tracked_by").isNull(), "no event planned")
        .when(users == 0, "never seen")
        .otherwise("used")
    )
    return found.select(
        *("release_id", "component", "version", "title", "owner", "released_at", "feature", "tracked_by"),
        could.alias("visitors"),
        users.alias("users"),
        F.when(verdict == "used", F.least(F.try_divide(users, could), F.lit(1.0))).alias("adoption"),
        F.col("planned_adoption").cast("double").alias("planned_adoption"),
        verdict.alias("verdict"),
    )


def visited(releases: DataFrame, sessions: DataFrame) -> DataFrame:
    """Per release the browsers that have visited since: ``visitors``."""
    began = releases.select("release_id", "released_at")
    return (
        sessions.where(~F.col("is_bot"))
        .groupBy("anonymous_id")
        .agg(F.max("started_at").alias("last_at"))
        .join(F.broadcast(began), on=F.col("last_at") >= F.col("released_at"), how="inner")
        .groupBy("release_id")
        .agg(F.count(F.lit(1)).alias("visitors"))
    )


def used(releases: DataFrame, planned_messages: DataFrame, events: DataFrame) -> DataFrame:
    """Per release whose event has come: browsers that sent it (``could``) and that used the feature."""
    flags = planned_messages.where(~F.col("required") & (F.col("property") == F.col("feature"))).select(
        "feature", F.lit(True).alias("by_property")
    )
    wanted = (
        releases.where(F.col("tracked_by").isNotNull())
        .join(flags.distinct(), on="feature", how="left")
        .select("release_id", "tracked_by", "released_at", "feature", "by_property")
    )
    said = F.element_at(F.from_json("other_properties", "map<string,string>"), F.col("feature"))
    uses = ~F.coalesce("by_property", F.lit(False)) | (F.coalesce(said, F.lit("")) == "true")
    return (
        events.where(~F.col("is_bot") & F.col("anonymous_id").isNotNull())
        .join(F.broadcast(wanted), on=F.col("event") == F.col("tracked_by"), how="inner")
        .where(F.col("occurred_at") >= F.col("released_at"))
        .groupBy("release_id", "by_property", "anonymous_id")
        .agg(F.bool_or(uses).alias("uses"))
        .groupBy("release_id", F.coalesce("by_property", F.lit(False)).alias("by_property"))
        .agg(F.count(F.lit(1)).alias("could"), F.count_if("uses").alias("users"))
    )
