from decimal import Decimal

from assets.gold.open_purchases import open_purchases


def test_what_has_not_come_of_open_orders_is_still_to_come(spark):
    orders = spark.sql("""
        SELECT *, DATE '2026-01-09' AS promised_on, TIMESTAMP '2026-01-01 16:00:00' AS ordered_at
        FROM VALUES (1L, 7L, 'part_received'), (2L, 7L, 'closed_short'), (3L, 7L, 'ordered')
        AS (purchase_order_id, vendor_id, status)
    """)
    lines = spark.sql("""
        SELECT *, 2.50BD AS unit_cost FROM VALUES (11L, 1L, 1L, 10), (12L, 1L, 2L, 6), (21L, 2L, 1L, 8),
        (31L, 3L, 1L, 12) AS (purchase_order_line_id, purchase_order_id, product_id, quantity)
    """)
    receipts = spark.sql(
        "SELECT * FROM VALUES (11L, 5), (11L, 1), (12L, 6), (21L, 4) AS (purchase_order_line_id, quantity)"
    )

    found = open_purchases(orders, lines, receipts)

    assert found.columns == list(open_purchases.spec.column_names)
    told = {row.purchase_order_line_id: (row.outstanding, row.value) for row in found.collect()}
    assert told == {11: (4, Decimal("10.00")), 31: (12, Decimal("30.00"))}
