"""Each line that a vendor bills, against what was ordered and what came: the three-way match."""

import pyspark.sql.types as T
from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from lakehouse import Contract, Field, Snapshot, gold, hours, rule

MONEY = T.DecimalType(14, 2)
VERDICTS = ("matched", "no order", "duplicate", "not received", "quantity differs", "price differs")


class PaymentMatches(Contract):
    """One row per line of a vendor's invoice.

    A line is right where it bills the units accepted of the delivery that its invoice names, at the price of
    the purchase order, for the first time. What is to be paid is never more than that.
    """

    vendor_invoice_line_id: T.LongType() = Field(key=True)
    vendor_invoice_id: T.LongType() = Field()
    purchase_order_line_id: T.LongType() = Field(nullable=True)
    delivery_note: T.StringType() = Field(nullable=True)
    billed: T.IntegerType() = Field(gt=0, description="units on the invoice")
    accepted: T.LongType() = Field(ge=0, description="units of that delivery that came and can be used")
    ordered: T.IntegerType() = Field(nullable=True, description="units on the purchase order")
    price: T.DecimalType(12, 2) = Field(gt=0, description="on the invoice, EUR a unit")
    agreed_price: T.DecimalType(12, 2) = Field(nullable=True, description="on the purchase order")
    amount: MONEY = Field(ge=0, description="billed, EUR")
    right_amount: MONEY = Field(ge=0, description="that is owed for it, EUR")
    verdict: T.StringType() = Field(isin=list(VERDICTS))

    @rule()
    def nothing_is_owed_beyond_what_is_billed(cls) -> Column:
        """A vendor who bills too little is owed what it bills."""
        return F.col("right_amount") <= F.col("amount")


@gold(contract=PaymentMatches, write=Snapshot(), owner="team:supply-chain", freshness=hours(24 * 8))
def payment_matches(
    vendor_invoices: DataFrame,
    vendor_invoice_lines: DataFrame,
    purchase_order_lines: DataFrame,
    goods_receipts: DataFrame,
) -> DataFrame:
    billed = vendor_invoice_lines.withColumnsRenamed({"quantity": "billed", "unit_price": "price"}).join(
        with_repeats(vendor_invoices), on="vendor_invoice_id", how="inner"
    )
    ordered = purchase_order_lines.select(
        "purchase_order_line_id",
        F.col("quantity").alias("ordered"),
        F.col("unit_cost").alias("agreed_price"),
    )
    came = goods_receipts.groupBy("purchase_order_line_id", "delivery_note").agg(
        F.sum("accepted").cast("long").alias("accepted")
    )
    owed = F.least(F.col("billed").cast("long"), "accepted") * F.least("price", "agreed_price")
    return (
        billed.join(ordered, on="purchase_order_line_id", how="left")
        .join(came, on=["purchase_order_line_id", "delivery_note"], how="left")
        .fillna(0, subset=["accepted"])
        .withColumn("verdict", verdict())
        .withColumns(
            {
                "amount": (F.col("billed") * F.col("price")).cast(MONEY),
                "right_amount": F.when(
                    F.col("verdict").isin("no order", "duplicate", "not received"), F.lit(0)
                )
                .otherwise(owed)
                .cast(MONEY),
            }
        )
        .select(*PaymentMatches.to_schema().columns)
    )


def with_repeats(vendor_invoices: DataFrame) -> DataFrame:
    """Invoices, and whether the same number, or the same delivery, came on an earlier one."""
    earlier = ("received_at", "vendor_invoice_id")
    by_number = Window.partitionBy("vendor_id", "invoice_number").orderBy(*earlier)
    by_delivery = Window.partitionBy("purchase_order_id", "delivery_note").orderBy(*earlier)
    again = (F.row_number().over(by_number) > 1) | (
        F.col("delivery_note").isNotNull() & (F.row_number().over(by_delivery) > 1)
    )
    return vendor_invoices.select("vendor_invoice_id", "delivery_note", again.alias("again"))


def verdict() -> Column:
    """The first thing that is wrong with a line; the graver first."""
    return (
        F.when(F.col("agreed_price").isNull(), "no order")
        .when(F.col("again"), "duplicate")
        .when(F.col("accepted") == 0, "not received")
        .when(F.col("billed") != F.col("accepted"), "quantity differs")
        .when(F.col("price") != F.col("agreed_price"), "price differs")
        .otherwise("matched")
    )
