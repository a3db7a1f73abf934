from datetime import date
from decimal import Decimal

from assets.gold.daily_sales import daily_sales


def test_a_day_counts_every_order_and_keeps_the_revenue_that_was_not_returned(spark):
    orders = spark.sql("""
        SELECT * FROM VALUES
        ('email', 'paid', CAST(24.90 AS DECIMAL(12, 2)), TIMESTAMP '2026-01-01 00:00:00'),
        ('email', 'returned', CAST(10.10 AS DECIMAL(12, 2)), TIMESTAMP '2026-01-01 23:59:59'),
        ('email', 'placed', CAST(5.00 AS DECIMAL(12, 2)), TIMESTAMP '2026-01-02 00:00:00')
        AS (channel, status, total, placed_at)
    """)

    found = daily_sales(orders)

    assert found.columns == list(daily_sales.spec.column_names)
    assert [tuple(row) for row in found.orderBy("day").collect()] == [
        (date(2026, 1, 1), "email", 2, 1, Decimal("35.00"), Decimal("24.90")),
        (date(2026, 1, 2), "email", 1, 0, Decimal("5.00"), Decimal("5.00")),
    ]
    assert found.schema["revenue"].dataType == daily_sales.spec.column("revenue").type
    assert found.schema["revenue_kept"].dataType == daily_sales.spec.column("revenue_kept").type
