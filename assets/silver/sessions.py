"""Visits to the shop: what one browser did without a pause of half an hour."""

import pyspark.sql.types as T
from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from lakehouse import Contract, Field, ReplaceWindow, cluster, daily, hours, silver, window

PAUSE_SECONDS = 30 * 60
BOT_EVENTS_A_MINUTE = 60


class Sessions(Contract):
    """One row per visit: consecutive events of one browser, ended by half an hour's pause or midnight."""

    session_id: T.StringType() = Field(key=True)
    day: T.DateType() = Field(description="the company's day")
    anonymous_id: T.StringType() = Field(description="the browser")
    customer_id: T.LongType() = Field(nullable=True, description="who signed in during it, as recorded then")
    started_at: T.TimestampType() = Field()
    ended_at: T.TimestampType() = Field()
    events: T.LongType() = Field(ge=1)
    is_bot: T.BooleanType() = Field(description="says so, or acts faster than people do")
    device: T.StringType() = Field()
    os: T.StringType() = Field(nullable=True)
    browser: T.StringType() = Field(nullable=True)
    release: T.StringType() = Field(nullable=True, description="of the front end, at its start")
    landing_path: T.StringType() = Field(nullable=True)
    referrer: T.StringType() = Field(nullable=True)
    utm_source: T.StringType() = Field(
        nullable=True, description="the visit's own touch; null where untagged"
    )
    utm_medium: T.StringType() = Field(nullable=True)
    utm_campaign: T.StringType() = Field(nullable=True)
    viewed_product: T.BooleanType() = Field()
    added_product: T.BooleanType() = Field()
    began_checkout: T.BooleanType() = Field()
    gave_shipping: T.BooleanType() = Field()
    gave_payment: T.BooleanType() = Field()
    ordered: T.BooleanType() = Field()
    went_back: T.BooleanType() = Field(description="from the confirmation to the checkout")
    lost_cart: T.BooleanType() = Field(description="was thrown back to the cart after giving payment")
    began_signup: T.BooleanType() = Field()
    signup_step: T.IntegerType() = Field(ge=0, description="the last step of the registration completed")
    signed_up: T.BooleanType() = Field()
    order_id: T.LongType() = Field(nullable=True, description="the first order placed in it")


@silver(
    contract=Sessions,
    write=ReplaceWindow(),
    owner="team:platform",
    partitions=daily("day", start="2026-01-01"),
    reads={"events": window("occurred_at")},
    freshness=hours(26),
    layout=cluster("day", why="replaced by day, and read by day by every funnel"),
)
def sessions(events: DataFrame) -> DataFrame:
    browser = Window.partitionBy("anonymous_id", "day").orderBy("occurred_at", "event_id")
    pause = F.unix_timestamp("occurred_at") - F.unix_timestamp(F.lag("occurred_at").over(browser))
    so_far = browser.rowsBetween(Window.unboundedPreceding, Window.currentRow)
    begins = F.when(F.coalesce(pause > PAUSE_SECONDS, F.lit(True)), 1).otherwise(0)
    numbered = (
        # Servers tell of orders again; a visit is what the browser saw.
        events.where(F.col("anonymous_id").isNotNull() & (F.col("device") != "server"))
        .withColumn("day", F.to_date("occurred_at"))
        .withColumn("begins", begins)
        .withColumn("number", F.sum("begins").over(so_far))
    )
    return (
        numbered.groupBy("day", "anonymous_id", "number")
        .agg(
            F.max_by("customer_id", F.when(F.col("customer_id").isNotNull(), F.col("occurred_at"))).alias(
                "customer_id"
            ),
            F.min("occurred_at").alias("started_at"),
            F.max("occurred_at").alias("ended_at"),
            F.count(F.lit(1)).alias("events"),
            F.bool_or("is_bot").alias("says_bot"),
            *(first(name) for name in ("device", "os", "browser", "release", "referrer")),
            F.min_by("page_path", "occurred_at").alias("landing_path"),
            *(first(name) for name in ("utm_source", "utm_medium", "utm_campaign")),
            some(F.col("event") == "Product Viewed").alias("viewed_product"),
            some(F.col("event") == "Product Added").alias("added_product"),
            some(F.col("event") == "Checkout Started").alias("began_checkout"),
            some((F.col("event") == "Checkout Step Completed") & (F.col("step") == 1)).alias("gave_shipping"),
            some(F.col("event") == "Payment Info Entered").alias("gave_payment"),
            some(F.col("event") == "Order Completed").alias("ordered"),
            seen_after("Checkout", "Order Completed").alias("went_back"),
            seen_after("Cart", "Payment Info Entered").alias("lost_cart"),
            some((F.col("call") == "page") & (F.col("event") == "Sign Up")).alias("began_signup"),
            F.max(F.when(F.col("event") == "Signup Step Completed", F.col("step")).otherwise(F.lit(0))).alias(
                "signup_step"
            ),
            some(F.col("event") == "Signup Completed").alias("signed_up"),
            F.min("order_id").alias("order_id"),
        )
        .withColumn("session_id", F.sha2(F.concat_ws("/", "anonymous_id", F.unix_micros("started_at")), 256))
        .withColumn("is_bot", F.col("says_bot") | too_fast())
        .select(*Sessions.to_schema().columns)
    )


def first(name: str) -> Column:
    """The earliest value of a column in the visit that is not null."""
    return F.min_by(name, F.when(F.col(name).isNotNull(), F.col("occurred_at"))).alias(name)


def some(condition: Column) -> Column:
    """Whether any event of the visit is so."""
    return F.coalesce(F.bool_or(condition), F.lit(False))


def seen_after(page: str, event: str) -> Column:
    """Whether a page was seen after an event of the same visit: on the way there everybody sees it once."""
    seen = F.max(F.when((F.col("call") == "page") & (F.col("event") == page), F.col("occurred_at")))
    return F.coalesce(seen > F.min(F.when(F.col("event") == event, F.col("occurred_at"))), F.lit(False))


def too_fast() -> Column:
    """More events than a person makes, at a rate that no person keeps up."""
    minutes = (F.unix_timestamp("ended_at") - F.unix_timestamp("started_at") + 1) / 60
    return (F.col("events") >= 20) & (F.col("events") / minutes > BOT_EVENTS_A_MINUTE)  # noqa: PLR2004
