"""The ledger of the stock: the units of a product add up to what is on its shelf."""

import pyspark.sql.types as T
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lakehouse import Contract, Field, Upsert, changes, hours, rule, silver


class StockMovements(Contract):
    """One row per movement: the latest version."""

    stock_movement_id: T.LongType() = Field(key=True)
    product_id: T.LongType() = Field()
    kind: T.StringType() = Field(isin=["receipt", "sale", "return", "correction"])
    quantity: T.IntegerType() = Field(description="units; negative for what leaves")
    goods_receipt_id: T.LongType() = Field(nullable=True, description="of a receipt")
    order_line_id: T.LongType() = Field(nullable=True, description="of a sale or a return")
    reason: T.StringType() = Field(nullable=True, description="of a correction")
    moved_at: T.TimestampType() = Field()
    source_position: T.LongType() = Field(description="how far the source's log was when it gave the row")
    source_order: T.LongType() = Field(nullable=True, description="the change's own place in that log")

    @rule()
    def goes_its_kinds_way(cls) -> Column:
        """Receipts and returns come, sales leave."""
        return F.when(F.col("kind") == "sale", F.col("quantity") < 0).when(
            F.col("kind").isin("receipt", "return"), F.col("quantity") > 0
        )

    @rule(on_fail="warn")
    def names_its_cause(cls) -> Column:
        """A receipt names its goods receipt, a sale and a return their order line."""
        return F.when(F.col("kind") == "receipt", F.col("goods_receipt_id").isNotNull()).when(
            F.col("kind").isin("sale", "return"), F.col("order_line_id").isNotNull()
        )


@silver(
    contract=StockMovements,
    write=Upsert(sequence_by=("source_position", "source_order")),
    owner="team:supply-chain",
    reads={"shop_stock_movements": changes()},
    freshness=hours(26),
)
def stock_movements(shop_stock_movements: DataFrame) -> DataFrame:
    return shop_stock_movements.select(
        F.col("id").alias("stock_movement_id"),
        "product_id",
        "kind",
        "quantity",
        "goods_receipt_id",
        "order_line_id",
        "reason",
        "moved_at",
        F.col("_position").alias("source_position"),
        F.col("_order").alias("source_order"),
        "_change",
    )
