"""What each purchase order asks for, dumped by change time."""

import pyspark.sql.types as T
from pyspark.sql import DataFrame

from lakehouse import Contract, Field, Files, bronze, hours


class ShopPurchaseOrderLines(Contract):
    """One row per purchase order line and dump that holds it."""

    id: T.LongType() = Field(key=True)
    purchase_order_id: T.LongType() = Field()
    product_id: T.LongType() = Field()
    quantity: T.IntegerType() = Field()
    unit_cost: T.DecimalType(12, 2) = Field()
    created_at: T.TimestampType() = Field()
    updated_at: T.TimestampType() = Field()


@bronze(
    contract=ShopPurchaseOrderLines,
    source=Files("shop", "purchase_order_lines", stale_after_hours=24 * 8),
    owner="team:platform",
    freshness=hours(24 * 8),
)
def shop_purchase_order_lines(dump: DataFrame) -> DataFrame:
    return dump
