"""What changed with each release, without anybody asking: before and after, trend and season taken out."""

from typing import Any

import pandas as pd
import pyspark.sql.types as T
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse import Contract, Field, Snapshot, gold, hours
from lakehouse.statistics import Interruption, Other, adjusted, interruption
from lakehouse.statistics.interruptions import DAYS_AFTER, DAYS_BEFORE

METRICS = {"registrations begun": "began", "registrations": "registered", "visits with an order": "ordered"}
OF_OWNER = {
    "team:onboarding": ("registrations begun", "registrations"),
    "team:checkout": ("visits with an order",),
}
REAL = 0.05
VERDICTS = ["rose", "fell", "cannot be told", "too early"]
PLAN = ("release_id", "version", "title", "owner", "metric", "released_on")


class LaunchReadouts(Contract):
    """One row per release and metric: the days after it against the days before it.

    Onboarding's releases are read in registrations, checkout's in orders, all others in both. Eight weeks
    before and four after are looked at. ``effect`` is what is left once trend, weekdays, traffic (how
    many came, from where) and whatever else was released or tested in those days are taken out. All
    readings are judged together; of those that rose or fell, one in twenty may be chance.
    """

    release_id: T.LongType() = Field(key=True)
    metric: T.StringType() = Field(key=True, isin=list(METRICS))
    version: T.StringType() = Field()
    title: T.StringType() = Field()
    owner: T.StringType() = Field()
    released_on: T.DateType() = Field()
    days: T.IntegerType() = Field(nullable=True, description="on either side that the change is taken over")
    before: T.DoubleType() = Field(nullable=True, description="a day, on average")
    after: T.DoubleType() = Field(nullable=True)
    observed: T.DoubleType() = Field(nullable=True, description="the relative change")
    season: T.DoubleType() = Field(
        nullable=True, description="of it, by trend, season, traffic and all else that is known"
    )
    effect: T.DoubleType() = Field(nullable=True, description="of it, what is left for the release")
    low: T.DoubleType() = Field(nullable=True, description="lower end of its interval of 95 %")
    high: T.DoubleType() = Field(nullable=True)
    p_value: T.DoubleType() = Field(nullable=True)
    p_adjusted: T.DoubleType() = Field(nullable=True, description="for the number of readings")
    taken_out: T.ArrayType(T.StringType()) = Field(description="other releases and tests taken out")
    verdict: T.StringType() = Field(isin=VERDICTS)


@gold(contract=LaunchReadouts, write=Snapshot(), owner="team:platform", freshness=hours(24 * 90))
def launch_readouts(daily_traffic: DataFrame, releases: DataFrame, experiments: DataFrame) -> DataFrame:
    columns = list(LaunchReadouts.to_schema().columns)

    def read_all(rows: pd.DataFrame) -> pd.DataFrame:
        found = [row_of(key, some) for key, some in rows.groupby(list(PLAN), sort=True)]
        judged = [each for each in found if each["p_value"] is not None]
        for each, p_adjusted in zip(judged, adjusted([each["p_value"] for each in judged]), strict=True):
            each["p_adjusted"] = p_adjusted
            if p_adjusted <= REAL:
                each["verdict"] = "rose" if each["effect"] > 0 else "fell"
        return pd.DataFrame(found, columns=columns)

    # Spark has added everything up: what is left is a few thousand rows, by release, day and source.
    return (
        series(daily_traffic, releases, experiments)
        .groupBy()
        .applyInPandas(read_all, LaunchReadouts.to_structtype())
    )


def row_of(key: tuple[Any, ...], rows: pd.DataFrame) -> dict[str, Any]:
    """One reading, not yet judged among the others."""
    plan = dict(zip(PLAN, key, strict=True))
    others = [Other(each["name"], each["begins"], each["ends"]) for each in rows["others"].iloc[0]]
    counts = rows.dropna(subset=["day"]).astype({"cases": float, "successes": float})
    found = interruption(counts, plan["released_on"], others) if len(counts) else None
    names = ("days", "before", "after", "observed", "season", "effect", "low", "high", "p_value")
    values: tuple[Any, ...] = (None,) * len(names) if found is None else values_of(found)
    return (
        plan
        | dict(zip(names, values, strict=True))
        | {
            "p_adjusted": None,
            "taken_out": list(found.others) if found else [],
            "verdict": "cannot be told" if found else "too early",
        }
    )


def values_of(found: Interruption) -> tuple[Any, ...]:
    """The numbers of a reading in the table's order."""
    effect = found.effect
    return (
        *(found.days, found.before, found.after, found.observed, found.rest),
        *(effect.value, effect.low, effect.high, found.p_value),
    )


def series(daily_traffic: DataFrame, releases: DataFrame, experiments: DataFrame) -> DataFrame:
    """Per release, metric, day and source: ``cases`` and ``successes``; beside them what else changed."""
    metrics = F.coalesce(
        *(
            F.when(F.col("owner") == owner, F.array(*(F.lit(name) for name in names)))
            for owner, names in OF_OWNER.items()
        ),
        F.array(*(F.lit(name) for name in METRICS)),
    )
    plans = releases.select(
        *("release_id", "version", "title", "owner"),
        F.to_date("released_at").alias("released_on"),
        F.explode(metrics).alias("metric"),
    ).join(others(releases, experiments), on="release_id", how="left")
    measured = F.array(
        *(
            F.struct(
                F.lit(name).alias("metric"),
                # Whoever is known has registered already.
                F.when(~F.col("known") | F.lit(column == "ordered"), F.col("sessions")).alias("cases"),
                F.col(column).alias("successes"),
            )
            for name, column in METRICS.items()
        )
    )
    part = F.concat_ws(" ", "source", F.when(F.col("known"), "known").otherwise("unknown"))
    counts = (
        daily_traffic.select("day", part.alias("part"), F.inline(measured))
        .where(F.col("cases").isNotNull())
        .withColumnRenamed("metric", "of")
    )
    near = (F.col("of") == F.col("metric")) & F.date_diff("day", "released_on").between(
        -DAYS_BEFORE, DAYS_AFTER
    )
    return (
        F.broadcast(plans)
        .join(counts, on=near, how="left")
        .select(*PLAN, "others", "day", "part", "cases", "successes")
    )


def others(releases: DataFrame, experiments: DataFrame) -> DataFrame:
    """Per release all that began or ended around it: releases with another date, and experiments."""
    began = releases.select(
        F.concat_ws(" ", F.lit("release"), "version").alias("name"),
        F.to_date("released_at").alias("begins"),
        F.lit(None).cast("date").alias("ends"),
    ).unionByName(
        experiments.select(
            F.concat_ws(" ", F.lit("test"), "name").alias("name"),
            F.to_date("starts_at").alias("begins"),
            F.to_date("ends_at").alias("ends"),
        )
    )
    own = releases.select("release_id", F.to_date("released_at").alias("released_on"))
    return (
        own.join(F.broadcast(began), on=F.col("begins") != F.col("released_on"), how="left")
        .groupBy("release_id")
        .agg(F.sort_array(F.collect_list(F.struct("begins", "name", "ends"))).alias("others"))
    )
