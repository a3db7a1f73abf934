"""At how many units each product is ordered again, and up to how many: computed, and as the sheet says."""

import pandas as pd
import pyspark.sql.types as T
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.pandas.functions import pandas_udf

from lakehouse import Contract, Field, Snapshot, gold, hours, rule
from lakehouse.statistics.demand import quantile, variance

SERVICE = 0.95  # the chance that what is there lasts until what was ordered comes
REVIEW_DAYS = 4  # the longest time between two days of ordering, Monday and Thursday
COVER_DAYS = 14  # what an order is to last for once it is there
MOST_DAYS = 35  # that the forecast reaches
SHEET_DAYS = 14  # so long a sheet counts from its Monday on: a week, and one that was forgotten
LATELY = 28  # days of sales, where there is no forecast yet


class ReorderPoints(Contract):
    """One row per product that has a vendor.

    The point covers what sells from now until a delivery ordered at the next occasion is here, with a chance
    of 95 %: the vendor's lead time as measured, plus the days until that occasion. It counts that demand
    varies, and that deliveries do. What the planner's newest sheet says about a product goes before it, for
    as long as the sheet is fresh; both stand here.
    """

    product_id: T.LongType() = Field(key=True)
    vendor_id: T.LongType() = Field()
    as_of: T.DateType() = Field()
    days: T.IntegerType() = Field(gt=0, description="from now until a delivery ordered at the next occasion")
    expected: T.DoubleType() = Field(ge=0, description="units asked for in these days, in the mean")
    deviation: T.DoubleType() = Field(ge=0, description="standard deviation of these units")
    computed_point: T.LongType() = Field(ge=0, description="units; at or under it is ordered")
    computed_up_to: T.LongType() = Field(ge=0)
    safety_stock: T.DoubleType() = Field(description="the computed point beyond what is expected")
    sheet_point: T.DecimalType(12, 2) = Field(nullable=True, ge=0, description="of the newest, fresh sheet")
    sheet_up_to: T.IntegerType() = Field(nullable=True)
    hold_until: T.DateType() = Field(nullable=True, description="as the sheet says")
    sheet_note: T.StringType() = Field(nullable=True)
    point: T.LongType() = Field(ge=0, description="that counts: the sheet's, else the computed one")
    up_to: T.LongType() = Field(ge=0, description="units to have, with what is on its way")
    held: T.BooleanType() = Field(description="the sheet says not to order it now")

    @rule(on_fail="warn")
    def fills_up_above_the_point(cls) -> Column:
        """An order fills up to more than the point at which it is placed."""
        return F.col("up_to") >= F.col("point")


@gold(contract=ReorderPoints, write=Snapshot(), owner="team:supply-chain", freshness=hours(24 * 90))
def reorder_points(
    stock_levels: DataFrame,
    vendor_lead_times: DataFrame,
    demand_forecasts: DataFrame,
    reorder_overrides: DataFrame,
) -> DataFrame:
    def needed(expected: pd.Series, spread: pd.Series) -> pd.Series:
        return pd.Series(quantile(expected, spread, SERVICE), index=expected.index)

    def spread_of(expected: pd.Series, dispersion: pd.Series, weeks: pd.Series) -> pd.Series:
        return pd.Series(variance(expected, dispersion, weeks), index=expected.index)

    to_cover = pandas_udf(needed, "double")  # type: ignore[call-overload]
    spread = pandas_udf(spread_of, "double")  # type: ignore[call-overload]
    waiting = F.least(F.ceil(F.col("lead_days") + REVIEW_DAYS), F.lit(MOST_DAYS)).cast("int")
    # A delivery that comes some days later than others is so many days' sale more or less.
    by_lateness = F.pow(F.col("expected") / F.col("days") * F.col("lead_deviation"), F.lit(2.0))
    return (
        stock_levels.join(vendor_lead_times, on="vendor_id", how="inner")
        .withColumn("days", waiting)
        .transform(lambda stock: with_expected(stock, demand_forecasts))
        .withColumn("spread", spread("expected", "dispersion", F.col("days") / 7) + by_lateness)
        .withColumn("computed_point", to_cover("expected", "spread").cast("long"))
        .join(newest_sheet(reorder_overrides), on="sku", how="left")
        .transform(with_sheet)
        .withColumns(
            {
                "deviation": F.sqrt("spread"),
                "safety_stock": F.col("computed_point") - F.col("expected"),
            }
        )
        .select(*ReorderPoints.to_schema().columns)
    )


def with_expected(stock: DataFrame, demand_forecasts: DataFrame) -> DataFrame:
    """``expected`` units in the coming ``days``, and the ``dispersion`` of a week's."""
    first, last = F.date_add("as_of", 1), F.date_add(F.col("as_of"), F.col("days"))
    inside = F.datediff(F.least(F.date_add("week", 6), last), F.greatest(F.col("week"), first)) + 1
    coming = (
        stock.select("product_id", "as_of", "days")
        .join(demand_forecasts.where("newest"), on="product_id", how="inner")
        .groupBy("product_id")
        .agg(
            F.sum(F.col("units") * F.greatest(inside, F.lit(0)) / 7).alias("foreseen"),
            F.max("dispersion").alias("dispersion"),
        )
    )
    as_lately = F.col("sold") * F.col("days") / LATELY
    return (
        stock.join(coming, on="product_id", how="left")
        .withColumn("expected", F.coalesce("foreseen", as_lately))
        .fillna(1.0, subset=["dispersion"])
    )


def newest_sheet(reorder_overrides: DataFrame) -> DataFrame:
    """What the newest of the planner's sheets says, by sku."""
    newest = reorder_overrides.agg(F.max("week").alias("week"))
    return reorder_overrides.join(F.broadcast(newest), on="week", how="inner").select(
        "sku",
        F.col("week").alias("sheet_week"),
        F.col("reorder_point").alias("sheet_point"),
        F.col("order_up_to").alias("sheet_up_to"),
        "hold_until",
        F.col("note").alias("sheet_note"),
    )


def with_sheet(stock: DataFrame) -> DataFrame:
    """The point and the fill that count, and whether a product is held; an old sheet says nothing."""
    fresh = F.col("as_of") < F.date_add("sheet_week", SHEET_DAYS)
    said = ("sheet_point", "sheet_up_to", "hold_until", "sheet_note")
    a_while = F.ceil(F.col("expected") / F.col("days") * COVER_DAYS)
    return (
        stock.withColumns({name: F.when(fresh, F.col(name)) for name in said})
        .withColumn("computed_up_to", F.col("computed_point") + a_while)
        .withColumns(
            {
                "point": F.coalesce(F.floor("sheet_point"), "computed_point").cast("long"),
                "up_to": F.coalesce("sheet_up_to", "computed_up_to").cast("long"),
                "held": F.coalesce(F.col("hold_until") > F.col("as_of"), F.lit(False)),
            }
        )
    )
