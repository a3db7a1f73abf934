from assets.gold.vendor_deliveries import vendor_deliveries


def test_an_order_is_as_late_as_its_first_delivery_or_as_it_is_today(spark):
    orders = spark.sql("""
        SELECT *, 7L AS vendor_id, TIMESTAMP '2026-01-01 16:00:00' AS ordered_at FROM VALUES
        (1L, 'received', DATE '2026-01-05'), (2L, 'part_received', DATE '2026-01-05'),
        (3L, 'ordered', DATE '2026-01-05'), (4L, 'ordered', DATE '2026-01-20'),
        (5L, 'received', DATE '2026-01-20') AS (purchase_order_id, status, promised_on)
    """)
    lines = spark.sql("""
        SELECT id * 10 AS purchase_order_line_id, id AS purchase_order_id, 5 AS quantity, 2.00BD AS unit_cost
        FROM range(1, 6)
    """)
    receipts = spark.sql("""
        SELECT * FROM VALUES (10L, 5, 1, TIMESTAMP '2026-01-05 08:00:00'),
        (20L, 3, 0, TIMESTAMP '2026-01-08 08:00:00'), (20L, 1, 0, TIMESTAMP '2026-01-09 08:00:00'),
        (50L, 5, 0, TIMESTAMP '2026-01-10 08:00:00')
        AS (purchase_order_line_id, quantity, damaged, received_at)
    """)
    stock = spark.sql("SELECT DATE '2026-01-11' AS day")

    found = vendor_deliveries(orders, lines, receipts, stock)

    assert found.columns == list(vendor_deliveries.spec.column_names)
    rows = {row.purchase_order_id: row for row in found.collect()}
    assert {order: (row.days_late, row.due, row.late) for order, row in rows.items()} == {
        1: (0, 1, 0),
        2: (3, 1, 1),
        3: (6, 1, 1),
        4: (None, 0, 0),
        5: (0, 0, 0),
    }
    assert [(row.received, row.damaged) for row in (rows[1], rows[2], rows[3])] == [(5, 1), (4, 0), (0, 0)]
