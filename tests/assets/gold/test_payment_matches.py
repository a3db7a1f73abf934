from decimal import Decimal

import pytest

from assets.gold.payment_matches import payment_matches


@pytest.fixture(scope="module")
def found(spark):
    """Ten units were ordered at 4 euros; nine came and can be used. Every invoice bills them another way."""
    lines = spark.sql("""
        SELECT * FROM VALUES
        (1L, 1L, 11L, 9, 4.00BD), (2L, 2L, 12L, 9, 4.50BD), (3L, 3L, 13L, 10, 4.00BD),
        (4L, 4L, NULL, 1, 80.00BD), (5L, 5L, 11L, 9, 4.00BD),
        (6L, 6L, 16L, 9, 4.00BD), (7L, 7L, 17L, 9, 3.00BD),
        (8L, 8L, 99L, 9, 4.00BD)
        AS (vendor_invoice_line_id, vendor_invoice_id, purchase_order_line_id, quantity, unit_price)
    """)
    invoices = spark.sql("""
        SELECT *, 7L AS vendor_id, timestamp_seconds(vendor_invoice_id) AS received_at FROM VALUES
        (1L, 'N-1', 1L, 'DN-1'), (2L, 'N-2', 2L, 'DN-2'), (3L, 'N-3', 3L, 'DN-3'), (4L, 'N-4', NULL, NULL),
        (5L, 'N-1', 1L, 'DN-1'), (6L, 'N-6', 6L, 'DN-6'), (7L, 'N-7', 7L, 'DN-7'), (8L, 'N-8', 8L, 'DN-8')
        AS (vendor_invoice_id, invoice_number, purchase_order_id, delivery_note)
    """)
    ordered = spark.sql("""
        SELECT id AS purchase_order_line_id, 10 AS quantity, 4.00BD AS unit_cost FROM range(11, 18)
    """)
    receipts = spark.sql("""
        SELECT id AS purchase_order_line_id, concat('DN-', id - 10) AS delivery_note, 9 AS accepted
        FROM range(11, 18) WHERE id <> 16 UNION ALL SELECT 16L, 'DN-another', 9
    """)
    frame = payment_matches(invoices, lines, ordered, receipts)
    assert frame.columns == list(payment_matches.spec.column_names)
    return {row.vendor_invoice_id: row for row in frame.collect()}


@pytest.mark.parametrize(
    ("invoice", "verdict", "right"),
    [
        (1, "matched", 36),
        (2, "price differs", 36),
        (3, "quantity differs", 36),
        (4, "no order", 0),
        (5, "duplicate", 0),
        (6, "not received", 0),
        (7, "price differs", 27),  # the vendor bills too little: that is what it is owed
        (8, "no order", 0),
    ],
)
def test_a_line_is_held_against_its_order_and_its_delivery(found, invoice, verdict, right):
    assert (found[invoice].verdict, found[invoice].right_amount) == (verdict, Decimal(right))
