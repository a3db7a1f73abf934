from decimal import Decimal

from assets.silver.vendor_invoices import vendor_invoices


def test_an_invoice_is_kept_as_it_was_sent_twice_or_without_an_order(spark):
    shop_vendor_invoices = spark.sql("""
        SELECT *, 5L AS _order, 3L AS vendor_id, 'upsert' AS _change, DATE '2026-06-02' AS invoiced_on,
               current_timestamp() AS received_at, current_timestamp() AS created_at,
               current_timestamp() AS updated_at, 100L AS _position
        FROM VALUES
        (1L, 4L, 'DN-000004-1', '003-0000001', DATE '2026-07-02', 39.00BD, 'paid'),
        (2L, 4L, 'DN-000004-1', '003-0000001', DATE '2026-07-02', 39.00BD, 'open'),
        (3L, NULL, NULL, '003-S000001', DATE '2026-06-01', 600.00BD, 'open')
        AS (id, purchase_order_id, delivery_note, invoice_number, due_on, amount, status)
    """)

    found = vendor_invoices(shop_vendor_invoices)

    assert found.columns == [*vendor_invoices.spec.column_names, "_change"]
    columns = ("vendor_invoice_id", "purchase_order_id", "invoice_number", "amount", "status")
    assert [tuple(row) for row in found.select(*columns).collect()] == [
        (1, 4, "003-0000001", Decimal("39.00"), "paid"),
        (2, 4, "003-0000001", Decimal("39.00"), "open"),
        (3, None, "003-S000001", Decimal("600.00"), "open"),
    ]
    broken = {
        (rule.name, str(rule.severity)): [
            row.vendor_invoice_id for row in found.where(rule.broken()).collect()
        ]
        for rule in vendor_invoices.spec.row_rules
        if rule.column is None
    }
    assert broken == {("due_after_invoiced", "quarantine"): [3], ("names_an_order", "warn"): [3]}
