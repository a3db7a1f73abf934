"""What was paid to vendors, dumped by change time."""

import pyspark.sql.types as T
from pyspark.sql import DataFrame

from lakehouse import Contract, Field, Files, bronze, hours


class ShopVendorPayments(Contract):
    """One row per payment and dump that holds it."""

    id: T.LongType() = Field(key=True)
    vendor_invoice_id: T.LongType() = Field()
    amount: T.DecimalType(12, 2) = Field()
    paid_at: T.TimestampType() = Field()
    created_at: T.TimestampType() = Field()
    updated_at: T.TimestampType() = Field()


@bronze(
    contract=ShopVendorPayments,
    source=Files("shop", "vendor_payments", stale_after_hours=24 * 8),
    owner="team:platform",
    freshness=hours(24 * 8),
)
def shop_vendor_payments(dump: DataFrame) -> DataFrame:
    return dump
