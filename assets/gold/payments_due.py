"""What to do with each vendor's invoice: pay, wait, hold, claim back; and why."""

import pyspark.sql.types as T
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from assets.gold.payment_matches import VERDICTS
from lakehouse import Contract, Field, Snapshot, gold, hours, rule

MONEY = T.DecimalType(14, 2)
RUN_DAYS = 7  # payments go out once a week: what falls due before the next run is paid in this one
GRAVEST = ("no order", "duplicate", "not received", "sum differs", "quantity differs", "price differs")
ACTIONS = ("pay", "pay in part", "hold", "wait", "claim back", "settled")


class PaymentsDue(Contract):
    """One row per invoice of a vendor.

    An open one that matches is paid once it falls due within a week. One that does not is paid up to what
    order and delivery bear out, and the rest held until the vendor has put it right. Of a paid one, what was
    paid beyond that is claimed back.
    """

    vendor_invoice_id: T.LongType() = Field(key=True)
    vendor_id: T.LongType() = Field(nullable=True, description="null once the vendor was dropped")
    vendor: T.StringType() = Field(description="its name, or that it was dropped")
    invoice_number: T.StringType() = Field()
    purchase_order_id: T.LongType() = Field(nullable=True)
    received_on: T.DateType() = Field()
    due_on: T.DateType() = Field()
    as_of: T.DateType() = Field()
    amount: MONEY = Field(gt=0, description="billed, EUR")
    right_amount: MONEY = Field(ge=0, description="borne out by order and delivery, EUR")
    overbilled: MONEY = Field(ge=0, description="the rest, EUR")
    paid: MONEY = Field(ge=0, description="so far, EUR")
    overpaid: MONEY = Field(ge=0, description="paid beyond what is right, EUR")
    to_pay: MONEY = Field(ge=0, description="in this week's run, EUR")
    verdict: T.StringType() = Field(isin=[*VERDICTS, "sum differs"])
    action: T.StringType() = Field(isin=list(ACTIONS))
    matched: T.IntegerType() = Field(ge=0, le=1, description="1 where nothing is wrong")
    invoices: T.IntegerType() = Field(eq=1, description="1: so that days add up")
    reason: T.StringType() = Field()

    @rule()
    def pays_no_more_than_is_right(cls) -> Column:
        """What is paid now and what was paid come to no more than what is right, or to what was paid."""
        return F.col("paid") + F.col("to_pay") <= F.greatest("right_amount", "paid")


@gold(contract=PaymentsDue, write=Snapshot(), owner="team:supply-chain", freshness=hours(24 * 90))
def payments_due(
    vendor_invoices: DataFrame,
    payment_matches: DataFrame,
    vendor_payments: DataFrame,
    vendors: DataFrame,
    stock_levels: DataFrame,
) -> DataFrame:
    paid = vendor_payments.groupBy("vendor_invoice_id").agg(F.sum("amount").cast(MONEY).alias("paid"))
    names = vendors.select("vendor_id", F.col("name").alias("vendor"))
    none = F.lit(0).cast(MONEY)
    return (
        vendor_invoices.join(by_invoice(payment_matches), on="vendor_invoice_id", how="left")
        .join(paid, on="vendor_invoice_id", how="left")
        .join(F.broadcast(names), on="vendor_id", how="left")
        .join(F.broadcast(stock_levels.agg(F.max("as_of").alias("as_of"))), how="cross")
        .withColumns(
            {
                "vendor": F.coalesce("vendor", F.lit("a vendor dropped since")),
                "amount": F.col("amount").cast(MONEY),
                "right_amount": F.least(F.coalesce("right_amount", none), F.col("amount")).cast(MONEY),
                "paid": F.coalesce("paid", none),
                "received_on": F.to_date("received_at"),
                "verdict": verdict(),
            }
        )
        .withColumns(
            {
                "overbilled": (F.col("amount") - F.col("right_amount")).cast(MONEY),
                "overpaid": F.greatest(F.col("paid") - F.col("right_amount"), none).cast(MONEY),
                "matched": (F.col("verdict") == "matched").cast("int"),
                "invoices": F.lit(1),
            }
        )
        .withColumn("action", action())
        .withColumns({"to_pay": to_pay(), "reason": reason()})
        .select(*PaymentsDue.to_schema().columns)
    )


