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
    source_position: T.LongType() = Field(description="where in the source's log the row was dumped")


@silver(
    contract=OrderLines,
    write=Upsert(sequence_by="source_position"),
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
        "_change",
    )
