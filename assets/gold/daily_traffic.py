"""Visits by where they come from, and how many registered or ordered: what launches are read in."""

import pyspark.sql.types as T
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse import Contract, Field, ReplaceWindow, daily, gold, hours, window

DIRECT = "direct"
LETTER = "/letter"


class DailyTraffic(Contract):
    """One row per day, source and whether the visitor was known to the shop; bots are left out.

    A source is the visit's campaign; else the page that letters name, or the site that sent it; else direct.
    Known is who was signed in and did not register in the visit.
    """

    day: T.DateType() = Field(key=True, description="the company's day")
    source: T.StringType() = Field(key=True)
    known: T.BooleanType() = Field(key=True)
    sessions: T.LongType() = Field(gt=0, description="visits")
    began: T.LongType() = Field(ge=0, description="the registration was opened")
    registered: T.LongType() = Field(ge=0)
    ordered: T.LongType() = Field(ge=0, description="with an order")


@gold(
    contract=DailyTraffic,
    write=ReplaceWindow(),
    owner="team:growth",
    partitions=daily("day", start="2026-01-01"),
    reads={"sessions": window("day")},
    freshness=hours(28),
)
def daily_traffic(sessions: DataFrame) -> DataFrame:
    registering = F.col("signed_up") | (F.col("signup_step") > 0)
    site = F.nullif(F.parse_url("referrer", F.lit("HOST")), F.lit(""))
    letter = F.when(F.col("landing_path") == LETTER, "letter page")
    return (
        sessions.where(~F.col("is_bot"))
        .groupBy(
            "day",
            F.coalesce("utm_campaign", letter, site, F.lit(DIRECT)).alias("source"),
            (F.col("customer_id").isNotNull() & ~registering).alias("known"),
        )
        .agg(
            F.count(F.lit(1)).alias("sessions"),
            F.count_if(F.col("began_signup") | registering).alias("began"),
            F.count_if("signed_up").alias("registered"),
            F.count_if("ordered").alias("ordered"),
        )
    )
