"""The ledger of the stock, dumped by change time."""

import pyspark.sql.types as T
from pyspark.sql import DataFrame

from lakehouse import Contract, Field, Files, bronze, hours


class ShopStockMovements(Contract):
    """One row per movement and dump that holds it."""

    id: T.LongType() = Field(key=True)
    product_id: T.LongType() = Field()
    kind: T.StringType() = Field()
    quantity: T.IntegerType() = Field()
    goods_receipt_id: T.LongType() = Field(nullable=True)
    order_line_id: T.LongType() = Field(nullable=True)
    reason: T.StringType() = Field(nullable=True)
    moved_at: T.TimestampType() = Field()
    created_at: T.TimestampType() = Field()
    updated_at: T.TimestampType() = Field()


@bronze(
    contract=ShopStockMovements,
    source=Files("shop", "stock_movements", stale_after_hours=26),
    owner="team:platform",
    freshness=hours(26),
)
def shop_stock_movements(dump: DataFrame) -> DataFrame:
    return dump
