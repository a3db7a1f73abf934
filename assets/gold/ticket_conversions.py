"""Whether customers come back after a ticket that was resolved within the hour: raw, and like with like."""

from typing import Any

import pandas as pd
import pyspark.sql.types as T
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from assets.gold.ticket_outcomes import WINDOWS
from lakehouse import Contract, Field, Snapshot, gold, hours
from lakehouse.statistics import Counts, Interval, Standardised, difference, standardised

ALL = "all"
BUCKET, LAST_BUCKET = 100, 5  # EUR; the last is 500 and more
STRATUM = ("category", "wrote_again", "earlier", "bucket")
COUNTS = ("fast", "fast_bought", "slow", "slow_bought", "immature")
BOUNDS = ("", "_low", "_high")


class TicketConversions(Contract):
    """One row per bucket of the order's value (and one for all) and number of days: who bought again.

    Fast tickets were resolved in less than an hour, slow ones later. Adjusted is the difference within
    strata of category, whether the customer had to write again, orders placed before (none, one, more)
    and bucket, weighted as the fast ones are spread over them. Tickets whose days are not over count as
    immature and in nothing else.
    """

    order_value: T.StringType() = Field(key=True, description="EUR, of the order that the ticket is about")
    days: T.IntegerType() = Field(key=True, isin=list(WINDOWS), description="after the resolution")
    value_from: T.IntegerType() = Field(nullable=True, description="lower end of the bucket; null for all")
    fast: T.LongType() = Field(ge=0, description="tickets resolved in less than an hour")
    fast_bought: T.LongType() = Field(ge=0, description="of these, with another order in time")
    slow: T.LongType() = Field(ge=0)
    slow_bought: T.LongType() = Field(ge=0)
    immature: T.LongType() = Field(ge=0, description="resolved, but not yet so many days ago")
    compared: T.LongType() = Field(ge=0, description="fast tickets that have slow ones of their stratum")
    raw: T.DoubleType() = Field(nullable=True, description="share of the fast less that of the slow")
    raw_low: T.DoubleType() = Field(nullable=True, description="lower end of its interval of 95 %")
    raw_high: T.DoubleType() = Field(nullable=True)
    adjusted: T.DoubleType() = Field(nullable=True, description="the same, like with like")
    adjusted_low: T.DoubleType() = Field(nullable=True, description="lower end of its interval of 95 %")
    adjusted_high: T.DoubleType() = Field(nullable=True)
    case_mix: T.DoubleType() = Field(
        nullable=True, description="raw less adjusted: what easy tickets make the raw difference larger by"
    )


@gold(contract=TicketConversions, write=Snapshot(), owner="team:support", freshness=hours(30))
def ticket_conversions(ticket_outcomes: DataFrame) -> DataFrame:
    columns, whole = list(TicketConversions.to_schema().columns), ("order_value", "days", "value_from")
    cells = strata(ticket_outcomes)

    def compared(key: tuple[Any, ...], rows: pd.DataFrame) -> pd.DataFrame:
        counts = {name: int(rows[name].sum()) for name in COUNTS}
        all_fast, all_slow = (Counts(counts[f"{name}_bought"], counts[name]) for name in ("fast", "slow"))
        found = standardised(
            (Counts(fast_bought, fast), Counts(slow_bought, slow))
            for fast, fast_bought, slow, slow_bought in rows[list(COUNTS[:4])].itertuples(index=False)
        )
        values = counts | reading(difference(all_fast, all_slow), found)
        return pd.DataFrame([dict(zip(whole, key, strict=True)) | values])[columns]

    # Spark has added everything up: what is left is a few hundred rows.
    return cells.groupBy(*whole).applyInPandas(compared, TicketConversions.to_structtype())


def reading(raw: Interval | None, like: Standardised | None) -> dict[str, float | int | None]:
    """Both differences with their bounds, and how far they are apart; None where there is no telling."""

    def named(name: str, of: Interval | None) -> dict[str, float | int | None]:
        values = (of.value, of.low, of.high) if of else (None, None, None)
        return dict(zip((f"{name}{bound}" for bound in BOUNDS), values, strict=True))

    adjusted = like.difference if like else None
    return {
        "compared": like.group.cases if like else 0,
        **named("raw", raw),
        **named("adjusted", adjusted),
        "case_mix": raw.value - adjusted.value if raw and adjusted else None,
    }


def strata(ticket_outcomes: DataFrame) -> DataFrame:
    """Resolved tickets counted by bucket (and in all), days and stratum: fast and slow, bought or not."""
    bucket = F.least(F.floor(F.col("order_value") / BUCKET), F.lit(LAST_BUCKET)).cast("int")
    windows = F.array(
        *(F.struct(F.lit(days).alias("days"), F.col(f"bought_{days}").alias("bought")) for days in WINDOWS)
    )
    fast, bought, known = F.col("within_hour"), F.col("bought"), F.col("bought").isNotNull()
    counted = {
        "fast": known & fast,
        "fast_bought": bought & fast,
        "slow": known & ~fast,
        "slow_bought": bought & ~fast,
        "immature": ~known,
    }
    return (
        ticket_outcomes.where(F.col("group") == "resolved")
        .withColumn("bucket", bucket)
        .withColumn("earlier", F.least("earlier_orders", F.lit(2)))
        .withColumn("order_value", F.explode(F.array(F.lit(ALL), named_bucket())))
        .withColumn("value_from", F.when(F.col("order_value") != ALL, F.col("bucket") * BUCKET))
        .select("order_value", "value_from", *STRATUM, "within_hour", F.inline(windows))
        .groupBy("order_value", "value_from", "days", *STRATUM)
        .agg(*(F.count_if(condition).alias(name) for name, condition in counted.items()))
    )


def named_bucket() -> Column:
    """The bucket in words: ``0-100``, … ``500+``."""
    begins = F.col("bucket") * BUCKET
    last = F.col("bucket") == LAST_BUCKET
    return F.when(last, F.concat(begins, F.lit("+"))).otherwise(F.concat_ws("-", begins, begins + BUCKET))
