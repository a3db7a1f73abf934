"""How long each vendor really takes: what it states, and how late it is on top of that."""

import pyspark.sql.types as T
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lakehouse import Contract, Field, Snapshot, gold, hours, rule

SETTLED = 21  # days: of an order promised so long ago it is known how late it came
WEIGHT = 5  # orders: how much the company-wide mean counts beside a vendor's own
FEWEST = 10  # orders from which an interval is given
STUDENT = (1.959964, 2.37227, 2.82250)  # both sides of 95 %, and what few degrees of freedom add


class VendorLeadTimes(Contract):
    """One row per vendor that the company still buys from.

    Only orders promised at least three weeks ago count: of younger ones those that come late are not here
    yet, and the vendor would look better than it is. The lateness to plan with leans on that of all vendors
    as if by five orders more, since a few orders say little.
    """

    vendor_id: T.LongType() = Field(key=True)
    vendor: T.StringType() = Field()
    stated_days: T.IntegerType() = Field(ge=0, description="from order to delivery, as the vendor states it")
    orders: T.LongType() = Field(ge=0, description="that were promised at least three weeks ago")
    late_orders: T.LongType() = Field(ge=0)
    days_late: T.DoubleType() = Field(nullable=True, ge=0, description="in the mean; null without an order")
    days_late_low: T.DoubleType() = Field(
        nullable=True, description="of its interval of 95 %; null below ten orders, or none late"
    )
    days_late_high: T.DoubleType() = Field(nullable=True)
    lead_days: T.DoubleType() = Field(ge=0, description="to plan with: as stated, and the lateness")
    lead_deviation: T.DoubleType() = Field(ge=0, description="its standard deviation, days")
    short_orders: T.LongType() = Field(ge=0, description="closed although not all had come")
    minimum_order: T.DecimalType(12, 2) = Field(ge=0, description="EUR")

    @rule()
    def late_orders_are_orders(cls) -> Column:
        """No more orders are late than there are."""
        return F.col("late_orders") <= F.col("orders")


@gold(contract=VendorLeadTimes, write=Snapshot(), owner="team:supply-chain", freshness=hours(24 * 90))
def vendor_lead_times(vendors: DataFrame, vendor_deliveries: DataFrame) -> DataFrame:
    settled = vendor_deliveries.where(F.date_add("promised_on", SETTLED) <= F.col("as_of"))
    lateness = (F.avg("days_late"), F.avg(F.col("days_late") * F.col("days_late")))
    company = settled.agg(lateness[0].alias("all_late"), lateness[1].alias("all_square"))
    short = (
        vendor_deliveries.where(F.col("status") == "closed_short")
        .groupBy("vendor_id")
        .agg(F.count(F.lit(1)).alias("short_orders"))
    )
    own = settled.groupBy("vendor_id").agg(
        F.count(F.lit(1)).alias("orders"),
        F.sum("late").alias("late_orders"),
        lateness[0].alias("days_late"),
        lateness[1].alias("square"),
        F.stddev_samp("days_late").alias("deviation"),
    )
    low, high = interval()
    mean, square = leaning("days_late", "all_late"), leaning("square", "all_square")
    return (
        vendors.select("vendor_id", F.col("name").alias("vendor"), "lead_days", "minimum_order")
        .withColumnRenamed("lead_days", "stated_days")
        .join(own, on="vendor_id", how="left")
        .join(short, on="vendor_id", how="left")
        .join(F.broadcast(company), how="cross")
        .fillna(0, subset=["orders", "late_orders", "short_orders"])
        .withColumns(
            {
                "days_late_low": low,
                "days_late_high": high,
                "lead_days": F.col("stated_days") + mean,
                "lead_deviation": F.sqrt(F.greatest(square - mean * mean, F.lit(0.0))),
            }
        )
        .select(*VendorLeadTimes.to_schema().columns)
    )


def leaning(own: str, company: str) -> Column:
    """A vendor's own mean, drawn towards the company's by so many orders."""
    vendors, everybodys = F.coalesce(own, F.lit(0.0)), F.coalesce(company, F.lit(0.0))
    return (F.col("orders") * vendors + WEIGHT * everybodys) / (F.col("orders") + WEIGHT)


def interval() -> tuple[Column, Column]:
    """The interval of the mean, on the scale of its logarithm: most orders come in time, a few very late.

    On the plain scale it would hold 80 to 90 of 100 true means of 10 to 40 orders, on this 92 to 94.
    Student's quantile by Abramowitz and Stegun (1964), 26.7.5.
    """
    told = (F.col("orders") >= FEWEST) & (F.col("days_late") > 0)
    orders = F.when(told, F.col("orders"))
    student = F.lit(STUDENT[0]) + STUDENT[1] / (orders - 1) + STUDENT[2] / (orders - 1) ** 2
    reach = F.exp(student * F.col("deviation") / F.sqrt(orders) / F.when(told, F.col("days_late")))
    return F.col("days_late") / reach, F.col("days_late") * reach
