import pytest

from assets.gold.vendor_lead_times import vendor_lead_times


def test_a_vendor_is_as_late_as_its_settled_orders_and_few_of_them_lean_on_all(spark):
    vendors = spark.sql("""
        SELECT *, 9 AS lead_days, 250.00BD AS minimum_order
        FROM VALUES (1L, 'Alder'), (2L, 'Birch'), (3L, 'Cedar') AS (vendor_id, name)
    """)
    deliveries = spark.sql("""
        SELECT 1L AS vendor_id, 'received' AS status, DATE '2026-01-05' AS promised_on,
            CAST(id % 2 * 8 AS INT) AS days_late, CAST(id % 2 AS INT) AS late FROM range(20)
        UNION ALL SELECT 2L, 'closed_short', DATE '2026-01-05', 9, 1
        UNION ALL SELECT 2L, 'received', DATE '2026-02-05', 0, 0
        UNION ALL SELECT NULL, 'received', DATE '2026-01-05', 4, 1
    """).selectExpr("*", "DATE '2026-02-10' AS as_of")

    found = vendor_lead_times(vendors, deliveries)

    assert found.columns == list(vendor_lead_times.spec.column_names)
    alder, birch, cedar = found.orderBy("vendor_id").collect()
    assert (alder.orders, alder.late_orders, alder.days_late) == (20, 10, 4.0)
    assert alder.days_late_low < 4 < alder.days_late_high
    of_all = (20 * 4 + 9 + 4) / 22
    assert alder.lead_days == pytest.approx(9 + (20 * 4 + 5 * of_all) / 25)
    assert (birch.orders, birch.days_late, birch.days_late_low, birch.short_orders) == (1, 9.0, None, 1)
    assert birch.lead_days == pytest.approx(9 + (9 + 5 * of_all) / 6)
    assert (cedar.orders, cedar.days_late) == (0, None)
    assert cedar.lead_days == pytest.approx(9 + of_all)
