from datetime import date

from assets.silver.purchase_orders import purchase_orders


def test_a_purchase_order_stays_without_the_vendor_that_was_dropped(spark):
    shop_purchase_orders = spark.sql("""
        SELECT *, 5L AS _order,
               'upsert' AS _change, ordered_at AS created_at, ordered_at AS updated_at FROM VALUES
        (1L, 3L, 'ordered', TIMESTAMP '2026-06-01 10:00:00', DATE '2026-06-07', 100L),
        (1L, NULL, 'received', TIMESTAMP '2026-06-01 10:00:00', DATE '2026-06-07', 200L),
        (2L, 3L, 'ordered', TIMESTAMP '2026-06-01 10:00:00', DATE '2026-05-31', 200L)
        AS (id, vendor_id, status, ordered_at, promised, _position)
    """)

    found = purchase_orders(shop_purchase_orders)

    assert found.columns == [*purchase_orders.spec.column_names, "_change"]
    columns = ("purchase_order_id", "vendor_id", "status", "promised_on", "source_position")
    assert [tuple(row) for row in found.select(*columns).collect()] == [
        (1, 3, "ordered", date(2026, 6, 7), 100),
        (1, None, "received", date(2026, 6, 7), 200),
        (2, 3, "ordered", date(2026, 5, 31), 200),
    ]
    (rule,) = [each for each in purchase_orders.spec.row_rules if each.name == "promised_after_ordered"]
    assert [row.purchase_order_id for row in found.where(rule.broken()).collect()] == [2]
