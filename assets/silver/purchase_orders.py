"""Purchase orders as they are now."""

import pyspark.sql.types as T
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lakehouse import Contract, Field, Upsert, changes, hours, rule, silver


class PurchaseOrders(Contract):
    """One row per purchase order: the latest version."""

    purchase_order_id: T.LongType() = Field(key=True)
    vendor_id: T.LongType() = Field(nullable=True, description="null once the vendor was dropped")
    status: T.StringType() = Field(isin=["ordered", "part_received", "received", "closed_short"])
    ordered_at: T.TimestampType() = Field()
    promised_on: T.DateType() = Field(description="the day by which all was to come")
    updated_at: T.TimestampType() = Field(description="when its status changed last")
    source_position: T.LongType() = Field(description="how far the source's log was when it gave the row")
    source_order: T.LongType() = Field(nullable=True, description="the change's own place in that log")

    @rule()
    def promised_after_ordered(cls) -> Column:
        """The delivery is promised for a day after the order."""
        return F.col("promised_on") >= F.to_date("ordered_at")


@silver(
    contract=PurchaseOrders,
    write=Upsert(sequence_by=("source_position", "source_order")),
    owner="team:supply-chain",
    reads={"shop_purchase_orders": changes()},
    freshness=hours(24 * 8),
)
def purchase_orders(shop_purchase_orders: DataFrame) -> DataFrame:
    return shop_purchase_orders.select(
        F.col("id").alias("purchase_order_id"),
        "vendor_id",
        "status",
        "ordered_at",
        F.col("promised").alias("promised_on"),
        "updated_at",
        F.col("_position").alias("source_position"),
        F.col("_order").alias("source_order"),
        "_change",
    )
