"""What became of each purchase order: when it came, how late, and how much of it."""

import pyspark.sql.types as T
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lakehouse import Contract, Field, Snapshot, gold, hours, rule

MONEY = T.DecimalType(14, 2)


class VendorDeliveries(Contract):
    """One row per purchase order.

    An order is late from the first delivery on: what comes in a second part is late in units, not in days. An
    order that has not come is as late as it is by the newest day.
    """

    purchase_order_id: T.LongType() = Field(key=True)
    vendor_id: T.LongType() = Field(nullable=True, description="null once the vendor was dropped")
    status: T.StringType() = Field(isin=["ordered", "part_received", "received", "closed_short"])
    ordered_on: T.DateType() = Field()
    promised_on: T.DateType() = Field()
    received_on: T.DateType() = Field(nullable=True, description="the first delivery; null before it")
    as_of: T.DateType() = Field(description="the newest day of the stock")
    days_late: T.IntegerType() = Field(
        nullable=True,
        ge=0,
        description="from the promise to the first delivery or today; null before it is due",
    )
    ordered: T.LongType() = Field(gt=0, description="units")
    received: T.LongType() = Field(ge=0, description="units that came, damaged ones among them")
    damaged: T.LongType() = Field(ge=0)
    value: MONEY = Field(gt=0, description="of the units ordered, EUR")
    due: T.IntegerType() = Field(ge=0, le=1, description="1 where it is promised for a day that has passed")
    late: T.IntegerType() = Field(ge=0, le=1, description="1 where it is due and came late, or has not come")

    @rule()
    def late_is_due(cls) -> Column:
        """Nothing is late before it is due."""
        return F.col("late") <= F.col("due")


@gold(contract=VendorDeliveries, write=Snapshot(), owner="team:supply-chain", freshness=hours(24 * 8))
def vendor_deliveries(
    purchase_orders: DataFrame,
    purchase_order_lines: DataFrame,
    goods_receipts: DataFrame,
    daily_stock: DataFrame,
) -> DataFrame:
    return (
        purchase_orders.join(came(purchase_order_lines, goods_receipts), on="purchase_order_id", how="inner")
        .join(F.broadcast(daily_stock.agg(F.max("day").alias("as_of"))), how="cross")
        .withColumn("due", (F.col("promised_on") < F.col("as_of")).cast("int"))
        .withColumn("days_late", days_late())
        .withColumns(
            {
                "ordered_on": F.to_date("ordered_at"),
                "late": F.when((F.col("due") == 1) & (F.col("days_late") > 0), 1).otherwise(0),
            }
        )
        .select(*VendorDeliveries.to_schema().columns)
    )


def days_late() -> Column:
    """Days from the promise to the first delivery, or to the newest day; 0 where it came in time."""
    until = F.coalesce("received_on", F.when(F.col("due") == 1, F.col("as_of")))
    return F.greatest(F.datediff(until, "promised_on"), F.when(until.isNotNull(), 0))


def came(purchase_order_lines: DataFrame, goods_receipts: DataFrame) -> DataFrame:
    """Per purchase order its units, what came of them, and when first."""
    receipts = goods_receipts.groupBy("purchase_order_line_id").agg(
        F.sum("quantity").alias("came"),
        F.sum("damaged").alias("broken"),
        F.min("received_at").alias("first"),
    )
    there = F.coalesce("came", F.lit(0))
    return (
        purchase_order_lines.join(receipts, on="purchase_order_line_id", how="left")
        .groupBy("purchase_order_id")
        .agg(
            F.sum("quantity").alias("ordered"),
            F.sum(there).alias("received"),
            F.sum(F.coalesce("broken", F.lit(0))).alias("damaged"),
            F.sum(F.col("quantity") * F.col("unit_cost")).cast(MONEY).alias("value"),
            F.to_date(F.min("first")).alias("received_on"),
        )
    )
