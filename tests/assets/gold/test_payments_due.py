from decimal import Decimal

import pytest

from assets.gold.payments_due import payments_due


@pytest.fixture(scope="module")
def found(spark):
    invoices = spark.sql("""
        SELECT *, concat('N-', vendor_invoice_id) AS invoice_number, 5L AS purchase_order_id,
            TIMESTAMP '2026-01-20 09:00:00' AS received_at FROM VALUES
        (1L, 7L, 100.00BD, DATE '2026-02-12', 'open'), (2L, 7L, 100.00BD, DATE '2026-03-12', 'open'),
        (3L, 7L, 100.00BD, DATE '2026-02-01', 'open'), (4L, 7L, 100.00BD, DATE '2026-02-10', 'open'),
        (5L, NULL, 100.00BD, DATE '2026-02-01', 'paid'), (6L, 7L, 100.00BD, DATE '2026-02-01', 'paid'),
        (7L, 7L, 100.00BD, DATE '2026-02-12', 'open'), (8L, 7L, 60.00BD, DATE '2026-02-12', 'open')
        AS (vendor_invoice_id, vendor_id, amount, due_on, status)
    """)
    matches = spark.sql("""
        SELECT * FROM VALUES (1L, 60.00BD, 60.00BD, 'matched'), (1L, 40.00BD, 40.00BD, 'matched'),
        (2L, 100.00BD, 100.00BD, 'matched'), (3L, 60.00BD, 60.00BD, 'matched'),
        (3L, 40.00BD, 30.00BD, 'price differs'), (4L, 100.00BD, 0.00BD, 'duplicate'),
        (5L, 100.00BD, 0.00BD, 'no order'), (6L, 100.00BD, 100.00BD, 'matched'),
        (7L, 90.00BD, 90.00BD, 'matched'), (8L, 60.00BD, 45.00BD, 'quantity differs')
        AS (vendor_invoice_id, amount, right_amount, verdict)
    """)
    payments = spark.sql("""
        SELECT * FROM VALUES (5L, 100.00BD), (6L, 70.00BD), (6L, 30.00BD), (8L, 20.00BD)
        AS (vendor_invoice_id, amount)
    """)
    vendors = spark.sql("SELECT 7L AS vendor_id, 'Alder Works' AS name")
    stock = spark.sql("SELECT DATE '2026-02-10' AS as_of")
    frame = payments_due(invoices, matches, payments, vendors, stock)
    assert frame.columns == list(payments_due.spec.column_names)
    rows = frame.collect()
    assert all(row.paid + row.to_pay <= max(row.right_amount, row.paid) for row in rows)
    return {row.vendor_invoice_id: row for row in rows}


@pytest.mark.parametrize(
    ("invoice", "expected"),
    [
        (1, ("matched", "pay", 100, "Order, delivery and invoice agree. It is due in 2 days.")),
        (2, ("matched", "wait", 0, "Order, delivery and invoice agree. It is due in 30 days.")),
        (
            3,
            (
                "price differs",
                "pay in part",
                90,
                "It bills another price than was agreed. Hold € 10.00; the rest was due 9 days ago.",
            ),
        ),
        (4, ("duplicate", "hold", 0, "It was billed before. Pay nothing until the vendor has explained it.")),
        (5, ("no order", "claim back", 0, "No purchase order belongs to it. Claim € 100.00 back.")),
        (6, ("matched", "settled", 0, "Order, delivery and invoice agree.")),
        (
            7,
            (
                "sum differs",
                "pay in part",
                90,
                "Its lines do not add up to its amount. Hold € 10.00; the rest is due in 2 days.",
            ),
        ),
        (
            8,
            (
                "quantity differs",
                "pay in part",
                25,
                "It bills other units than came and can be used. Hold € 15.00; the rest is due in 2 days.",
            ),
        ),
    ],
)
def test_an_invoice_is_paid_as_far_as_order_and_delivery_bear_it_out(found, invoice, expected):
    row = found[invoice]

    assert (row.verdict, row.action, row.to_pay, row.reason) == expected


def test_what_was_paid_beyond_what_is_right_is_told_whoever_billed_it(found):
    assert {key: row.overpaid for key, row in found.items() if row.overpaid} == {5: Decimal(100)}
    assert found[5].vendor == "a vendor dropped since"
    assert sum(row.matched for row in found.values()) == 3
