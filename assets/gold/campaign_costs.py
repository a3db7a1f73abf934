"""What each campaign costs and whom it brings: from the click over the account to the first purchase."""

import pyspark.sql.types as T
from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from lakehouse import Contract, Field, Snapshot, gold, hours, rule

LETTERS = "direct_mail"
Z = 1.959964  # both sides of 95 %
ENDS, MIDDLE = 0.4, 0.2  # position-based: the first and the last touch, and all between them together
COUNTS = ("clicks", "sessions", "accounts", "customers", "last_touch_customers")


class CampaignCosts(Contract):
    """One row per campaign and month with spend, a visit, a registration or a first purchase.

    Each counts in its own month: spend and clicks on the platform's day, customers when they first bought.
    Those of a month may have clicked in one before. What a customer is counted for is the first touch, which
    brought them; the last touch and a split by position (40 % each for the first and the last, 20 % for
    those between) stand beside it. Nobody clicks a letter: who registers by direct mail was touched first by
    the newest mailing before the registration and any click.
    """

    campaign: T.StringType() = Field(key=True, description="its name on the bill and in links")
    month: T.DateType() = Field(key=True, description="its first day")
    channel: T.StringType() = Field(
        nullable=True,
        description="that of most registrations it brought; direct mail where nobody could click",
    )
    spend: T.DecimalType(14, 2) = Field(nullable=True, ge=0, description="EUR; null where nothing was billed")
    clicks: T.LongType() = Field(ge=0, description="by the platform's report")
    sessions: T.LongType() = Field(ge=0, description="visits with the campaign's name, bots left out")
    accounts: T.LongType() = Field(ge=0, description="registrations, by first touch")
    customers: T.LongType() = Field(ge=0, description="first purchases, by first touch")
    last_touch_customers: T.LongType() = Field(ge=0)
    position_customers: T.DoubleType() = Field(ge=0, description="shares of customers, by position")
    revenue: T.DecimalType(14, 2) = Field(ge=0, description="of these customers by first touch, so far; EUR")
    cost_per_click: T.DoubleType() = Field(nullable=True, ge=0, description="null where nobody clicked")
    cost_per_customer: T.DoubleType() = Field(nullable=True, ge=0, description="null where nobody bought")
    conversion: T.DoubleType() = Field(
        nullable=True, description="customers per click; null where there are more than clicks"
    )
    conversion_low: T.DoubleType() = Field(nullable=True, description="of its interval of 95 % (Wilson)")
    conversion_high: T.DoubleType() = Field(nullable=True)

    @rule()
    def nobody_bought_for_nothing(cls) -> Column:
        """Revenue has customers."""
        return (F.col("revenue") == 0) | (F.col("customers") > 0)


@gold(contract=CampaignCosts, write=Snapshot(), owner="team:growth", freshness=hours(30))
def campaign_costs(ad_spend: DataFrame, sessions: DataFrame, customer_acquisitions: DataFrame) -> DataFrame:
    brought = with_letters(ad_spend, customer_acquisitions)
    first = brought.where(F.size("touches") > 0).withColumn("campaign", F.col("touches")[0])
    parts = (
        ad_spend.groupBy("campaign", month("day")).agg(
            F.sum("spend").alias("spend"), F.sum("clicks").alias("clicks")
        ),
        sessions.where(~F.col("is_bot") & F.col("utm_campaign").isNotNull())
        .groupBy(F.col("utm_campaign").alias("campaign"), month("day"))
        .agg(F.count(F.lit(1)).alias("sessions")),
        first.groupBy("campaign", month("registered_at")).agg(F.count(F.lit(1)).alias("accounts")),
        first.where(F.col("first_order_at").isNotNull())
        .groupBy("campaign", month("first_order_at"))
        .agg(F.count(F.lit(1)).alias("customers"), F.sum("revenue").alias("revenue")),
        by_position(brought),
    )
    together, *others = parts
    for part in others:
        together = together.unionByName(part, allowMissingColumns=True)
    summed = together.groupBy("campaign", "month").agg(
        F.sum("spend").cast("decimal(14,2)").alias("spend"),
        *(F.coalesce(F.sum(name), F.lit(0)).cast("long").alias(name) for name in COUNTS),
        F.coalesce(F.sum("position_customers"), F.lit(0.0)).alias("position_customers"),
        F.coalesce(F.sum("revenue"), F.lit(0)).cast("decimal(14,2)").alias("revenue"),
    )
    whole = Window.partitionBy("campaign")
    billed_letters = (F.sum("clicks").over(whole) == 0) & (F.sum("spend").over(whole) > 0)
    spend, chance = F.col("spend").cast("double"), conversion("customers", "clicks")
    return (
        summed.join(channels(first), on="campaign", how="left")
        .withColumns(
            {
                "channel": F.coalesce("channel", F.when(billed_letters, LETTERS)),
                "cost_per_click": F.try_divide(spend, F.col("clicks")),
                "cost_per_customer": F.try_divide(spend, F.col("customers")),
                "conversion": chance[0],
                "conversion_low": chance[1],
                "conversion_high": chance[2],
            }
        )
        .select(*CampaignCosts.to_schema().columns)
    )


