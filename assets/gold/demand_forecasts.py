"""What each product will sell in the coming weeks, and what was foreseen of those that have passed."""

import pandas as pd
import pyspark.sql.types as T
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.pandas.functions import pandas_udf

from lakehouse import Contract, Field, Snapshot, gold, hours, rule
from lakehouse.statistics.demand import course, quantile, share, variance

AHEAD = 6  # weeks: the slowest vendor's delivery, the time between two orders, and the week that is running
LOOKED_BACK = 12  # weeks that are forecast again, knowing only what was known before
FEWEST = 3  # weeks before anything is forecast
SHARES = "product_id long, made_on date, share double, dispersion double"
TOTALS = "made_on date, week date, weeks_ahead int, total double, newest boolean"


class DemandForecasts(Contract):
    """One row per product, Monday on which the forecast is made, and week that it is for.

    A forecast knows the weeks before its Monday and nothing else, also where it is made long after: the past
    ones are a backtest with a rolling origin. The product's share of all units, smoothed, times the course
    of all units, whose trend is damped.
    """

    product_id: T.LongType() = Field(key=True)
    made_on: T.DateType() = Field(key=True, description="a Monday; what came before it is known")
    week: T.DateType() = Field(key=True, description="the Monday of the week that it is for")
    weeks_ahead: T.IntegerType() = Field(ge=1, le=AHEAD, description="1: the week that begins as it is made")
    units: T.DoubleType() = Field(ge=0, description="foreseen, in the mean")
    low: T.DoubleType() = Field(ge=0, description="of the interval that holds 95 % of what comes")
    high: T.DoubleType() = Field(ge=0)
    dispersion: T.DoubleType() = Field(ge=1, description="variance over mean of what is asked for in a week")
    newest: T.BooleanType() = Field(description="made last: the one to act on")

    @rule()
    def an_interval_has_two_ends(cls) -> Column:
        """The lower end is not above the upper."""
        return F.col("low") <= F.col("high")


@gold(contract=DemandForecasts, write=Snapshot(), owner="team:supply-chain", freshness=hours(30))
def demand_forecasts(daily_stock: DataFrame) -> DataFrame:
    weeks = whole_weeks(daily_stock)
    totals = weeks.groupBy("week").agg(F.sum("units").alias("total"))

    def course_of_all(known: pd.DataFrame) -> pd.DataFrame:
        rows = known.sort_values("week")
        found = []
        for made_on, before in origins(rows):
            newest = len(before) == len(rows)
            for ahead, total in enumerate(course(before["total"].tolist(), AHEAD), start=1):
                week = made_on + pd.Timedelta(weeks=ahead - 1)
                found.append((made_on.date(), week.date(), ahead, total, newest))
        return pd.DataFrame(found, columns=["made_on", "week", "weeks_ahead", "total", "newest"])

    def shares_of(known: pd.DataFrame) -> pd.DataFrame:
        rows = known.sort_values("week")
        product = int(rows["product_id"].iloc[0])
        found = []
        for made_on, before in origins(rows):
            told = share(before["units"].tolist(), before["total"].tolist())
            found.append((product, made_on.date(), told.share, told.dispersion))
        return pd.DataFrame(found, columns=["product_id", "made_on", "share", "dispersion"])

    def origins(rows: pd.DataFrame) -> list[tuple[pd.Timestamp, pd.DataFrame]]:
        """The Mondays on which a forecast is made, each with the weeks before it."""
        ends = pd.to_datetime(rows["week"]) + pd.Timedelta(weeks=1)
        last = range(max(FEWEST, len(rows) - LOOKED_BACK), len(rows) + 1)
        return [(ends.iloc[count - 1], rows.iloc[:count]) for count in last]

    def bounds(units: pd.Series, dispersion: pd.Series) -> pd.DataFrame:
        spread = variance(units, dispersion)
        return pd.DataFrame({"low": quantile(units, spread, 0.025), "high": quantile(units, spread, 0.975)})

    coming = totals.groupBy().applyInPandas(course_of_all, TOTALS)
    shares = weeks.join(F.broadcast(totals), on="week", how="inner").groupBy("product_id")
    ends = pandas_udf(bounds, "low double, high double")  # type: ignore[call-overload]
    return (
        shares.applyInPandas(shares_of, SHARES)
        .join(F.broadcast(coming), on="made_on", how="inner")
        .withColumn("units", F.col("share") * F.col("total"))
        .withColumn("ends", ends("units", "dispersion"))
        .select(
            "product_id",
            "made_on",
            "week",
            "weeks_ahead",
            "units",
            F.col("ends.low").alias("low"),
            F.col("ends.high").alias("high"),
            "dispersion",
            "newest",
        )
    )


def whole_weeks(daily_stock: DataFrame) -> DataFrame:
    """Units asked for by product and week, weeks from Monday; those not seen whole are left out."""
    seen = daily_stock.agg(F.min("day").alias("first"), F.max("day").alias("running"))
    return (
        daily_stock.groupBy("product_id", F.to_date(F.date_trunc("week", "day")).alias("week"))
        .agg(F.sum("asked").alias("units"))
        .join(F.broadcast(seen), how="cross")
        .where((F.col("week") >= F.col("first")) & (F.date_add("week", 7) <= F.col("running")))
        .select("product_id", "week", "units")
    )
