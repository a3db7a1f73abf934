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
    price: T.DecimalType(12, 2) = Field(gt=0)
    cost: T.DecimalType(12, 2) = Field(gt=0)
    active: T.BooleanType() = Field()
    source_position: T.LongType() = Field(description="where in the source's log the row was dumped")

    @rule(on_fail="warn")
    def sold_above_cost(cls) -> Column:
        """The price covers the cost."""
        return F.col("price") >= F.col("cost")


@silver(
    contract=Products,
    write=Upsert(sequence_by="source_position"),
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
        "price",
        "cost",
        "active",
        F.col("_position").alias("source_position"),
        "_change",
    )
