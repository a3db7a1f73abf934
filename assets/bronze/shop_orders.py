"""The shop's orders, dumped by change time."""

import pyspark.sql.types as T
from pyspark.sql import DataFrame

from lakehouse import Contract, Field, Files, bronze, hours


class ShopOrders(Contract):
    """One row per order and dump that holds it."""

    id: T.LongType() = Field(key=True)
    customer_id: T.LongType() = Field(nullable=True)
    address_id: T.LongType() = Field(nullable=True)
    status: T.StringType() = Field()
    channel: T.StringType() = Field()
    coupon: T.StringType() = Field(nullable=True)
    currency: T.StringType() = Field()
    shipping: T.DecimalType(12, 2) = Field()
    total: T.DecimalType(12, 2) = Field()
    placed_at: T.TimestampType() = Field()
    updated_at: T.TimestampType() = Field()
    gift: T.BooleanType() = Field(nullable=True, description="null in orders older than the column")


@bronze(
    contract=ShopOrders,
    source=Files("shop", "orders", stale_after_hours=26),
    owner="team:platform",
    freshness=hours(26),
)
def shop_orders(dump: DataFrame) -> DataFrame:
    return dump
