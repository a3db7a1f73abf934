"""The vendors that the company buys from, dumped whole."""

import pyspark.sql.types as T
from pyspark.sql import DataFrame

from lakehouse import Contract, Field, FullDumps, bronze, hours


class ShopVendors(Contract):
    """One row per vendor and change between two dumps."""

    id: T.LongType() = Field(key=True)
    name: T.StringType() = Field()
    email: T.StringType() = Field(pii="email", protect="drop")
    country: T.StringType() = Field()
    lead_days: T.IntegerType() = Field()
    terms_days: T.IntegerType() = Field()
    minimum_order: T.DecimalType(12, 2) = Field()
    created_at: T.TimestampType() = Field()
    updated_at: T.TimestampType() = Field()


@bronze(
    contract=ShopVendors,
    source=FullDumps("shop", "vendors", stale_after_hours=24 * 90),
    owner="team:platform",
    freshness=hours(24 * 90),
)
def shop_vendors(dump: DataFrame) -> DataFrame:
    return dump
