"""What Back on the confirmation page does to a customer's next checkout, and what it costs in orders."""

import pandas as pd
import pyspark.sql.types as T
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from lakehouse import Contract, Field, Snapshot, gold, hours
from lakehouse.statistics import Counts, Standardised, standardised

ALL = "all"
UNKNOWN = "unknown"
STRATUM = ("os", "release")
COUNTS = ("checkouts", "ordered", "paid", "other_checkouts", "other_ordered", "other_paid")
COMPARED = ("paid", "checkouts", "other_paid", "other_checkouts")
READ = (
    *("paid_share", "expected_share", "difference", "difference_low", "difference_high"),
    *("lost_orders", "lost_low", "lost_high"),
)


class ConfirmationBackButton(Contract):
    """One row per device, and one for all: the checkouts that followed an order, with Back and without.

    A checkout follows the newest order of the same customer before it, whether or not one was broken off in
    between. It succeeds if its own order is paid for; those of the last day are left out, as payments may be
    under way. Back was pressed on the confirmation page of the order before. Those after Back are held
    against others on the same system and release.
    """

    device: T.StringType() = Field(key=True, description="of the later checkout; all: whatever it was")
    checkouts: T.LongType() = Field(ge=0, description="after an order with Back on its confirmation page")
    ordered: T.LongType() = Field(ge=0, description="of these, with an order")
    paid: T.LongType() = Field(ge=0, description="of these, paid for")
    other_checkouts: T.LongType() = Field(ge=0, description="after an order without it")
    other_ordered: T.LongType() = Field(ge=0)
    other_paid: T.LongType() = Field(ge=0)
    compared: T.LongType() = Field(ge=0, description="checkouts with others of the same system and release")
    paid_share: T.DoubleType() = Field(nullable=True, description="of those compared")
    expected_share: T.DoubleType() = Field(
        nullable=True, description="the same, had they gone like the others of the same system and release"
    )
    difference: T.DoubleType() = Field(nullable=True, description="paid share less the expected one")
    difference_low: T.DoubleType() = Field(nullable=True, description="lower end of its interval of 95 %")
    difference_high: T.DoubleType() = Field(nullable=True)
    lost_orders: T.DoubleType() = Field(nullable=True, description="paid orders fewer; negative where more")
    lost_low: T.DoubleType() = Field(nullable=True, description="lower end of their interval of 95 %")
    lost_high: T.DoubleType() = Field(nullable=True)


@gold(contract=ConfirmationBackButton, write=Snapshot(), owner="team:checkout", freshness=hours(30))
def confirmation_back_button(sessions: DataFrame, orders: DataFrame) -> DataFrame:
    after_back, otherwise = F.col("after_back"), ~F.col("after_back")
    strata = (
        following_checkouts(sessions, orders)
        .withColumn("device", F.explode(F.array("device", F.lit(ALL))))
        .groupBy("device", *STRATUM)
        .agg(
            F.count_if(after_back).alias("checkouts"),
            F.count_if(after_back & F.col("ordered")).alias("ordered"),
            F.count_if(after_back & F.col("paid")).alias("paid"),
            F.count_if(otherwise).alias("other_checkouts"),
            F.count_if(otherwise & F.col("ordered")).alias("other_ordered"),
            F.count_if(otherwise & F.col("paid")).alias("other_paid"),
        )
    )

    def compared(key: tuple[str], rows: pd.DataFrame) -> pd.DataFrame:
        found = standardised(
            (Counts(paid, checkouts), Counts(other_paid, others))
            for paid, checkouts, other_paid, others in rows[list(COMPARED)].itertuples(index=False)
        )
        counts = {name: int(rows[name].sum()) for name in COUNTS}
        return pd.DataFrame([{"device": key[0], **counts, **reading(found)}])

    def reading(found: Standardised | None) -> dict[str, float | None]:
        if found is None:
            return {"compared": 0, **dict.fromkeys(READ)}
        gap, lost = found.difference, found.missing
        values = (
            found.group.share,
            found.expected,
            gap.value,
            gap.low,
            gap.high,
            lost.value,
            lost.low,
            lost.high,
        )
        return {"compared": found.group.cases, **dict(zip(READ, values, strict=True))}

    # Spark has added everything up: what is left is a row per device, system and release.
    return strata.groupBy("device").applyInPandas(compared, ConfirmationBackButton.to_structtype())


def following_checkouts(sessions: DataFrame, orders: DataFrame) -> DataFrame:
    """The checkouts of customers who had ordered before: ``after_back``, ``ordered``, ``paid``."""
    before = (
        Window.partitionBy("customer_id")
        .orderBy("started_at", "session_id")
        .rowsBetween(Window.unboundedPreceding, -1)
    )
    of_the_newest_order = F.last(F.when(F.col("ordered"), F.col("went_back")), ignorenulls=True)
    newest = sessions.agg((F.max("started_at") - F.expr("INTERVAL 1 DAY")).alias("settled_at"))
    return (
        sessions.where(~F.col("is_bot") & F.col("customer_id").isNotNull())
        .where(F.col("began_checkout") | F.col("ordered"))
        .withColumn("after_back", of_the_newest_order.over(before))
        .where(F.col("after_back").isNotNull())
        .crossJoin(F.broadcast(newest))
        .where(F.col("started_at") < F.col("settled_at"))
        .join(orders.select("order_id", "status"), on="order_id", how="left")
        # An order that silver does not know was set aside: nobody can say whether it was paid for.
        .where(~F.col("ordered") | F.col("status").isNotNull())
        .select(
            F.coalesce("device", F.lit(UNKNOWN)).alias("device"),
            *(F.coalesce(name, F.lit(UNKNOWN)).alias(name) for name in STRATUM),
            "after_back",
            "ordered",
            (F.col("ordered") & F.coalesce(F.col("status") != "placed", F.lit(False))).alias("paid"),
        )
    )
