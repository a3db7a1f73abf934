"""The shop's payments, dumped by change time."""

import pyspark.sql.types as T
from pyspark.sql import DataFrame

from lakehouse import Contract, Field, Files, bronze, hours


class ShopPayments(Contract):
    """One row per payment and dump that holds it."""

    id: T.LongType() = Field(key=True)
    order_id: T.LongType() = Field(nullable=True)
    method: T.StringType() = Field()
    status: T.StringType() = Field()
    amount: T.DecimalType(12, 2) = Field()
    created_at: T.TimestampType() = Field()
    updated_at: T.TimestampType() = Field()


@bronze(
    contract=ShopPayments,
    source=Files("shop", "payments", stale_after_hours=26),
    owner="team:platform",
    freshness=hours(26),
)
def shop_payments(dump: DataFrame) -> DataFrame:
    return dump
