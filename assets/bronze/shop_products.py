"""The shop's goods, dumped whole."""

import pyspark.sql.types as T
from pyspark.sql import DataFrame

from lakehouse import Contract, Field, FullDumps, bronze, hours


class ShopProducts(Contract):
    """One row per product and change between two dumps."""

    id: T.LongType() = Field(key=True)
    sku: T.StringType() = Field()
    name: T.StringType() = Field()
    category: T.StringType() = Field()
    vendor_id: T.LongType() = Field(nullable=True)
    description: T.StringType() = Field(nullable=True)
    price: T.DecimalType(12, 2) = Field()
    cost: T.DecimalType(12, 2) = Field()
    active: T.BooleanType() = Field()
    created_at: T.TimestampType() = Field()
    updated_at: T.TimestampType() = Field()


@bronze(
    contract=ShopProducts,
    source=FullDumps("shop", "products", stale_after_hours=26),
    owner="team:platform",
    freshness=hours(26),
)
def shop_products(dump: DataFrame) -> DataFrame:
    return dump
