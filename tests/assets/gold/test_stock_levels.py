from datetime import date
from decimal import Decimal

from assets.gold.stock_levels import stock_levels


def test_a_product_has_what_is_there_less_what_is_owed_and_what_comes(spark):
    daily = spark.sql("""
        SELECT * FROM VALUES
        (1L, DATE '2026-01-01', 99L, 50L, 0L, 1), (1L, DATE '2026-02-09', 14L, 20L, 8L, 1),
        (1L, DATE '2026-02-10', 0L, 15L, 8L, 0), (2L, DATE '2026-02-10', 0L, 4L, 0L, 0),
        (3L, DATE '2026-02-10', 1L, 0L, 1L, 1)
        AS (product_id, day, asked, on_hand, owed, out_of_stock)
    """)
    products = spark.sql("""
        SELECT *, 'toys' AS category, 7L AS vendor_id, true AS active, 9.00BD AS price, 4.00BD AS cost
        FROM VALUES (1L, 'A-1', 'Ball'), (2L, 'B-1', 'Kite'), (4L, 'D-1', 'Top') AS (product_id, sku, name)
    """)
    coming = spark.sql("""
        SELECT * FROM VALUES (1L, 6L, DATE '2026-02-12'), (1L, 4L, DATE '2026-02-08')
        AS (product_id, outstanding, promised_on)
    """)

    found = stock_levels(daily, products, coming)

    assert found.columns == list(stock_levels.spec.column_names)
    ball, kite = found.orderBy("product_id").collect()  # what is no product, or was never there, has no row
    assert (ball.on_hand, ball.owed, ball.on_order, ball.position) == (15, 8, 10, 17)
    assert (ball.as_of, ball.next_promised_on) == (date(2026, 2, 10), date(2026, 2, 8))
    assert (ball.sold, ball.last_asked_on, ball.days_out) == (14, date(2026, 2, 9), 1)
    assert (ball.days_of_cover, ball.value) == (14.0, Decimal("60.00"))
    assert (kite.on_order, kite.days_of_cover, kite.last_asked_on) == (0, None, None)
