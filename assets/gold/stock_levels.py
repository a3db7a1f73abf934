"""What is there, owed and on its way of each product, and how long it lasts."""

import pyspark.sql.types as T
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lakehouse import Contract, Field, Snapshot, gold, hours, rule

MONEY = T.DecimalType(14, 2)
SPAN = 28  # days over which sales are counted


class StockLevels(Contract):
    """One row per product that the stock knows, as of its newest day."""

    product_id: T.LongType() = Field(key=True)
    sku: T.StringType() = Field()
    product: T.StringType() = Field()
    category: T.StringType() = Field()
    vendor_id: T.LongType() = Field(nullable=True, description="who supplies it now; null where nobody does")
    active: T.BooleanType() = Field()
    price: T.DecimalType(12, 2) = Field()
    cost: T.DecimalType(12, 2) = Field()
    as_of: T.DateType() = Field(description="the newest day of the stock")
    on_hand: T.LongType() = Field(description="units on the shelf")
    owed: T.LongType() = Field(ge=0, description="units of it that are paid for and not yet sent")
    on_order: T.LongType() = Field(ge=0, description="units that vendors still owe")
    position: T.LongType() = Field(description="on hand less owed, and on order")
    next_promised_on: T.DateType() = Field(nullable=True, description="of what is on order; may have passed")
    sold: T.LongType() = Field(ge=0, description="units asked for in the last 28 days")
    last_asked_on: T.DateType() = Field(nullable=True)
    days_out: T.LongType() = Field(ge=0, description="of the last 28, those on which units were missing")
    days_of_cover: T.DoubleType() = Field(
        nullable=True,
        ge=0,
        description="so long the shelf lasts at the sales of 28 days; null where nothing sold",
    )
    value: MONEY = Field(description="of the units on the shelf at cost, EUR")

    @rule()
    def the_position_adds_up(cls) -> Column:
        """What is there, owed and on its way."""
        return F.col("position") == F.col("on_hand") - F.col("owed") + F.col("on_order")


@gold(contract=StockLevels, write=Snapshot(), owner="team:supply-chain", freshness=hours(24 * 8))
def stock_levels(daily_stock: DataFrame, products: DataFrame, open_purchases: DataFrame) -> DataFrame:
    newest = F.broadcast(daily_stock.agg(F.max("day").alias("as_of")))
    lately = F.col("day") > F.date_sub("as_of", SPAN)
    stock = (
        daily_stock.join(newest, how="cross")
        .groupBy("product_id", "as_of")
        .agg(
            F.max_by("on_hand", "day").alias("on_hand"),
            F.max_by("owed", "day").alias("owed"),
            F.sum(F.when(lately, F.col("asked")).otherwise(0)).alias("sold"),
            F.max(F.when(F.col("asked") > 0, F.col("day"))).alias("last_asked_on"),
            F.sum(F.when(lately, F.col("out_of_stock")).otherwise(0)).cast("long").alias("days_out"),
        )
    )
    coming = open_purchases.groupBy("product_id").agg(
        F.sum("outstanding").alias("on_order"), F.min("promised_on").alias("next_promised_on")
    )
    there = F.greatest(F.col("on_hand") - F.col("owed"), F.lit(0))
    return (
        stock.join(
            products.select(
                "product_id",
                "sku",
                F.col("name").alias("product"),
                "category",
                "vendor_id",
                "active",
                "price",
                "cost",
            ),
            on="product_id",
            how="inner",
        )
        .join(coming, on="product_id", how="left")
        .fillna(0, subset=["on_order"])
        .withColumns(
            {
                "position": F.col("on_hand") - F.col("owed") + F.col("on_order"),
                "days_of_cover": F.try_divide(there * F.lit(float(SPAN)), F.col("sold")),
                "value": (F.col("on_hand") * F.col("cost")).cast(MONEY),
            }
        )
        .select(*StockLevels.to_schema().columns)
    )
