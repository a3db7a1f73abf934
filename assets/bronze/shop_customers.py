"""The shop's customers, dumped whole."""

import pyspark.sql.types as T
from pyspark.sql import DataFrame

from lakehouse import Contract, Field, FullDumps, bronze, hours


class ShopCustomers(Contract):
    """One row per customer and change between two dumps."""

    id: T.LongType() = Field(key=True)
    email: T.StringType() = Field(pii="email", str_matches=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")
    full_name: T.StringType() = Field(pii="name", protect="drop")
    phone: T.StringType() = Field(pii="phone", nullable=True)
    channel: T.StringType() = Field()
    country: T.StringType() = Field()
    birth_date: T.DateType() = Field(pii="birth date", protect="drop", nullable=True)
    marketing_consent: T.BooleanType() = Field()
    created_at: T.TimestampType() = Field()
    updated_at: T.TimestampType() = Field()


@bronze(
    contract=ShopCustomers,
    source=FullDumps("shop", "customers", stale_after_hours=26),
    owner="team:platform",
    freshness=hours(26),
)
def shop_customers(dump: DataFrame) -> DataFrame:
    return dump
