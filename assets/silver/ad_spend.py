"""What the campaigns cost and brought each day, as the newest report has it."""

import pyspark.sql.types as T
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lakehouse import Contract, Field, Upsert, changes, hours, rule, silver

FINAL_AFTER = 7  # days; the platform corrects a day's numbers for three to seven


class AdSpend(Contract):
    """One row per day and campaign: the numbers of the newest report that has them."""

    day: T.DateType() = Field(key=True, description="the platform's day")
    campaign_id: T.LongType() = Field(key=True)
    campaign: T.StringType() = Field(description="its name, which links carry as utm_campaign")
    impressions: T.LongType() = Field(gt=0, description="times shown; letters sent")
    clicks: T.LongType() = Field(ge=0)
    spend: T.DecimalType(12, 2) = Field(ge=0)
    currency: T.StringType() = Field(isin=["EUR", "USD"])
    reported_on: T.DateType() = Field(description="the last day that the report covers, by its file's name")
    days_settled: T.IntegerType() = Field(
        ge=0, description="days between the day and the report; fewer than seven may still be corrected"
    )
    is_final: T.BooleanType() = Field(description="no later report will correct the numbers")

    @rule(on_fail="warn")
    def clicks_were_impressions(cls) -> Column:
        """Nobody clicks what was not shown."""
        return F.col("clicks") <= F.col("impressions")


@silver(
    contract=AdSpend,
    write=Upsert(sequence_by="reported_on"),
    owner="team:growth",
    reads={"ads_campaigns": changes()},
    freshness=hours(26),
)
def ad_spend(ads_campaigns: DataFrame) -> DataFrame:
    # By the name, not by the file's time: a report that is copied late is no newer for it.
    reported_on = F.regexp_extract("_file", r"(\d{4}-\d{2}-\d{2})[^/]*$", 1).try_cast("date")
    days_settled = F.date_diff(reported_on, "day")
    return ads_campaigns.select(
        "day",
        "campaign_id",
        "campaign",
        "impressions",
        "clicks",
        "spend",
        "currency",
        reported_on.alias("reported_on"),
        days_settled.alias("days_settled"),
        (days_settled >= FINAL_AFTER).alias("is_final"),
    )
