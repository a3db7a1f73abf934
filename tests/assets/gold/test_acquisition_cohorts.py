from datetime import date

from assets.gold.acquisition_cohorts import acquisition_cohorts


def test_a_cohort_has_its_buyers_and_revenue_by_each_month_that_its_youngest_has_lived(spark):
    customer_acquisitions = spark.sql("""
        SELECT CAST(id AS LONG) AS customer_id, channel, CAST(registered AS TIMESTAMP) AS registered_at,
               CAST(first AS LONG) AS first_order_id, TIMESTAMP '2026-03-31 00:00:00' AS measured_until
        FROM VALUES (1, 'search', '2026-01-01 00:00:00', 11), (2, 'search', '2026-01-30 00:00:00', 12),
                    (3, 'social', '2026-01-20 00:00:00', null), (4, 'search', '2026-03-02 00:00:00', 14)
        AS (id, channel, registered, first)
    """)
    orders = spark.sql("""
        SELECT CAST(id AS LONG) AS order_id, CAST(customer AS LONG) AS customer_id,
               CAST(total AS DECIMAL(12, 2)) AS total, CAST(at AS TIMESTAMP) AS placed_at
        FROM VALUES (11, 1, 10, '2026-01-05 00:00:00'), (15, 1, 4, '2026-01-31 00:00:00'),
                    (12, 2, 20, '2026-03-29 00:00:00'), (16, 1, 99, '2026-03-30 00:00:00'),
                    (14, 4, 50, '2026-03-03 00:00:00')
        AS (id, customer, total, at)
    """)
    campaign_costs = spark.sql("""
        SELECT DATE '2026-01-01' AS month, channel, CAST(spend AS DECIMAL(14, 2)) AS spend
        FROM VALUES ('search', 6), ('search', 2), ('social', null), (null, 70) AS (channel, spend)
    """)

    found = acquisition_cohorts(customer_acquisitions, orders, campaign_costs)

    assert found.columns == list(acquisition_cohorts.spec.column_names)
    january = date(2026, 1, 1)
    assert [tuple(row) for row in found.orderBy("channel", "month", "months_since").collect()] == [
        (january, "search", 1, 2, 1, 10, 8),
        (january, "search", 2, 2, 2, 34, 8),
        (january, "social", 1, 1, 0, 0, None),
        (january, "social", 2, 1, 0, 0, None),
    ]
