from datetime import datetime
from decimal import Decimal

from assets.silver.orders import orders


def test_an_order_keeps_what_was_dumped_and_where_it_stood_in_the_log(spark):
    shop_orders = spark.sql("""
        SELECT *, 5L AS _order, 7 AS address_id, 'EUR' AS currency, 'upsert' AS _change FROM VALUES
        (1, 7, 'paid', 'email', 'SPRING', 4.90BD, 24.90BD, TIMESTAMP '2026-01-01 10:00:00', 100),
        (1, 7, 'shipped', 'email', 'SPRING', 4.90BD, 24.90BD, TIMESTAMP '2026-01-01 10:00:00', 200),
        (2, NULL, 'placed', 'direct', NULL, 0.00BD, -60.00BD, TIMESTAMP '2026-01-02 10:00:00', 200)
        AS (id, customer_id, status, channel, coupon, shipping, total, placed_at, _position)
    """).selectExpr("*", "placed_at AS updated_at")

    found = orders(shop_orders)

    assert found.columns == [*orders.spec.column_names, "_change"]
    kept = found.select(
        "order_id", "customer_id", "status", "total", "placed_at", "source_position"
    ).collect()
    first = datetime(2026, 1, 1, 10)  # noqa: DTZ001 - the session speaks UTC
    assert [tuple(row) for row in kept[:2]] == [
        (1, 7, "paid", Decimal("24.90"), first, 100),
        (1, 7, "shipped", Decimal("24.90"), first, 200),
    ]
    assert (kept[2].customer_id, kept[2].total) == (None, Decimal("-60.00"))