def month(of: str) -> Column:
    """The first day of a column's month."""
    return F.trunc(F.to_date(of), "month").alias("month")


def with_letters(ad_spend: DataFrame, customer_acquisitions: DataFrame) -> DataFrame:
    """The customers, where ``touches`` begin with the letter that brought somebody."""
    never_clicked = ad_spend.groupBy("campaign").agg(F.sum("clicks").alias("all")).where(F.col("all") == 0)
    mailings = (
        ad_spend.where(F.col("spend") > 0)
        .join(never_clicked, on="campaign", how="left_semi")
        .select(F.col("campaign").alias("letter"), F.col("day").alias("mailed_on"))
    )
    came_on = F.to_date(F.least("registered_at", "first_touch_at"))
    by_letter = (
        customer_acquisitions.where(F.col("channel") == LETTERS)
        .join(F.broadcast(mailings), on=F.col("mailed_on") <= came_on, how="inner")
        .groupBy("customer_id")
        .agg(F.max(F.struct("mailed_on", "letter"))["letter"].alias("letter"))
    )
    return customer_acquisitions.join(by_letter, on="customer_id", how="left").withColumn(
        "touches", F.concat(F.array_compact(F.array("letter")), "touches")
    )


def by_position(brought: DataFrame) -> DataFrame:
    """Per campaign and month of first purchase: customers by last touch, and shares of them by position."""
    touches = F.size("touches")
    at_an_end = (F.col("place") == 0) | (F.col("place") == F.col("touches") - 1)
    share = (
        F.when(F.col("touches") == 1, 1.0)
        .when(F.col("touches") == 2, 0.5)  # noqa: PLR2004 - nobody stands between two
        .when(at_an_end, ENDS)
        .otherwise(F.lit(MIDDLE) / F.greatest(F.col("touches") - 2, F.lit(1)))
    )
    return (
        brought.where(F.col("first_order_at").isNotNull())
        .select(touches.alias("touches"), month("first_order_at"), F.posexplode("touches"))
        .withColumnsRenamed({"pos": "place", "col": "campaign"})
        .groupBy("campaign", "month")
        .agg(
            F.count_if(F.col("place") == F.col("touches") - 1).alias("last_touch_customers"),
            F.sum(share).alias("position_customers"),
        )
    )


def channels(first: DataFrame) -> DataFrame:
    """The channel by which most of those registered whom a campaign touched first."""
    return (
        first.groupBy("campaign", "channel")
        .agg(F.count(F.lit(1)).alias("accounts"))
        .groupBy("campaign")
        .agg(F.max(F.struct("accounts", "channel"))["channel"].alias("channel"))
    )


def conversion(successes: str, cases: str) -> tuple[Column, Column, Column]:
    """The share, and its bounds by Wilson's score interval (1927); null where it is none.

    As :func:`lakehouse.statistics.share`, on columns.
    """
    n = F.col(cases).cast("double")
    valid = (n > 0) & (F.col(successes) <= n)
    p = F.try_divide(F.col(successes), n)
    middle = (p + F.try_divide(F.lit(Z**2 / 2), n)) / (1 + F.try_divide(F.lit(Z**2), n))
    spread = p * (1 - p)
    reach = (
        Z
        * F.sqrt(F.try_divide(spread, n) + F.try_divide(F.lit(Z**2 / 4), n * n))
        / (1 + F.try_divide(F.lit(Z**2), n))
    )
    bounds = p, F.greatest(middle - reach, F.lit(0.0)), F.least(middle + reach, F.lit(1.0))
    share, low, high = (F.when(valid, each) for each in bounds)
    return share, low, high
