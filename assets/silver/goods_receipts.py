"""What came of purchase orders."""

import pyspark.sql.types as T
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse import Contract, Field, References, Upsert, changes, hours, silver, whole


class GoodsReceipts(Contract):
    """One row per purchase order line and delivery: the latest version."""

    goods_receipt_id: T.LongType() = Field(key=True)
    purchase_order_line_id: T.LongType() = Field()
    delivery_note: T.StringType() = Field(description="the paper in the box; invoices name it")
    quantity: T.IntegerType() = Field(gt=0, description="units that came")
    damaged: T.IntegerType() = Field(ge=0, description="and those of them that cannot be used")
    accepted: T.IntegerType() = Field(ge=0, description="units that came and can be used")
    received_at: T.TimestampType() = Field()
    source_position: T.LongType() = Field(description="how far the source's log was when it gave the row")
    source_order: T.LongType() = Field(nullable=True, description="the change's own place in that log")

    __rules__ = (
        References(
            column="purchase_order_line_id", to="purchase_order_lines", to_column="purchase_order_line_id"
        ),
    )


@silver(
    contract=GoodsReceipts,
    write=Upsert(sequence_by=("source_position", "source_order")),
    owner="team:supply-chain",
    reads={"shop_goods_receipts": changes(), "purchase_order_lines": whole(triggers=False)},
    freshness=hours(24 * 8),
)
def goods_receipts(shop_goods_receipts: DataFrame, purchase_order_lines: DataFrame) -> DataFrame:  # noqa: ARG001 - the rule looks into it
    return shop_goods_receipts.select(
        F.col("id").alias("goods_receipt_id"),
        "purchase_order_line_id",
        "delivery_note",
        "quantity",
        "damaged",
        (F.col("quantity") - F.col("damaged")).alias("accepted"),
        "received_at",
        F.col("_position").alias("source_position"),
        F.col("_order").alias("source_order"),
        "_change",
    )
