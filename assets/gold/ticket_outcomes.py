"""What became of each ticket: how fast it was resolved, and whether its customer bought again."""

import pyspark.sql.types as T
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lakehouse import Contract, Field, Snapshot, gold, hours, rule

WINDOWS = (30, 60, 90)  # days
GROUPS = ["resolved", "unresolved", "about no order", "customer unknown"]


class TicketOutcomes(Contract):
    """One row per ticket: what it was about, how it went, and whether its customer bought again.

    Bought again is another order placed within so many days of the resolution. It is null where the ticket is
    not of the group ``resolved``, and while those days are not over.
    """

    ticket_id: T.LongType() = Field(key=True)
    group: T.StringType() = Field(
        isin=GROUPS, description="customer unknown: forgotten since, or the order was set aside"
    )
    category: T.StringType() = Field()
    wrote_again: T.BooleanType() = Field(description="the customer wrote more than once")
    earlier_orders: T.LongType() = Field(
        ge=0, description="placed before the ticket was opened, the one that it is about left out"
    )
    order_value: T.DecimalType(12, 2) = Field(
        nullable=True, ge=0, description="total of the order that it is about"
    )
    opened_at: T.TimestampType() = Field()
    resolved_at: T.TimestampType() = Field(nullable=True)
    hours_to_resolution: T.DoubleType() = Field(nullable=True, ge=0)
    within_hour: T.BooleanType() = Field(nullable=True, description="resolved in less than an hour")
    bought_30: T.BooleanType() = Field(nullable=True)
    bought_60: T.BooleanType() = Field(nullable=True)
    bought_90: T.BooleanType() = Field(nullable=True)
    measured_until: T.TimestampType() = Field(description="the newest order of all")

    @rule()
    def only_the_resolved_are_followed(cls) -> Column:
        """Nobody says of other tickets whether they brought anybody back."""
        return (F.col("group") == "resolved") | F.col("bought_30").isNull()


@gold(contract=TicketOutcomes, write=Snapshot(), owner="team:support", freshness=hours(30))
def ticket_outcomes(tickets: DataFrame, ticket_messages: DataFrame, orders: DataFrame) -> DataFrame:
    again = (
        ticket_messages.where(F.col("written_by") == "customer")
        .groupBy("ticket_id")
        .agg((F.count(F.lit(1)) > 1).alias("wrote_again"))
    )
    about = orders.select(
        "order_id", F.col("customer_id").alias("buyer"), F.col("total").alias("order_value")
    )
    newest = orders.agg(F.max("placed_at").alias("measured_until"))
    group = (
        F.when(F.col("order_id").isNull(), "about no order")
        .when(F.col("buyer").isNull(), "customer unknown")
        .when(F.col("resolved_at").isNull(), "unresolved")
        .otherwise("resolved")
    )
    return (
        tickets.join(again, on="ticket_id", how="left")
        .join(about, on="order_id", how="left")
        .join(bought(tickets, orders), on="ticket_id", how="left")
        .crossJoin(F.broadcast(newest))
        .withColumn("group", group)
        .select(
            "ticket_id",
            "group",
            "category",
            F.coalesce("wrote_again", F.lit(False)).alias("wrote_again"),
            F.coalesce("earlier_orders", F.lit(0)).alias("earlier_orders"),
            "order_value",
            "opened_at",
            "resolved_at",
            "hours_to_resolution",
            (F.col("hours_to_resolution") < 1).alias("within_hour"),
            *(bought_within(days).alias(f"bought_{days}") for days in WINDOWS),
            "measured_until",
        )
    )


def bought(tickets: DataFrame, orders: DataFrame) -> DataFrame:
    """Per ticket: ``earlier_orders``, and the customer's ``next_order_at`` after the resolution."""
    theirs = orders.select("customer_id", F.col("order_id").alias("other"), "placed_at")
    return (
        tickets.join(theirs, on="customer_id", how="inner")
        .where(~F.equal_null("other", "order_id"))
        .groupBy("ticket_id")
        .agg(
            F.count_if(F.col("placed_at") < F.col("opened_at")).alias("earlier_orders"),
            F.min(F.when(F.col("placed_at") > F.col("resolved_at"), F.col("placed_at"))).alias(
                "next_order_at"
            ),
        )
    )


def bought_within(days: int) -> Column:
    """Whether the next order came in time; null where nobody can know yet."""
    until = F.col("resolved_at") + F.expr(f"INTERVAL {days} DAYS")
    known = (F.col("group") == "resolved") & (until <= F.col("measured_until"))
    return F.when(known, F.coalesce(F.col("next_order_at") <= until, F.lit(False)))
