"""What each purchase order asks for."""

import pyspark.sql.types as T
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse import Contract, Field, Upsert, changes, hours, silver


class PurchaseOrderLines(Contract):
    """One row per purchase order line: the latest version."""

    purchase_order_line_id: T.LongType() = Field(key=True)
    purchase_order_id: T.LongType() = Field()
    product_id: T.LongType() = Field()
    quantity: T.IntegerType() = Field(gt=0)
    unit_cost: T.DecimalType(12, 2) = Field(gt=0, description="as agreed with the vendor")
    source_position: T.LongType() = Field(description="how far the source's log was when it gave the row")
    source_order: T.LongType() = Field(nullable=True, description="the change's own place in that log")


@silver(
    contract=PurchaseOrderLines,
    write=Upsert(sequence_by=("source_position", "source_order")),
    owner="team:supply-chain",
    reads={"shop_purchase_order_lines": changes()},
    freshness=hours(24 * 8),
)
def purchase_order_lines(shop_purchase_order_lines: DataFrame) -> DataFrame:
    return shop_purchase_order_lines.select(
        F.col("id").alias("purchase_order_line_id"),
        "purchase_order_id",
        "product_id",
        "quantity",
        "unit_cost",
        F.col("_position").alias("source_position"),
        F.col("_order").alias("source_order"),
        "_change",
    )
