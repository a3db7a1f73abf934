"""What each release did to the conversion of each kind of browser: found without being told where to look."""

from typing import Any

import pandas as pd
import pyspark.sql.types as T
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from lakehouse import Contract, Field, Snapshot, gold, hours
from lakehouse.statistics import Moved
from lakehouse.statistics import segment_changes as changes_by_segment

UNKNOWN = "unknown"
NAMES = ("device", "os", "browser")
DIMENSIONS = (("device",), ("os",), ("browser",), ("device", "os"), ("os", "browser"))
MOST_DAYS = 28
OUT_SHARE = 0.05
RENAMED = {
    "before_cases": "sessions_before",
    "before_successes": "orders_before",
    "after_cases": "sessions_after",
    "after_successes": "orders_after",
    "missing": "lost_orders",
    "missing_low": "lost_low",
    "missing_high": "lost_high",
}


class SegmentChanges(Contract):
    """One row per release and segment of the visits.

    A release is compared with the one before it, over 28 days of each at most. It is out from the first day
    on which one visit in twenty has it. A segment's conversion (visits with an order) is held against that
    of all other visits in the same days, on the scale of log odds; the false discovery rate is 5 % a
    release. Bots are left out.
    """

    release: T.StringType() = Field(key=True)
    dimension: T.StringType() = Field(key=True, description="what the segment is made of, such as os")
    segment: T.StringType() = Field(key=True, description="its values")
    released_on: T.DateType() = Field(description="the first day on which one visit in twenty had it")
    replaced: T.StringType() = Field(description="the release before it")
    device: T.StringType() = Field(nullable=True, description="null where it is no part of the segment")
    os: T.StringType() = Field(nullable=True, description="null where it is no part of the segment")
    browser: T.StringType() = Field(nullable=True, description="null where it is no part of the segment")
    sessions_before: T.LongType() = Field(ge=0)
    orders_before: T.LongType() = Field(ge=0, description="visits with an order")
    sessions_after: T.LongType() = Field(ge=0)
    orders_after: T.LongType() = Field(ge=0, description="visits with an order")
    expected: T.DoubleType() = Field(
        nullable=True, description="its conversion, had it changed like that of the others"
    )
    lost_orders: T.DoubleType() = Field(
        nullable=True, description="orders fewer than that; negative where more"
    )
    lost_low: T.DoubleType() = Field(nullable=True, description="lower end of their interval of 95 %")
    lost_high: T.DoubleType() = Field(nullable=True)
    p_value: T.DoubleType() = Field(nullable=True, description="null where there are fewer than 30 visits")
    p_adjusted: T.DoubleType() = Field(nullable=True, description="for the number of segments of the release")
    verdict: T.StringType() = Field(isin=[each.value for each in Moved])
    explained_by: T.StringType() = Field(
        nullable=True, description="the segment that fell or rose, where this one merely holds or mirrors it"
    )


@gold(contract=SegmentChanges, write=Snapshot(), owner="team:checkout", freshness=hours(30))
def segment_changes(daily_checkout_funnel: DataFrame) -> DataFrame:
    releases = releases_of(daily_checkout_funnel)
    away = F.date_diff("day", "released_on")
    after = (
        daily_checkout_funnel.join(releases, on="release", how="inner")
        .where(away.between(0, MOST_DAYS - 1))
        .withColumn("period", F.lit("after"))
    )
    before = (
        daily_checkout_funnel.withColumnRenamed("release", "replaced")
        .join(releases, on="replaced", how="inner")
        .where(away.between(1 - MOST_DAYS, 0))
        .withColumn("period", F.lit("before"))
    )
    whole = ("release", "released_on", "replaced")
    cells = (
        after.unionByName(before)
        .groupBy(*whole, "period", *NAMES)
        .agg(F.sum("sessions").alias("cases"), F.sum("ordered").alias("successes"))
    )

    def compared(key: tuple[Any, ...], rows: pd.DataFrame) -> pd.DataFrame:
        found = changes_by_segment(rows, DIMENSIONS).rename(columns=RENAMED)
        return found.assign(**dict(zip(whole, key, strict=True)))

    # Spark has added everything up: what is left is a few hundred rows a release.
    return cells.groupBy(*whole).applyInPandas(compared, SegmentChanges.to_structtype())


def releases_of(daily_checkout_funnel: DataFrame) -> DataFrame:
    """Each release but the first: the first day on which it was out, and the one it replaced."""
    by_day = (
        daily_checkout_funnel.where(F.col("release") != UNKNOWN)
        .groupBy("day", "release")
        .agg(F.sum("sessions").alias("sessions"))
    )
    share = F.col("sessions") / F.sum("sessions").over(Window.partitionBy("day"))
    out = (
        by_day.withColumn("share", share)
        .where(F.col("share") >= OUT_SHARE)
        .groupBy("release")
        .agg(F.min("day").alias("released_on"))
    )
    # A few hundred rows, ever: one partition does.
    before = F.lag("release").over(Window.orderBy("released_on", "release"))
    return out.withColumn("replaced", before).where(F.col("replaced").isNotNull())
