from decimal import Decimal

from assets.silver.purchase_order_lines import purchase_order_lines


def test_a_line_keeps_its_order_product_and_agreed_cost(spark):
    shop_purchase_order_lines = spark.sql("""
        SELECT *, 5L AS _order,
               'upsert' AS _change, current_timestamp() AS created_at, current_timestamp() AS updated_at
        FROM VALUES (1L, 4L, 9L, 12, 3.25BD, 100L)
        AS (id, purchase_order_id, product_id, quantity, unit_cost, _position)
    """)

    found = purchase_order_lines(shop_purchase_order_lines)

    assert found.columns == [*purchase_order_lines.spec.column_names, "_change"]
    assert [tuple(row) for row in found.collect()] == [(1, 4, 9, 12, Decimal("3.25"), 100, 5, "upsert")]
