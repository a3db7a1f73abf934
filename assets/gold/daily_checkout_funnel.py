"""How far visits get on the way to an order, by day, device, system, browser and release."""

import pyspark.sql.types as T
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lakehouse import Contract, Field, ReplaceWindow, daily, gold, hours, rule, window

UNKNOWN = "unknown"
KINDS = ("device", "os", "browser", "release")


class DailyCheckoutFunnel(Contract):
    """One row per day, device, system, browser and release of the front end with at least one visit.

    Visits of bots are left out. Each count is of visits in which the step was taken, whatever came before it,
    so that days and kinds add up.
    """

    day: T.DateType() = Field(key=True, description="the company's day")
    device: T.StringType() = Field(key=True)
    os: T.StringType() = Field(key=True)
    browser: T.StringType() = Field(key=True)
    release: T.StringType() = Field(key=True, description="of the front end, at the start of the visit")
    sessions: T.LongType() = Field(gt=0, description="visits")
    viewed: T.LongType() = Field(ge=0, description="a product was looked at")
    added: T.LongType() = Field(ge=0, description="a product was put into the cart")
    began_checkout: T.LongType() = Field(ge=0)
    gave_shipping: T.LongType() = Field(ge=0)
    gave_payment: T.LongType() = Field(ge=0)
    ordered: T.LongType() = Field(ge=0, description="an order was placed")
    lost_cart: T.LongType() = Field(ge=0, description="thrown back to the cart after giving payment")
    went_back: T.LongType() = Field(ge=0, description="Back was pressed on the confirmation page")

    @rule()
    def an_order_is_placed_in_a_visit(cls) -> Column:
        """An order is counted in a visit that is counted."""
        return F.col("ordered") <= F.col("sessions")


@gold(
    contract=DailyCheckoutFunnel,
    write=ReplaceWindow(),
    owner="team:checkout",
    partitions=daily("day", start="2026-01-01"),
    reads={"sessions": window("day")},
    freshness=hours(28),
)
def daily_checkout_funnel(sessions: DataFrame) -> DataFrame:
    return (
        sessions.where(~F.col("is_bot"))
        .withColumns({name: F.coalesce(name, F.lit(UNKNOWN)) for name in KINDS})
        .groupBy("day", *KINDS)
        .agg(
            F.count(F.lit(1)).alias("sessions"),
            F.count_if("viewed_product").alias("viewed"),
            F.count_if("added_product").alias("added"),
            F.count_if("began_checkout").alias("began_checkout"),
            F.count_if("gave_shipping").alias("gave_shipping"),
            F.count_if("gave_payment").alias("gave_payment"),
            F.count_if("ordered").alias("ordered"),
            F.count_if("lost_cart").alias("lost_cart"),
            F.count_if("went_back").alias("went_back"),
        )
    )
