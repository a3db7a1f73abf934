"""What vendors still owe: the lines of open purchase orders of which not all has come."""

import pyspark.sql.types as T
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse import Contract, Field, Snapshot, gold, hours

MONEY = T.DecimalType(14, 2)


class OpenPurchases(Contract):
    """One row per line of an open purchase order of which units are still to come.

    Damaged units have come: nobody sends them again. Of an order closed short nothing more comes.
    """

    purchase_order_line_id: T.LongType() = Field(key=True)
    purchase_order_id: T.LongType() = Field()
    vendor_id: T.LongType() = Field(nullable=True, description="null once the vendor was dropped")
    product_id: T.LongType() = Field()
    ordered_on: T.DateType() = Field()
    promised_on: T.DateType() = Field()
    outstanding: T.LongType() = Field(gt=0, description="units still to come")
    value: MONEY = Field(gt=0, description="of these units, EUR")


@gold(contract=OpenPurchases, write=Snapshot(), owner="team:supply-chain", freshness=hours(24 * 8))
def open_purchases(
    purchase_orders: DataFrame, purchase_order_lines: DataFrame, goods_receipts: DataFrame
) -> DataFrame:
    came = goods_receipts.groupBy("purchase_order_line_id").agg(F.sum("quantity").alias("came"))
    return (
        purchase_order_lines.join(
            purchase_orders.where(F.col("status").isin("ordered", "part_received")),
            on="purchase_order_id",
            how="inner",
        )
        .join(came, on="purchase_order_line_id", how="left")
        .withColumn("outstanding", (F.col("quantity") - F.coalesce("came", F.lit(0))).cast("long"))
        .where(F.col("outstanding") > 0)
        .select(
            "purchase_order_line_id",
            "purchase_order_id",
            "vendor_id",
            "product_id",
            F.to_date("ordered_at").alias("ordered_on"),
            "promised_on",
            "outstanding",
            (F.col("outstanding") * F.col("unit_cost")).cast(MONEY).alias("value"),
        )
    )
