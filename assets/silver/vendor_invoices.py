"""What vendors bill, as they bill it: right or wrong is for reconciliation to say."""

import pyspark.sql.types as T
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lakehouse import Contract, Field, Upsert, changes, hours, rule, silver


class VendorInvoices(Contract):
    """One row per invoice received: the latest version."""

    vendor_invoice_id: T.LongType() = Field(key=True)
    vendor_id: T.LongType() = Field(nullable=True, description="null once the vendor was dropped")
    purchase_order_id: T.LongType() = Field(nullable=True, description="null where the vendor names none")
    delivery_note: T.StringType() = Field(nullable=True, description="the delivery that is billed")
    invoice_number: T.StringType() = Field(
        description="the vendor's; the same again on an invoice sent twice"
    )
    invoiced_on: T.DateType() = Field()
    due_on: T.DateType() = Field()
    amount: T.DecimalType(12, 2) = Field(gt=0)
    status: T.StringType() = Field(isin=["open", "paid"])
    received_at: T.TimestampType() = Field()
    source_position: T.LongType() = Field(description="how far the source's log was when it gave the row")
    source_order: T.LongType() = Field(nullable=True, description="the change's own place in that log")

    @rule()
    def due_after_invoiced(cls) -> Column:
        """It is not due before it was written."""
        return F.col("due_on") >= F.col("invoiced_on")

    @rule(on_fail="warn")
    def names_an_order(cls) -> Column:
        """It names a purchase order."""
        return F.col("purchase_order_id").isNotNull()


@silver(
    contract=VendorInvoices,
    write=Upsert(sequence_by=("source_position", "source_order")),
    owner="team:supply-chain",
    reads={"shop_vendor_invoices": changes()},
    freshness=hours(24 * 8),
)
def vendor_invoices(shop_vendor_invoices: DataFrame) -> DataFrame:
    return shop_vendor_invoices.select(
        F.col("id").alias("vendor_invoice_id"),
        "vendor_id",
        "purchase_order_id",
        "delivery_note",
        "invoice_number",
        "invoiced_on",
        "due_on",
        "amount",
        "status",
        "received_at",
        F.col("_position").alias("source_position"),
        F.col("_order").alias("source_order"),
        "_change",
    )
