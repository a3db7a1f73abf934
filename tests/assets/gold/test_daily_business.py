from datetime import date
from decimal import Decimal

from assets.gold.daily_business import daily_business


def test_a_day_counts_people_orders_and_money_wherever_one_of_them_is(spark):
    sessions = spark.sql("""
        SELECT * FROM VALUES
        (TIMESTAMP '2026-06-01 10:00:00', 'a', false), (TIMESTAMP '2026-06-01 12:00:00', 'a', false),
        (TIMESTAMP '2026-06-01 12:00:00', 'bot', true) AS (started_at, anonymous_id, is_bot)
    """)
    orders = spark.sql("""
        SELECT * FROM VALUES
        (TIMESTAMP '2026-06-01 23:59:59', 20.50BD), (TIMESTAMP '2026-06-02 00:00:00', 9.50BD)
        AS (placed_at, total)
    """)
    customers = spark.sql("SELECT TIMESTAMP '2026-06-03 08:00:00' AS registered_at")

    found = daily_business(sessions, orders, customers)

    assert found.columns == list(daily_business.spec.column_names)
    assert sorted(tuple(row) for row in found.collect()) == [
        (date(2026, 6, 1), 2, 1, 1, Decimal("20.50"), 0),
        (date(2026, 6, 2), 0, 0, 1, Decimal("9.50"), 0),
        (date(2026, 6, 3), 0, 0, 0, Decimal("0.00"), 1),
    ]
