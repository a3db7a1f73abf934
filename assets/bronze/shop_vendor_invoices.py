"""What vendors bill, dumped by change time."""

import pyspark.sql.types as T
from pyspark.sql import DataFrame

from lakehouse import Contract, Field, Files, bronze, hours


class ShopVendorInvoices(Contract):
    """One row per invoice and dump that holds it."""

    id: T.LongType() = Field(key=True)
    vendor_id: T.LongType() = Field(nullable=True)
    purchase_order_id: T.LongType() = Field(nullable=True)
    delivery_note: T.StringType() = Field(nullable=True)
    invoice_number: T.StringType() = Field()
    invoiced_on: T.DateType() = Field()
    due_on: T.DateType() = Field()
    amount: T.DecimalType(12, 2) = Field()
    status: T.StringType() = Field()
    received_at: T.TimestampType() = Field()
    created_at: T.TimestampType() = Field()
    updated_at: T.TimestampType() = Field()


@bronze(
    contract=ShopVendorInvoices,
    source=Files("shop", "vendor_invoices", stale_after_hours=24 * 8),
    owner="team:platform",
    freshness=hours(24 * 8),
)
def shop_vendor_invoices(dump: DataFrame) -> DataFrame:
    return dump
