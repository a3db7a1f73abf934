"""Where the planner overrides the reorder point, or holds a product, week by week."""

import pyspark.sql.types as T
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lakehouse import Contract, Field, Upsert, changes, hours, rule, silver

WEEK = r"(\d{4})-W(\d{2})[^/]*$"
TYPED_DAY = r"^\s*(\d{1,2})\.(\d{1,2})\.(\d{4})\s*$"


class ReorderOverrides(Contract):
    """One row per week and product that the planner lists."""

    week: T.DateType() = Field(key=True, description="the Monday of the file's ISO week")
    sku: T.StringType() = Field(key=True)
    reorder_point: T.DecimalType(12, 2) = Field(ge=0, description="units on the shelf at which to order")
    order_up_to: T.IntegerType() = Field(gt=0, description="units to have once the order is there")
    hold_until: T.DateType() = Field(nullable=True, description="not to be ordered before")
    note: T.StringType() = Field(nullable=True)
    source_position: T.LongType() = Field(description="when the file came, in microseconds since 1970")

    @rule(on_fail="warn")
    def fills_up_above_the_point(cls) -> Column:
        """An order fills up to more than the point at which it is placed."""
        return F.col("order_up_to") > F.col("reorder_point")


@silver(
    contract=ReorderOverrides,
    write=Upsert(sequence_by="source_position"),
    owner="team:supply-chain",
    reads={"warehouse_reorder_overrides": changes()},
    freshness=hours(24 * 8),
)
def reorder_overrides(warehouse_reorder_overrides: DataFrame) -> DataFrame:
    return warehouse_reorder_overrides.select(
        _monday().alias("week"),
        "sku",
        _number(F.coalesce("reorder_point", "rop_new")).alias("reorder_point"),
        _number(F.col("order_up_to")).alias("order_up_to"),
        _day(F.col("hold_until")).alias("hold_until"),
        "note",
        F.col("_position").alias("source_position"),
    )


def _monday() -> Column:
    """The Monday of the ISO week in the file's name; 4 January always lies in week 1 (ISO 8601)."""
    year = F.regexp_extract("_file", WEEK, 1).try_cast("int")
    week = F.regexp_extract("_file", WEEK, 2).try_cast("int")
    first = F.date_trunc("week", F.make_date(year, F.lit(1), F.lit(4))).cast("date")
    return F.date_add(first, (week - 1) * 7)


def _number(typed: Column) -> Column:
    """A number with a decimal comma as one with a point, still a text: the type says what is none."""
    with_point = F.replace(F.replace(typed, F.lit("."), F.lit("")), F.lit(","), F.lit("."))
    return F.when(typed.contains(","), with_point).otherwise(typed)


def _day(typed: Column) -> Column:
    """A day typed as 31.12.2026 in ISO form, still a text."""
    day, month, year = (F.regexp_extract(typed, TYPED_DAY, group) for group in (1, 2, 3))
    iso = F.concat_ws("-", year, F.lpad(month, 2, "0"), F.lpad(day, 2, "0"))
    return F.when(typed.rlike(TYPED_DAY), iso).otherwise(typed)
