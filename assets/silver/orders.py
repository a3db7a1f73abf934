"""Orders as they are now."""

import pyspark.sql.types as T
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse import Contract, Field, Upsert, changes, hours, silver


class Orders(Contract):
    """One row per order: the latest version."""

    order_id: T.LongType() = Field(key=True)
    customer_id: T.LongType() = Field(nullable=True, description="null once the customer was forgotten")
    status: T.StringType() = Field(isin=["placed", "paid", "shipped", "delivered", "returned"])
    channel: T.StringType() = Field(description="where the order came from")
    coupon: T.StringType() = Field(nullable=True)
    currency: T.StringType() = Field(isin=["EUR", "USD"])
    shipping: T.DecimalType(12, 2) = Field(ge=0)
    total: T.DecimalType(12, 2) = Field(ge=0, description="goods less coupon, plus shipping")
    placed_at: T.TimestampType() = Field()
    updated_at: T.TimestampType() = Field()
    source_position: T.LongType() = Field(description="how far the source's log was when it gave the row")
    source_order: T.LongType() = Field(nullable=True, description="the change's own place in that log")


@silver(
    contract=Orders,
    write=Upsert(sequence_by=("source_position", "source_order")),
    owner="team:platform",
    reads={"shop_orders": changes()},
    freshness=hours(26),
)
def orders(shop_orders: DataFrame) -> DataFrame:
    return shop_orders.select(
        F.col("id").alias("order_id"),
        "customer_id",
        "status",
        "channel",
        "coupon",
        "currency",
        "shipping",
        "total",
        "placed_at",
        "updated_at",
        F.col("_position").alias("source_position"),
        F.col("_order").alias("source_order"),
        "_change",
    )
