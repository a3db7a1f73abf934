from datetime import datetime

from assets.silver.customers import customers
from assets.silver.customers_history import customers_history


def test_a_version_holds_from_the_dump_that_first_held_it(spark):
    shop_customers = spark.sql("""
        SELECT *, 5L AS _order,
               TIMESTAMP '2026-01-01 10:00:00' AS created_at, TIMESTAMP '2026-01-02' AS _extracted_at
        FROM VALUES
        (7, 'pseudonym 1', NULL, 'email', 'DE', true, 100, 'upsert'),
        (7, 'pseudonym 2', NULL, 'email', 'DE', false, 200, 'upsert'),
        (8, 'pseudonym 3', 'pseudonym 4', 'social', 'BE', true, 200, 'delete')
        AS (id, email, phone, channel, country, marketing_consent, _position, _change)
    """)

    found = customers_history(shop_customers)

    assert found.columns == [*customers_history.spec.column_names, "_change"]
    seen = datetime(2026, 1, 2)  # noqa: DTZ001 - the session speaks UTC
    columns = ("customer_id", "email", "source_position", "seen_at", "_change")
    assert [tuple(row) for row in found.select(*columns).collect()] == [
        (7, "pseudonym 1", 100, seen, "upsert"),
        (7, "pseudonym 2", 200, seen, "upsert"),
        (8, "pseudonym 3", 200, seen, "delete"),
    ]


def test_a_version_has_every_column_of_a_customer():
    assert set(customers.spec.column_names) == set(customers_history.spec.column_names) - {"seen_at"}
