"""What each invoice of a vendor bills, dumped by change time."""

import pyspark.sql.types as T
from pyspark.sql import DataFrame

from lakehouse import Contract, Field, Files, bronze, hours


class ShopVendorInvoiceLines(Contract):
    """One row per invoice line and dump that holds it."""

    id: T.LongType() = Field(key=True)
    vendor_invoice_id: T.LongType() = Field()
    purchase_order_line_id: T.LongType() = Field(nullable=True)
    quantity: T.IntegerType() = Field()
    unit_price: T.DecimalType(12, 2) = Field()
    created_at: T.TimestampType() = Field()
    updated_at: T.TimestampType() = Field()


@bronze(
    contract=ShopVendorInvoiceLines,
    source=Files("shop", "vendor_invoice_lines", stale_after_hours=24 * 8),
    owner="team:platform",
    freshness=hours(24 * 8),
)
def shop_vendor_invoice_lines(dump: DataFrame) -> DataFrame:
    return dump
