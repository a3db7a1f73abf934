"""The goods that the shop sells."""

import pyspark.sql.types as T
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lakehouse import Contract, Field, Upsert, changes, hours, rule, silver


class Products(Contract):
    """One row per product: the latest version."""

    product_id: T.LongType() = Field(key=True)
    sku: T.StringType() = Field()
    name: T.StringType() = Field()
    category: T.StringType() = Field()
    vendor_id: T.LongType() = Field(nullable=True, description="who supplies it now")
    description: T.StringType() = Field(nullable=True)
    price: T.DecimalType(12, 2) = Field(gt=0)
    cost: T.DecimalType(12, 2) = Field(gt=0)
    active: T.BooleanType() = Field()
    source_position: T.LongType() = Field(description="how far the source's log was when it gave the row")
    source_order: T.LongType() = Field(nullable=True, description="the change's own place in that log")

    @rule(on_fail="warn")
    def sold_above_cost(cls) -> Column:
        """The price covers the cost."""
        return F.col("price") >= F.col("cost")


@silver(
    contract=Products,
    write=Upsert(sequence_by=("source_position", "source_order")),
    owner="team:platform",
    reads={"shop_products": changes()},
    freshness=hours(26),
)
def products(shop_products: DataFrame) -> DataFrame:
    return shop_products.select(
        F.col("id").alias("product_id"),
        "sku",
        "name",
        "category",
        "vendor_id",
        "description",
        "price",
        "cost",
        "active",
        F.col("_position").alias("source_position"),
        F.col("_order").alias("source_order"),
        "_change",
    )
