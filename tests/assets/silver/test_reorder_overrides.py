from datetime import date
from decimal import Decimal

import pyspark.sql.types as T

from assets.silver.reorder_overrides import reorder_overrides
from lakehouse.writing.align import align


def test_what_hands_typed_becomes_numbers_and_days_and_what_is_none_is_kept_to_be_set_aside(spark):
    rows = [
        ("SKU-1", "12.5", None, "43", "2026-05-09", "warehouse/reorder_overrides/2026-W18.xlsx"),
        ("SKU-2", "12,5", None, "43", "9.5.2026", "warehouse/reorder_overrides/2026-W01.xlsx"),
        ("SKU-3", None, "1.012,5", "43", None, "warehouse/reorder_overrides/2020-W53.xlsx"),
        ("SKU-4", "a few", None, "43", "soon", "warehouse/reorder_overrides/2026-W18 (Tess).xlsx"),
    ]
    names = "sku string, reorder_point string, rop_new string, order_up_to string, hold_until string"
    sheet = spark.createDataFrame(rows, f"{names}, _file string").selectExpr(
        "*", "NULL AS note", "5L AS _position"
    )

    aligned = align(reorder_overrides(sheet), reorder_overrides)

    assert {"reorder_point", "order_up_to", "hold_until"} <= set(aligned.cast)
    assert aligned.frame.schema["reorder_point"].dataType == T.DecimalType(12, 2)
    found = aligned.frame.select("week", "sku", "reorder_point", "hold_until", "__raw__reorder_point")
    assert [tuple(row) for row in found.collect()] == [
        (date(2026, 4, 27), "SKU-1", Decimal("12.50"), date(2026, 5, 9), "12.5"),
        (date(2025, 12, 29), "SKU-2", Decimal("12.50"), date(2026, 5, 9), "12.5"),
        (date(2020, 12, 28), "SKU-3", Decimal("1012.50"), None, "1012.5"),
        (date(2026, 4, 27), "SKU-4", None, None, "a few"),
    ]
