"""The planner's spreadsheet of reorder points, as it is typed: every value a text."""

import pyspark.sql.types as T
from pyspark.sql import DataFrame

from lakehouse import Contract, Field, Workbooks, bronze, hours


class WarehouseReorderOverrides(Contract):
    """One row per product and week's file that lists it."""

    sku: T.StringType() = Field(key=True)
    product: T.StringType() = Field(nullable=True)
    vendor: T.StringType() = Field(nullable=True)
    reorder_point: T.StringType() = Field(nullable=True)
    rop_new: T.StringType() = Field(nullable=True, description="the reorder point, in files that call it so")
    order_up_to: T.StringType() = Field(nullable=True)
    hold_until: T.StringType() = Field(nullable=True)
    note: T.StringType() = Field(nullable=True)


@bronze(
    contract=WarehouseReorderOverrides,
    source=Workbooks(
        "warehouse",
        "reorder_overrides",
        sheet="Reorder",
        header="SKU",
        stale_after_hours=24 * 8,
        sparse=True,
    ),
    owner="team:supply-chain",
    freshness=hours(24 * 8),
)
def warehouse_reorder_overrides(sheet: DataFrame) -> DataFrame:
    return sheet
