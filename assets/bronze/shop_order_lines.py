"""What was bought with each order, dumped by change time."""

import pyspark.sql.types as T
from pyspark.sql import DataFrame

from lakehouse import Contract, Field, Files, bronze, hours


class ShopOrderLines(Contract):
    """One row per order line and dump that holds it."""

    id: T.LongType() = Field(key=True)
    order_id: T.LongType() = Field()
    product_id: T.LongType() = Field()
    quantity: T.IntegerType() = Field()
    unit_price: T.DecimalType(12, 2) = Field()
    created_at: T.TimestampType() = Field()
    updated_at: T.TimestampType() = Field()


@bronze(
    contract=ShopOrderLines,
    source=Files("shop", "order_lines", stale_after_hours=26),
    owner="team:platform",
    freshness=hours(26),
)
def shop_order_lines(dump: DataFrame) -> DataFrame:
    return dump
