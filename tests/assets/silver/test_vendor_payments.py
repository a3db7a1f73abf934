from datetime import datetime
from decimal import Decimal

from assets.silver.vendor_payments import vendor_payments


def test_a_payment_keeps_its_invoice_and_amount(spark):
    shop_vendor_payments = spark.sql("""
        SELECT *, 5L AS _order, 'upsert' AS _change, paid_at AS created_at, paid_at AS updated_at
        FROM VALUES (1L, 2L, 39.00BD, TIMESTAMP '2026-07-01 09:00:00', 100L)
        AS (id, vendor_invoice_id, amount, paid_at, _position)
    """)

    found = vendor_payments(shop_vendor_payments, shop_vendor_payments)

    assert found.columns == [*vendor_payments.spec.column_names, "_change"]
    paid_at = datetime(2026, 7, 1, 9)  # noqa: DTZ001 - the session speaks UTC
    assert [tuple(row) for row in found.collect()] == [(1, 2, Decimal("39.00"), paid_at, 100, 5, "upsert")]


def test_a_payment_for_an_unknown_invoice_is_warned_of():
    (reference,) = vendor_payments.batch_rules
    assert (reference.name, reference.on_fail) == ("vendor_invoice_id__references_vendor_invoices", "warn")
