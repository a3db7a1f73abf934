from datetime import date

from assets.gold.daily_new_customers import daily_new_customers


def test_a_customer_is_new_on_the_day_and_in_the_channel_of_registration(spark):
    customers = spark.sql("""
        SELECT * FROM VALUES
        ('email', TIMESTAMP '2026-01-01 00:00:00'),
        ('email', TIMESTAMP '2026-01-01 23:59:59'),
        ('social', TIMESTAMP '2026-01-02 00:00:00')
        AS (channel, registered_at)
    """)

    found = daily_new_customers(customers)

    assert found.columns == list(daily_new_customers.spec.column_names)
    assert [tuple(row) for row in found.orderBy("day").collect()] == [
        (date(2026, 1, 1), "email", 2),
        (date(2026, 1, 2), "social", 1),
    ]
