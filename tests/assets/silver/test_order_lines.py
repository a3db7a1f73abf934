from decimal import Decimal

from assets.silver.order_lines import order_lines


def test_a_line_keeps_its_order_product_quantity_and_price(spark):
    shop_order_lines = spark.sql("""
        SELECT *, 5L AS _order, 'upsert' AS _change, current_timestamp() AS created_at FROM VALUES
        (1, 10, 5, 2, 9.50BD, 100), (2, 10, 6, -1, 3.00BD, 100), (3, 11, 5, 1, 9.50BD, 200)
        AS (id, order_id, product_id, quantity, unit_price, _position)
    """)

    found = order_lines(shop_order_lines)

    assert found.columns == [*order_lines.spec.column_names, "_change"]
    assert [tuple(row) for row in found.drop("_change").collect()] == [
        (1, 10, 5, 2, Decimal("9.50"), 100, 5),
        (2, 10, 6, -1, Decimal("3.00"), 100, 5),
        (3, 11, 5, 1, Decimal("9.50"), 200, 5),
    ]
