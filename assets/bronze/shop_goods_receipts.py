"""What came of purchase orders, dumped by change time."""

import pyspark.sql.types as T
from pyspark.sql import DataFrame

from lakehouse import Contract, Field, Files, bronze, hours


class ShopGoodsReceipts(Contract):
    """One row per purchase order line, delivery and dump that holds it."""

    id: T.LongType() = Field(key=True)
    purchase_order_line_id: T.LongType() = Field()
    delivery_note: T.StringType() = Field()
    quantity: T.IntegerType() = Field()
    damaged: T.IntegerType() = Field()
    received_at: T.TimestampType() = Field()
    created_at: T.TimestampType() = Field()
    updated_at: T.TimestampType() = Field()


@bronze(
    contract=ShopGoodsReceipts,
    source=Files("shop", "goods_receipts", stale_after_hours=24 * 8),
    owner="team:platform",
    freshness=hours(24 * 8),
)
def shop_goods_receipts(dump: DataFrame) -> DataFrame:
    return dump
