"""What was bought with each order."""

import pyspark.sql.types as T
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse import Contract, Field, Upsert, changes, hours, silver


class OrderLines(Contract):
    """One row per order line: the latest version."""

    order_line_id: T.LongType() = Field(key=True)
    order_id: T.LongType() = Field()
    product_id: T.LongType() = Field()
    quantity: T.IntegerType() = Field(gt=0)
    unit_price: T.DecimalType(12, 2) = Field(gt=0)
    source_position: T.LongType() = Field(description="how far the source's log was when it gave the row")
    source_order: T.LongType() = Field(nullable=True, description="the change's own place in that log")


@silver(
    contract=OrderLines,
    write=Upsert(sequence_by=("source_position", "source_order")),
    owner="team:platform",
    reads={"shop_order_lines": changes()},
    freshness=hours(26),
)
def order_lines(shop_order_lines: DataFrame) -> DataFrame:
    return shop_order_lines.select(
        F.col("id").alias("order_line_id"),
        "order_id",
        "product_id",
        "quantity",
        "unit_price",
        F.col("_position").alias("source_position"),
        F.col("_order").alias("source_order"),
        "_change",
    )
