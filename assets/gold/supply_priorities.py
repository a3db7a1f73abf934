"""Today's priorities of the supply chain: what to order, chase, decide and mark down, and why."""

import pandas as pd
import pyspark.sql.types as T
from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F
from pyspark.sql.pandas.functions import pandas_udf

from lakehouse import Contract, Field, Snapshot, gold, hours
from lakehouse.statistics.demand import shortage

MONEY = T.DecimalType(14, 2)
ACTIONS = ("order", "decide", "chase", "mark_down")
PACK = 6  # goods come in packs of
SLOW_DAYS = 120  # what lasts longer than this is too much
CARRYING = 0.02  # of its cost a good costs a month for room, capital and ageing
WORTH_IT = 50  # EUR at cost; less is not worth a price tag


class SupplyPriorities(Contract):
    """One row per thing to do today.

    ``order``: at or under its reorder point. ``decide``: the planner's sheet holds it while it sells, or
    orders too late or long before it must; or nobody supplies it. ``chase``: a purchase order is overdue.
    ``mark_down``: more than 120 days' sale is on the shelf. First comes what costs most to leave: the margin
    of what is likely to be asked for in vain, or a month's cost of keeping what does not sell.
    """

    rank: T.IntegerType() = Field(ge=1, description="1 is first")
    action: T.StringType() = Field(key=True, isin=list(ACTIONS))
    subject_id: T.LongType() = Field(key=True, description="the product, or the purchase order to chase")
    subject: T.StringType() = Field(description="in words")
    as_of: T.DateType() = Field()
    vendor_id: T.LongType() = Field(nullable=True)
    vendor: T.StringType() = Field(nullable=True)
    units: T.LongType() = Field(ge=0, description="to order, to chase, to mark down")
    value: MONEY = Field(ge=0, description="of these units at cost, EUR")
    at_stake: MONEY = Field(ge=0, description="what it costs to leave it, EUR")
    due_on: T.DateType() = Field(nullable=True, description="of what to chase: the day it was promised for")
    reason: T.StringType() = Field()


@gold(contract=SupplyPriorities, write=Snapshot(), owner="team:supply-chain", freshness=hours(24 * 90))
def supply_priorities(
    stock_levels: DataFrame,
    reorder_points: DataFrame,
    vendor_lead_times: DataFrame,
    open_purchases: DataFrame,
) -> DataFrame:
    vendors = vendor_lead_times.select("vendor_id", "vendor", "minimum_order")
    stock = with_needs(stock_levels, reorder_points).join(F.broadcast(vendors), on="vendor_id", how="left")
    todo = (
        to_order(stock).unionByName(to_mark_down(stock)).unionByName(to_chase(stock, vendors, open_purchases))
    )
    # A few hundred rows: one partition orders them.
    first = Window.orderBy(F.desc("at_stake"), F.desc("value"), "action", "subject_id")
    return todo.withColumn("rank", F.row_number().over(first)).select(*SupplyPriorities.to_schema().columns)


def with_needs(stock_levels: DataFrame, reorder_points: DataFrame) -> DataFrame:
    """Products with their reorder points, and the margin of what is likely to be ``missed`` by waiting."""

    def short(expected: pd.Series, deviation: pd.Series, position: pd.Series) -> pd.Series:
        return pd.Series(shortage(expected, deviation**2, position), index=expected.index)

    in_vain = pandas_udf(short, "double")  # type: ignore[call-overload]
    margin = F.greatest(F.col("price") - F.col("cost"), F.lit(0)).cast("double")
    until_delivery = in_vain("expected", "deviation", F.col("position").cast("double"))
    # Where nobody supplies it there is no delivery: a month's demand beyond what is there.
    a_month = F.greatest(F.col("sold") - F.col("position"), F.lit(0))
    units = F.when(F.col("vendor_id").isNull(), a_month).otherwise(until_delivery)
    return (
        stock_levels.join(reorder_points.drop("vendor_id", "as_of"), on="product_id", how="left")
        .fillna(0.0, subset=["expected", "deviation"])
        .withColumns({"margin": margin, "missed": units * margin})
    )


def to_order(stock: DataFrame) -> DataFrame:
    """What is at or under its point, where nothing speaks against it; else what to decide."""
    low = F.col("position") <= F.greatest("computed_point", F.lit(0))
    low_by_sheet = (F.col("position") <= F.col("point")) & ~F.col("held")
    against = F.when(F.col("vendor_id").isNull(), "nobody").when(F.col("held") & low, "held")
    against = against.when(low & ~F.col("held") & (F.col("sheet_point") < F.col("expected")), "late")
    against = against.when(low_by_sheet & ~low, "early")
    goal = F.when(F.col("against").isin("held", "late"), F.col("computed_up_to")).otherwise(F.col("up_to"))
    packs = F.ceil(F.greatest(goal - F.col("position"), F.lit(0)) / PACK)
    return (
        stock.where(F.col("active") & (F.col("sold") > 0))
        .withColumn("against", against)
        .withColumn(
            "action",
            F.when(F.col("against").isNotNull(), "decide").when(low & low_by_sheet, "order"),
        )
        .where(F.col("action").isNotNull())
        .withColumn("units", F.coalesce(packs * PACK, F.lit(0)).cast("long"))
        .withColumn("reason", F.concat(what_speaks_against(), there(), what_sells(), small_order()))
        .transform(lambda rows: as_todo(rows, F.col("product_id"), F.col("product"), F.col("missed")))
    )


