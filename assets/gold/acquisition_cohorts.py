"""What customers of one month and channel have bought, by the months since they registered."""

import pyspark.sql.types as T
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lakehouse import Contract, Field, Snapshot, gold, hours, rule

MONTH = 30 * 24 * 3600  # seconds; a cohort's months are thirty days of each customer's own
MOST_MONTHS = 24
COHORT = ("month", "channel")


class AcquisitionCohorts(Contract):
    """One row per month of registration, channel, and months since that the whole cohort has lived.

    A month since is thirty days of each customer's own. Buyers and revenue are all up to its end. A cell is
    absent while the youngest of the cohort has not lived so long at the newest data: it is still baking.
    """

    month: T.DateType() = Field(key=True, description="the first day of the month of registration")
    channel: T.StringType() = Field(key=True, description="where the registration came from")
    months_since: T.IntegerType() = Field(key=True, ge=1, le=MOST_MONTHS)
    customers: T.LongType() = Field(gt=0, description="registrations")
    buyers: T.LongType() = Field(ge=0, description="who had bought by then")
    revenue: T.DecimalType(14, 2) = Field(ge=0, description="the total of their orders by then; EUR")
    cost: T.DecimalType(14, 2) = Field(
        nullable=True, ge=0, description="of the channel's campaigns in that month, EUR; null where none"
    )

    @rule()
    def buyers_are_customers(cls) -> Column:
        """Nobody buys who is not of the cohort."""
        return F.col("buyers") <= F.col("customers")


@gold(contract=AcquisitionCohorts, write=Snapshot(), owner="team:growth", freshness=hours(30))
def acquisition_cohorts(
    customer_acquisitions: DataFrame, orders: DataFrame, campaign_costs: DataFrame
) -> DataFrame:
    people = customer_acquisitions.withColumn("month", F.trunc(F.to_date("registered_at"), "month"))
    costs = (
        campaign_costs.where(F.col("channel").isNotNull())
        .groupBy(*COHORT)
        .agg(F.sum("spend").cast("decimal(14,2)").alias("cost"))
    )
    return (
        cells(people)
        .join(F.broadcast(costs), on=list(COHORT), how="left")
        .join(purchases(people, orders), on=list(COHORT), how="left")
        .withColumn("counts", F.col("bought_in") <= F.col("months_since"))
        .groupBy(*COHORT, "months_since", "customers", "cost")
        .agg(
            F.coalesce(F.sum(F.when(F.col("counts"), F.col("first"))), F.lit(0)).alias("buyers"),
            F.coalesce(F.sum(F.when(F.col("counts"), F.col("total"))), F.lit(0))
            .cast("decimal(14,2)")
            .alias("revenue"),
        )
        .select(*AcquisitionCohorts.to_schema().columns)
    )


def cells(people: DataFrame) -> DataFrame:
    """Per cohort its customers, once for every month that even the youngest of them has lived."""
    lived = F.unix_timestamp(F.max("measured_until")) - F.unix_timestamp(F.max("registered_at"))
    months = F.least(F.floor(lived / MONTH), F.lit(MOST_MONTHS)).cast("int")
    return (
        people.groupBy(*COHORT)
        .agg(F.count(F.lit(1)).alias("customers"), months.alias("months"))
        .where(F.col("months") >= 1)
        .select(*COHORT, "customers", F.explode(F.sequence(F.lit(1), "months")).alias("months_since"))
    )


def purchases(people: DataFrame, orders: DataFrame) -> DataFrame:
    """Per cohort and month since (``bought_in``): first purchases, and the total of all orders."""
    age = F.unix_timestamp("placed_at") - F.unix_timestamp("registered_at")
    return (
        orders.select("customer_id", "order_id", "total", "placed_at")
        .join(people, on="customer_id", how="inner")
        .withColumn("bought_in", F.floor(age / MONTH) + 1)
        .groupBy(*COHORT, "bought_in")
        .agg(
            F.count_if(F.col("order_id") == F.col("first_order_id")).alias("first"),
            F.sum("total").alias("total"),
        )
    )
