"""How far the forecasts were off, beside what simpler ways would have said."""

import pyspark.sql.types as T
from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from assets.gold.demand_forecasts import whole_weeks
from lakehouse import Contract, Field, Snapshot, gold, hours

WAYS = ("forecast", "same_again", "two_weeks")


class ForecastErrors(Contract):
    """One row per product, week that has passed, and weeks that it was forecast ahead.

    Beside the forecast stand two that need no model: the last week's units again, and the mean of the last
    two weeks, by which the planner orders. Sums of errors over sums of units are the weighted error (WAPE);
    over the errors of the last week's units again they are the relative one (below 1: better than none).
    """

    product_id: T.LongType() = Field(key=True)
    week: T.DateType() = Field(key=True, description="its Monday")
    weeks_ahead: T.IntegerType() = Field(key=True, ge=1)
    units: T.LongType() = Field(ge=0, description="asked for in that week")
    forecast: T.DoubleType() = Field(ge=0)
    same_again: T.DoubleType() = Field(ge=0, description="the units of the last week known")
    two_weeks: T.DoubleType() = Field(ge=0, description="the mean of the last two weeks known")
    forecast_error: T.DoubleType() = Field(ge=0, description="units off, either way")
    same_again_error: T.DoubleType() = Field(ge=0)
    two_weeks_error: T.DoubleType() = Field(ge=0)
    bias: T.DoubleType() = Field(description="forecast less units")
    within: T.IntegerType() = Field(ge=0, le=1, description="1 where the units lay in the interval of 95 %")
    forecasts: T.IntegerType() = Field(eq=1, description="1: so that weeks add up")


@gold(contract=ForecastErrors, write=Snapshot(), owner="team:supply-chain", freshness=hours(30))
def forecast_errors(demand_forecasts: DataFrame, daily_stock: DataFrame) -> DataFrame:
    weeks = whole_weeks(daily_stock)
    by_week = Window.partitionBy("product_id").orderBy("week")
    known = weeks.select(
        "product_id",
        F.date_add("week", 7).alias("made_on"),
        F.col("units").cast("double").alias("same_again"),
        F.avg("units").over(by_week.rowsBetween(-1, 0)).alias("two_weeks"),
    )

    def off(way: str) -> Column:
        return F.abs(F.col(way) - F.col("units"))

    return (
        demand_forecasts.withColumnRenamed("units", "forecast")
        .join(weeks, on=["product_id", "week"], how="inner")
        .join(known, on=["product_id", "made_on"], how="inner")
        .withColumns({f"{way}_error": off(way) for way in WAYS})
        .withColumns(
            {
                "bias": F.col("forecast") - F.col("units"),
                "within": F.col("units").between(F.col("low"), F.col("high")).cast("int"),
                "forecasts": F.lit(1),
            }
        )
        .select(*ForecastErrors.to_schema().columns)
    )
