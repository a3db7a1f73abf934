"""Where customers live, as far as the company needs to know."""

import pyspark.sql.types as T
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse import Contract, Field, Upsert, changes, hours, silver


class Addresses(Contract):
    """One row per address: the latest version."""

    address_id: T.LongType() = Field(key=True)
    customer_id: T.LongType() = Field()
    city: T.StringType() = Field()
    country: T.StringType() = Field(str_length=2)
    created_at: T.TimestampType() = Field()
    source_position: T.LongType() = Field(description="how far the source's log was when it gave the row")
    source_order: T.LongType() = Field(nullable=True, description="the change's own place in that log")


@silver(
    contract=Addresses,
    write=Upsert(sequence_by=("source_position", "source_order")),
    owner="team:platform",
    reads={"shop_addresses": changes()},
    freshness=hours(26),
)
def addresses(shop_addresses: DataFrame) -> DataFrame:
    return shop_addresses.select(
        F.col("id").alias("address_id"),
        "customer_id",
        "city",
        "country",
        "created_at",
        F.col("_position").alias("source_position"),
        F.col("_order").alias("source_order"),
        "_change",
    )
