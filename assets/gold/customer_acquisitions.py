"""What brought each customer, when they first bought, and what they have paid since."""

import pyspark.sql.types as T
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lakehouse import Contract, Field, Snapshot, gold, hours, rule

DAY = 24 * 3600  # seconds
AGES = (30, 60, 90, 180)  # days


class CustomerAcquisitions(Contract):
    """One row per customer with an account.

    A touch is a visit that carries a campaign's name, on a browser that was the customer's then; bots are
    left out. Touches count up to the first purchase, or up to the registration where nothing was bought.
    Revenue is the total of the orders placed; by an age it is that of so many days from the registration on,
    and null while the customer is younger than that.
    """

    customer_id: T.LongType() = Field(key=True)
    channel: T.StringType() = Field(description="where the registration came from")
    registered_at: T.TimestampType() = Field()
    first_touch: T.StringType() = Field(nullable=True, description="the campaign of the earliest touch")
    first_touch_at: T.TimestampType() = Field(nullable=True)
    last_touch: T.StringType() = Field(nullable=True, description="the campaign of the latest touch")
    last_touch_at: T.TimestampType() = Field(nullable=True)
    touches: T.ArrayType(T.StringType()) = Field(description="campaigns touch by touch, earliest first")
    first_order_id: T.LongType() = Field(nullable=True, description="null where nothing was bought")
    first_order_at: T.TimestampType() = Field(nullable=True)
    first_order_value: T.DecimalType(12, 2) = Field(nullable=True, ge=0)
    revenue: T.DecimalType(14, 2) = Field(ge=0, description="up to the newest data")
    revenue_30: T.DecimalType(14, 2) = Field(nullable=True, ge=0, description="in the first 30 days")
    revenue_60: T.DecimalType(14, 2) = Field(nullable=True, ge=0)
    revenue_90: T.DecimalType(14, 2) = Field(nullable=True, ge=0)
    revenue_180: T.DecimalType(14, 2) = Field(nullable=True, ge=0)
    measured_until: T.TimestampType() = Field(description="the newest visit, order or registration of all")

    @rule()
    def a_first_order_is_whole(cls) -> Column:
        """A first order has its time and its value."""
        known = F.col("first_order_id").isNotNull()
        return (known == F.col("first_order_at").isNotNull()) & (
            known == F.col("first_order_value").isNotNull()
        )


# A snapshot, not by key: with each day that passes, more revenues of customers who did nothing are known.
@gold(contract=CustomerAcquisitions, write=Snapshot(), owner="team:growth", freshness=hours(30))
def customer_acquisitions(
    customers: DataFrame, device_owners: DataFrame, sessions: DataFrame, orders: DataFrame
) -> DataFrame:
    people = customers.select("customer_id", "channel", "registered_at")
    bought = purchases(people, orders)
    until = (
        sessions.agg(F.max("ended_at").alias("at"))
        .unionByName(orders.agg(F.max("placed_at").alias("at")))
        .unionByName(customers.agg(F.max("registered_at").alias("at")))
        .agg(F.max("at").alias("measured_until"))
    )
    whole = people.join(bought, on="customer_id", how="left").join(F.broadcast(until), how="cross")
    came = touches(whole, device_owners, sessions)
    age = F.unix_timestamp("measured_until") - F.unix_timestamp("registered_at")

    def paid(name: str) -> Column:
        return F.coalesce(name, F.lit(0)).cast("decimal(14,2)")

    return whole.join(came, on="customer_id", how="left").select(
        "customer_id",
        "channel",
        "registered_at",
        F.try_element_at("came", F.lit(1))["campaign"].alias("first_touch"),
        F.try_element_at("came", F.lit(1))["at"].alias("first_touch_at"),
        F.try_element_at("came", F.lit(-1))["campaign"].alias("last_touch"),
        F.try_element_at("came", F.lit(-1))["at"].alias("last_touch_at"),
        F.coalesce(F.col("came.campaign"), F.array().cast("array<string>")).alias("touches"),
        F.col("first.order_id").alias("first_order_id"),
        F.col("first.placed_at").alias("first_order_at"),
        F.col("first.total").alias("first_order_value"),
        paid("revenue").alias("revenue"),
        *(F.when(age >= days * DAY, paid(f"revenue_{days}")).alias(f"revenue_{days}") for days in AGES),
        "measured_until",
    )


def purchases(people: DataFrame, orders: DataFrame) -> DataFrame:
    """Per customer who bought: the first order as a struct, and revenue in all and by each age."""
    age = F.unix_timestamp("placed_at") - F.unix_timestamp("registered_at")
    return (
        orders.join(people, on="customer_id", how="inner")
        .groupBy("customer_id")
        .agg(
            F.min(F.struct("placed_at", "order_id", "total")).alias("first"),
            F.sum("total").alias("revenue"),
            *(F.sum(F.when(age < days * DAY, F.col("total"))).alias(f"revenue_{days}") for days in AGES),
        )
    )


def touches(people: DataFrame, device_owners: DataFrame, sessions: DataFrame) -> DataFrame:
    """Per customer with any: ``came``, the touches as structs of ``at`` and ``campaign``, in their order.

    ``people`` have ``customer_id``, ``registered_at`` and ``first``, the first order or null.
    """
    tagged = sessions.where(~F.col("is_bot") & F.col("utm_campaign").isNotNull()).select(
        "anonymous_id", F.col("started_at").alias("at"), F.col("utm_campaign").alias("campaign")
    )
    ends = F.coalesce(F.col("first.placed_at"), F.col("registered_at"))
    return (
        tagged.join(device_owners, on="anonymous_id", how="inner")
        .where(
            (F.col("at") >= F.col("valid_from"))
            & (F.col("valid_to").isNull() | (F.col("at") < F.col("valid_to")))
        )
        .join(people.select("customer_id", ends.alias("ends")), on="customer_id", how="inner")
        .where(F.col("at") <= F.col("ends"))
        .groupBy("customer_id")
        .agg(F.array_sort(F.collect_list(F.struct("at", "campaign"))).alias("came"))
    )
