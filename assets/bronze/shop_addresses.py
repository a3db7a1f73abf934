"""The shop's customers' addresses, dumped whole."""

import pyspark.sql.types as T
from pyspark.sql import DataFrame

from lakehouse import Contract, Field, FullDumps, bronze, hours


class ShopAddresses(Contract):
    """One row per address and change between two dumps."""

    id: T.LongType() = Field(key=True)
    customer_id: T.LongType() = Field()
    line1: T.StringType() = Field(pii="address", protect="drop")
    city: T.StringType() = Field()
    postal_code: T.StringType() = Field(pii="postal code", protect="drop")
    country: T.StringType() = Field()
    created_at: T.TimestampType() = Field()
    updated_at: T.TimestampType() = Field()


@bronze(
    contract=ShopAddresses,
    source=FullDumps("shop", "addresses", stale_after_hours=26),
    owner="team:platform",
    freshness=hours(26),
)
def shop_addresses(dump: DataFrame) -> DataFrame:
    return dump
