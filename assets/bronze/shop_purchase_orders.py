"""What was ordered from vendors, dumped by change time."""

import pyspark.sql.types as T
from pyspark.sql import DataFrame

from lakehouse import Contract, Field, Files, bronze, hours


class ShopPurchaseOrders(Contract):
    """One row per purchase order and dump that holds it."""

    id: T.LongType() = Field(key=True)
    vendor_id: T.LongType() = Field(nullable=True)
    status: T.StringType() = Field()
    ordered_at: T.TimestampType() = Field()
    promised: T.DateType() = Field()
    created_at: T.TimestampType() = Field()
    updated_at: T.TimestampType() = Field()


@bronze(
    contract=ShopPurchaseOrders,
    source=Files("shop", "purchase_orders", stale_after_hours=24 * 8),
    owner="team:platform",
    freshness=hours(24 * 8),
)
def shop_purchase_orders(dump: DataFrame) -> DataFrame:
    return dump
