"""The company's daily figures in every version that was shown: what was restated, and by how much."""

import pyspark.sql.types as T
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse import Contract, Field, History, gold, hours, whole

OF_BUSINESS = ("sessions", "orders", "revenue", "new_customers")
AD_SPEND = "ad_spend"
VALUE = "decimal(18,2)"


class DailyFigures(Contract):
    """One row per day, figure and version of it, from valid_from to valid_to.

    A version is there whenever the day was counted anew, whether or not that changed the figure. A day that
    is not over is no version.
    """

    day: T.DateType() = Field(key=True)
    figure: T.StringType() = Field(key=True, isin=[*OF_BUSINESS, AD_SPEND])
    value: T.DecimalType(18, 2) = Field(ge=0, description="EUR where it is money")
    shown_at: T.TimestampType() = Field(description="when the table that shows it was written")


@gold(
    contract=DailyFigures,
    write=History(sequence_by="shown_at"),
    owner="team:growth",
    reads={"daily_business": whole(), "ad_spend": whole()},
    freshness=hours(30),
)
def daily_figures(daily_business: DataFrame, ad_spend: DataFrame) -> DataFrame:
    figures = F.array(
        *(
            F.struct(F.lit(name).alias("figure"), F.col(name).cast(VALUE).alias("value"))
            for name in OF_BUSINESS
        )
    )
    spent = ad_spend.groupBy("day").agg(
        F.lit(AD_SPEND).alias("figure"),
        F.sum("spend").cast(VALUE).alias("value"),
        F.max("_transformed_at").alias("shown_at"),
    )
    return (
        daily_business.select("day", F.inline(figures), F.col("_transformed_at").alias("shown_at"))
        .unionByName(spent.select("day", "figure", "value", "shown_at"))
        .where(F.to_date("shown_at") > F.col("day"))
    )
