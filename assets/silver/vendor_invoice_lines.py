"""What each invoice of a vendor bills."""

import pyspark.sql.types as T
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse import Contract, Field, Upsert, changes, hours, silver


class VendorInvoiceLines(Contract):
    """One row per invoice line: the latest version."""

    vendor_invoice_line_id: T.LongType() = Field(key=True)
    vendor_invoice_id: T.LongType() = Field()
    purchase_order_line_id: T.LongType() = Field(
        nullable=True, description="null where the invoice names no order"
    )
    quantity: T.IntegerType() = Field(gt=0)
    unit_price: T.DecimalType(12, 2) = Field(gt=0)
    source_position: T.LongType() = Field(description="how far the source's log was when it gave the row")
    source_order: T.LongType() = Field(nullable=True, description="the change's own place in that log")


@silver(
    contract=VendorInvoiceLines,
    write=Upsert(sequence_by=("source_position", "source_order")),
    owner="team:supply-chain",
    reads={"shop_vendor_invoice_lines": changes()},
    freshness=hours(24 * 8),
)
def vendor_invoice_lines(shop_vendor_invoice_lines: DataFrame) -> DataFrame:
    return shop_vendor_invoice_lines.select(
        F.col("id").alias("vendor_invoice_line_id"),
        "vendor_invoice_id",
        "purchase_order_line_id",
        "quantity",
        "unit_price",
        F.col("_position").alias("source_position"),
        F.col("_order").alias("source_order"),
        "_change",
    )
