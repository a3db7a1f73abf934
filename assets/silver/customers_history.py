"""Customers as they were at any time."""

import pyspark.sql.types as T
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse import Contract, Field, History, changes, hours, silver


class CustomersHistory(Contract):
    """One row per version of a customer, from valid_from to valid_to."""

    customer_id: T.LongType() = Field(key=True)
    email: T.StringType() = Field(description="a pseudonym")
    phone: T.StringType() = Field(nullable=True, description="a pseudonym")
    channel: T.StringType() = Field(description="where the registration came from")
    country: T.StringType() = Field(str_length=2)
    marketing_consent: T.BooleanType() = Field()
    registered_at: T.TimestampType() = Field()
    source_position: T.LongType() = Field(description="where in the source's log the row was dumped")
    seen_at: T.TimestampType() = Field(description="when the dump that first held the version was made")


@silver(
    contract=CustomersHistory,
    write=History(sequence_by="source_position", valid_at="seen_at"),
    owner="team:platform",
    reads={"shop_customers": changes()},
    freshness=hours(26),
)
def customers_history(shop_customers: DataFrame) -> DataFrame:
    return shop_customers.select(
        F.col("id").alias("customer_id"),
        "email",
        "phone",
        "channel",
        "country",
        "marketing_consent",
        F.col("created_at").alias("registered_at"),
        F.col("_position").alias("source_position"),
        F.col("_extracted_at").alias("seen_at"),
        "_change",
    )
