"""Payments for orders."""

import pyspark.sql.types as T
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse import Contract, Field, Upsert, changes, hours, silver


class Payments(Contract):
    """One row per payment: the latest version."""

    payment_id: T.LongType() = Field(key=True)
    order_id: T.LongType() = Field()
    method: T.StringType() = Field(isin=["card", "paypal", "invoice", "wallet"])
    status: T.StringType() = Field(isin=["pending", "captured", "failed", "refunded"])
    amount: T.DecimalType(12, 2) = Field(gt=0)
    created_at: T.TimestampType() = Field()
    source_position: T.LongType() = Field(description="how far the source's log was when it gave the row")
    source_order: T.LongType() = Field(nullable=True, description="the change's own place in that log")


@silver(
    contract=Payments,
    write=Upsert(sequence_by=("source_position", "source_order")),
    owner="team:platform",
    reads={"shop_payments": changes()},
    freshness=hours(26),
)
def payments(shop_payments: DataFrame) -> DataFrame:
    return shop_payments.select(
        F.col("id").alias("payment_id"),
        "order_id",
        "method",
        "status",
        "amount",
        "created_at",
        F.col("_position").alias("source_position"),
        F.col("_order").alias("source_order"),
        "_change",
    )
