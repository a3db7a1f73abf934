"""What was paid to vendors."""

import pyspark.sql.types as T
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse import Contract, Field, References, Upsert, changes, hours, silver, whole


class VendorPayments(Contract):
    """One row per payment: the latest version."""

    vendor_payment_id: T.LongType() = Field(key=True)
    vendor_invoice_id: T.LongType() = Field()
    amount: T.DecimalType(12, 2) = Field(gt=0)
    paid_at: T.TimestampType() = Field()
    source_position: T.LongType() = Field(description="how far the source's log was when it gave the row")
    source_order: T.LongType() = Field(nullable=True, description="the change's own place in that log")

    __rules__ = (References(column="vendor_invoice_id", to="vendor_invoices", to_column="vendor_invoice_id"),)


@silver(
    contract=VendorPayments,
    write=Upsert(sequence_by=("source_position", "source_order")),
    owner="team:supply-chain",
    reads={"shop_vendor_payments": changes(), "vendor_invoices": whole(triggers=False)},
    freshness=hours(24 * 8),
)
def vendor_payments(shop_vendor_payments: DataFrame, vendor_invoices: DataFrame) -> DataFrame:  # noqa: ARG001 - the rule looks into it
    return shop_vendor_payments.select(
        F.col("id").alias("vendor_payment_id"),
        "vendor_invoice_id",
        "amount",
        "paid_at",
        F.col("_position").alias("source_position"),
        F.col("_order").alias("source_order"),
        "_change",
    )
