from datetime import datetime

from assets.silver.customers import customers


def test_a_customer_is_known_by_pseudonyms_and_registered_when_created(spark):
    shop_customers = spark.sql("""
        SELECT *, 5L AS _order,
               TIMESTAMP '2026-01-01 10:00:00' AS created_at, TIMESTAMP '2026-01-02' AS _extracted_at
        FROM VALUES
        (7, 'pseudonym 1', NULL, 'email', 'DE', true, 100, 'upsert'),
        (7, 'pseudonym 2', NULL, 'email', 'DE', false, 200, 'upsert'),
        (8, 'pseudonym 3', 'pseudonym 4', 'social', 'BE', true, 200, 'delete')
        AS (id, email, phone, channel, country, marketing_consent, _position, _change)
    """)

    found = customers(shop_customers)

    assert found.columns == [*customers.spec.column_names, "_change"]
    registered = datetime(2026, 1, 1, 10)  # noqa: DTZ001 - the session speaks UTC
    assert [tuple(row) for row in found.collect()] == [
        (7, "pseudonym 1", None, "email", "DE", True, registered, 100, 5, "upsert"),
        (7, "pseudonym 2", None, "email", "DE", False, registered, 200, 5, "upsert"),
        (8, "pseudonym 3", "pseudonym 4", "social", "BE", True, registered, 200, 5, "delete"),
    ]
