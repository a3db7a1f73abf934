from decimal import Decimal

from assets.silver.payments import payments


def test_a_payment_keeps_its_order_if_it_has_one(spark):
    shop_payments = spark.sql("""
        SELECT *, 5L AS _order, 'upsert' AS _change, TIMESTAMP '2026-01-01 10:00:00' AS created_at FROM VALUES
        (1, 10, 'card', 'captured', 24.90BD, 100), (2, NULL, 'card', 'captured', 5.00BD, 100),
        (3, 11, 'invoice', 'pending', 7.00BD, 200)
        AS (id, order_id, method, status, amount, _position)
    """)

    found = payments(shop_payments)

    assert found.columns == [*payments.spec.column_names, "_change"]
    columns = ("payment_id", "order_id", "method", "status", "amount", "source_position")
    assert [tuple(row) for row in found.select(*columns).collect()] == [
        (1, 10, "card", "captured", Decimal("24.90"), 100),
        (2, None, "card", "captured", Decimal("5.00"), 100),
        (3, 11, "invoice", "pending", Decimal("7.00"), 200),
    ]
