from decimal import Decimal

from assets.silver.vendor_invoice_lines import vendor_invoice_lines


def test_a_line_keeps_what_is_billed_and_of_which_order_if_of_any(spark):
    shop_vendor_invoice_lines = spark.sql("""
        SELECT *, 5L AS _order,
               'upsert' AS _change, current_timestamp() AS created_at, current_timestamp() AS updated_at
        FROM VALUES (1L, 2L, 7L, 12, 3.25BD, 100L), (2L, 3L, NULL, 1, 600.00BD, 100L)
        AS (id, vendor_invoice_id, purchase_order_line_id, quantity, unit_price, _position)
    """)

    found = vendor_invoice_lines(shop_vendor_invoice_lines)

    assert found.columns == [*vendor_invoice_lines.spec.column_names, "_change"]
    assert [tuple(row) for row in found.collect()] == [
        (1, 2, 7, 12, Decimal("3.25"), 100, 5, "upsert"),
        (2, 3, None, 1, Decimal("600.00"), 100, 5, "upsert"),
    ]
