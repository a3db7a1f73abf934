"""Customers as they are now."""

import pyspark.sql.types as T
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse import Contract, Field, Upsert, changes, hours, silver


class Customers(Contract):
    """One row per customer: the latest version."""

    customer_id: T.LongType() = Field(key=True)
    email: T.StringType() = Field(description="a pseudonym")
    phone: T.StringType() = Field(nullable=True, description="a pseudonym")
    channel: T.StringType() = Field(description="where the registration came from")
    country: T.StringType() = Field(str_length=2)
    marketing_consent: T.BooleanType() = Field()
    registered_at: T.TimestampType() = Field()
    source_position: T.LongType() = Field(description="how far the source's log was when it gave the row")
    source_order: T.LongType() = Field(nullable=True, description="the change's own place in that log")


@silver(
    contract=Customers,
    write=Upsert(sequence_by=("source_position", "source_order")),
    owner="team:platform",
    reads={"shop_customers": changes()},
    freshness=hours(26),
)
def customers(shop_customers: DataFrame) -> DataFrame:
    return shop_customers.select(
        F.col("id").alias("customer_id"),
        "email",
        "phone",
        "channel",
        "country",
        "marketing_consent",
        F.col("created_at").alias("registered_at"),
        F.col("_position").alias("source_position"),
        F.col("_order").alias("source_order"),
        "_change",
    )
