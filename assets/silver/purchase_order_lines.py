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
    source_position: T.LongType() = Field(description="where in the source's log the row was dumped")


@silver(
    contract=PurchaseOrderLines,
    write=Upsert(sequence_by="source_position"),
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
        "_change",
    )
