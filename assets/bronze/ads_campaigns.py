"""What the ad platform reports of each day's campaigns, every report as it came."""

import pyspark.sql.types as T
from pyspark.sql import DataFrame

from lakehouse import Contract, Field, FileFormat, Files, bronze, hours


class AdsCampaigns(Contract):
    """One row per day, campaign and report that tells of them."""

    day: T.DateType() = Field(key=True)
    campaign_id: T.LongType() = Field(key=True)
    campaign: T.StringType() = Field()
    impressions: T.LongType() = Field()
    clicks: T.LongType() = Field()
    spend: T.DecimalType(12, 2) = Field()
    currency: T.StringType() = Field()


@bronze(
    contract=AdsCampaigns,
    source=Files("ads", "campaigns", FileFormat.CSV, stale_after_hours=26),
    owner="team:growth",
    freshness=hours(26),
)
def ads_campaigns(report: DataFrame) -> DataFrame:
    return report