def by_invoice(payment_matches: DataFrame) -> DataFrame:
    """Per invoice what is right of it, what its lines come to, and what is wrong with any of them."""
    return payment_matches.groupBy("vendor_invoice_id").agg(
        F.sum("amount").cast(MONEY).alias("of_lines"),
        F.sum("right_amount").cast(MONEY).alias("right_amount"),
        F.collect_set("verdict").alias("verdicts"),
    )


def verdict() -> Column:
    """The gravest of its lines' verdicts, and whether they come to its amount."""
    lines = F.coalesce("verdicts", F.array(F.lit("no order")))
    differs = F.coalesce(F.col("of_lines") != F.col("amount"), F.lit(False))
    found = F.array_union(
        lines, F.when(differs, F.array(F.lit("sum differs"))).otherwise(F.array(F.lit("matched")))
    )
    return F.coalesce(
        *(F.when(F.array_contains(found, name), F.lit(name)) for name in GRAVEST), F.lit("matched")
    )


def action() -> Column:
    """What to do: with a paid one and with an open one."""
    is_open = F.col("status") == "open"
    due = F.col("due_on") <= F.date_add("as_of", RUN_DAYS)
    wrong, something = F.col("overbilled") > 0, F.col("right_amount") > F.col("paid")
    return (
        F.when(F.col("overpaid") > 0, "claim back")
        .when(~is_open, "settled")
        .when(wrong & ~something, "hold")
        .when(~due, "wait")
        .when(wrong, "pay in part")
        .otherwise("pay")
    )


def to_pay() -> Column:
    """What goes out in this week's run."""
    pays = F.col("action").isin("pay", "pay in part")
    rest = F.greatest(F.col("right_amount") - F.col("paid"), F.lit(0).cast(MONEY))
    return F.when(pays, rest).otherwise(F.lit(0)).cast(MONEY)


def reason() -> Column:
    """What is wrong with it and what follows, in words."""
    wrong = (
        F.when(F.col("verdict") == "no order", "No purchase order belongs to it.")
        .when(F.col("verdict") == "duplicate", "It was billed before.")
        .when(F.col("verdict") == "not received", "Nothing of it came.")
        .when(F.col("verdict") == "sum differs", "Its lines do not add up to its amount.")
        .when(F.col("verdict") == "quantity differs", "It bills other units than came and can be used.")
        .when(F.col("verdict") == "price differs", "It bills another price than was agreed.")
        .otherwise("Order, delivery and invoice agree.")
    )
    days = F.datediff("due_on", "as_of")
    when = (
        F.when(days < 0, F.format_string("was due %d days ago", -days))
        .when(days == 0, "is due today")
        .when(days == 1, "is due tomorrow")
        .otherwise(F.format_string("is due in %d days", days))
    )
    then = (
        F.when(
            F.col("action") == "claim back",
            F.format_string(" Claim € %s back.", F.format_number("overpaid", 2)),
        )
        .when(F.col("action") == "hold", " Pay nothing until the vendor has explained it.")
        .when(
            F.col("action") == "pay in part",
            F.format_string(" Hold € %s; the rest %s.", F.format_number("overbilled", 2), when),
        )
        .when(
            (F.col("action") == "wait") & (F.col("overbilled") > 0),
            F.format_string(" Have the vendor correct € %s; it %s.", F.format_number("overbilled", 2), when),
        )
        .when(F.col("action").isin("pay", "wait"), F.concat(F.lit(" It "), when, F.lit(".")))
        .otherwise("")
    )
    return F.concat(wrong, then)
