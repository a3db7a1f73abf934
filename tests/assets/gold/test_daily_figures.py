from decimal import Decimal

from assets.gold.daily_figures import daily_figures


def test_a_day_that_is_over_is_shown_with_its_figures(spark):
    business = spark.sql("""
        SELECT CAST(day AS DATE), 3L AS sessions, 2L AS orders, 9.5BD AS revenue, 1L AS new_customers,
               TIMESTAMP '2026-01-02 05:00:00' AS _transformed_at
        FROM VALUES ('2026-01-01'), ('2026-01-02') AS (day)
    """)
    spend = spark.sql("""
        SELECT DATE '2026-01-01' AS day, CAST(spend AS DECIMAL(12, 2)),
               CAST(at AS TIMESTAMP) AS _transformed_at
        FROM VALUES (1.5, '2026-01-02 05:00'), (2, '2026-01-03 05:00') AS (spend, at)
    """)

    found = daily_figures(business, spend)

    assert found.columns == list(daily_figures.spec.column_names)
    rows = {row.figure: row for row in found.collect()}
    assert {str(row.day) for row in rows.values()} == {"2026-01-01"}
    assert {name: row.value for name, row in rows.items()} == {
        "sessions": 3,
        "orders": 2,
        "revenue": Decimal("9.5"),
        "new_customers": 1,
        "ad_spend": Decimal("3.5"),
    }
    assert rows["ad_spend"].shown_at.day == 3
