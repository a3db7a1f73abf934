"""Vendors as they are now."""

import pyspark.sql.types as T
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse import Contract, Field, Upsert, changes, hours, silver


class Vendors(Contract):
    """One row per vendor: the latest version."""

    vendor_id: T.LongType() = Field(key=True)
    name: T.StringType() = Field()
    country: T.StringType() = Field(str_length=2)
    lead_days: T.IntegerType() = Field(ge=0, description="from order to delivery, as the vendor states it")
    terms_days: T.IntegerType() = Field(ge=0, description="an invoice is due so many days after its date")
    minimum_order: T.DecimalType(12, 2) = Field(ge=0)
    supplies_since: T.TimestampType() = Field()
    source_position: T.LongType() = Field(description="how far the source's log was when it gave the row")
    source_order: T.LongType() = Field(nullable=True, description="the change's own place in that log")


@silver(
    contract=Vendors,
    write=Upsert(sequence_by=("source_position", "source_order")),
    owner="team:supply-chain",
    reads={"shop_vendors": changes()},
    freshness=hours(24 * 90),
)
def vendors(shop_vendors: DataFrame) -> DataFrame:
    return shop_vendors.select(
        F.col("id").alias("vendor_id"),
        "name",
        "country",
        "lead_days",
        "terms_days",
        "minimum_order",
        F.col("created_at").alias("supplies_since"),
        F.col("_position").alias("source_position"),
        F.col("_order").alias("source_order"),
        "_change",
    )