def what_speaks_against() -> Column:
    """Why it is not simply ordered."""
    sheet = F.col("sheet_point").cast("double")
    said = {
        "nobody": F.format_string("Nobody supplies it, and %d sold in 28 days. ", "sold"),
        "held": F.format_string(
            "On hold until %s by the sheet, while %d sold in 28 days. ",
            F.col("hold_until").cast("string"),
            "sold",
        ),
        "late": F.format_string(
            "The sheet orders at %.0f, but %.0f sell until a delivery is here. ", sheet, "expected"
        ),
        "early": F.format_string(
            "The sheet orders at %.0f already and fills up to %d. ", sheet, "sheet_up_to"
        ),
    }
    return F.coalesce(*(F.when(F.col("against") == name, words) for name, words in said.items()), F.lit(""))


def what_sells() -> Column:
    """What is asked for until a delivery is here."""
    words = "; %.0f sell until a delivery is here (%d days), %d at most in 95 of 100 cases."
    return F.when(F.col("vendor_id").isNull(), ".").otherwise(
        F.format_string(words, "expected", "days", "computed_point")
    )


def small_order() -> Column:
    """That all for a vendor comes to less than it takes orders for; else nothing."""
    together = F.sum(F.col("units") * F.col("cost")).over(Window.partitionBy("vendor_id"))
    words = F.format_string(
        " All for %s comes to € %s, less than its minimum of € %s.",
        "vendor",
        F.format_number(together, 2),
        F.format_number("minimum_order", 2),
    )
    return F.when(together < F.col("minimum_order"), words).otherwise("")


def to_mark_down(stock: DataFrame) -> DataFrame:
    """What is on the shelf beyond so many days' sale."""
    kept = F.ceil(F.col("sold") / 28 * SLOW_DAYS)
    spare = F.col("on_hand") - F.col("owed") - kept
    return (
        stock.withColumns({"units": spare.cast("long"), "action": F.lit("mark_down")})
        .where((F.col("units") > 0) & (F.col("units") * F.col("cost") >= WORTH_IT))
        .withColumn(
            "reason",
            F.concat(
                there(),
                F.format_string("; %d sold in 28 days", "sold"),
                F.when(
                    F.col("days_of_cover").isNotNull(),
                    F.format_string(": it lasts %.0f days", "days_of_cover"),
                ).otherwise(""),
                F.format_string(". %d are more than %d days' sale.", "units", F.lit(SLOW_DAYS)),
            ),
        )
        .transform(
            lambda rows: as_todo(
                rows, F.col("product_id"), F.col("product"), F.col("units") * F.col("cost") * CARRYING
            )
        )
    )


def to_chase(stock: DataFrame, vendors: DataFrame, open_purchases: DataFrame) -> DataFrame:
    """Purchase orders that are overdue, and the margin of what is asked for in vain in a week without."""
    a_week = F.coalesce(F.col("expected") / F.col("days") * 7, F.lit(0.0))
    short = F.greatest(F.col("owed") + a_week - F.col("on_hand"), F.lit(0.0))
    needs = stock.select("product_id", "as_of", "owed", short.alias("short"), "margin")
    stake = F.least(F.col("outstanding").cast("double"), "short") * F.col("margin")
    days = F.datediff("as_of", "promised_on")
    reason = F.concat(
        F.format_string(
            "Ordered on %s and promised for %s, %s ago: %s of %s have not come.",
            F.col("ordered_on").cast("string"),
            F.col("promised_on").cast("string"),
            counted(days, "day"),
            counted(F.col("units"), "unit"),
            counted(F.col("kinds"), "product"),
        ),
        F.when(F.col("owed") > 0, F.format_string(" Customers wait for %d.", "owed")).otherwise(""),
    )
    return (
        open_purchases.join(needs, on="product_id", how="inner")
        .where(F.col("promised_on") < F.col("as_of"))
        .groupBy("purchase_order_id", "vendor_id", "ordered_on", "promised_on", "as_of")
        .agg(
            F.count(F.lit(1)).alias("kinds"),
            F.sum("outstanding").alias("units"),
            F.sum(F.least("outstanding", "owed")).alias("owed"),
            F.sum(stake).cast(MONEY).alias("at_stake"),
            F.sum("value").cast(MONEY).alias("value"),
        )
        .join(F.broadcast(vendors), on="vendor_id", how="left")
        .select(
            F.lit("chase").alias("action"),
            F.col("purchase_order_id").alias("subject_id"),
            F.format_string("purchase order %d", "purchase_order_id").alias("subject"),
            "as_of",
            "vendor_id",
            "vendor",
            "units",
            "value",
            "at_stake",
            F.col("promised_on").alias("due_on"),
            reason.alias("reason"),
        )
    )


def there() -> Column:
    """What is there of a product, in words."""
    return F.concat(
        F.format_string("%d on the shelf", "on_hand"),
        F.when(F.col("owed") > 0, F.format_string(", %d owed", "owed")).otherwise(""),
        F.when(F.col("on_order") > 0, F.format_string(", %d on the way", "on_order")).otherwise(""),
    )


def as_todo(rows: DataFrame, subject_id: Column, subject: Column, at_stake: Column) -> DataFrame:
    """Rows about products in the table's form."""
    return rows.select(
        "action",
        subject_id.alias("subject_id"),
        subject.alias("subject"),
        "as_of",
        "vendor_id",
        "vendor",
        "units",
        (F.col("units") * F.col("cost")).cast(MONEY).alias("value"),
        at_stake.cast(MONEY).alias("at_stake"),
        F.lit(None).cast("date").alias("due_on"),
        "reason",
    )


def counted(number: Column, thing: str) -> Column:
    """In words: 1 day, 2 days."""
    return F.concat(number.cast("string"), F.when(number == 1, f" {thing}").otherwise(f" {thing}s"))
