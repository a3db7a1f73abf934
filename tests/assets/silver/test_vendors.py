from decimal import Decimal

from assets.silver.vendors import vendors


def test_a_vendor_keeps_what_it_promises_and_a_dropped_one_is_deleted(spark):
    shop_vendors = spark.sql("""
        SELECT *, 5L AS _order,
               'DE' AS country, current_timestamp() AS created_at, current_timestamp() AS updated_at
        FROM VALUES
        (1L, 'Kowalski & Sons', 6, 30, 250.00BD, 100L, 'upsert'),
        (2L, NULL, NULL, NULL, NULL, 200L, 'delete')
        AS (id, name, lead_days, terms_days, minimum_order, _position, _change)
    """)

    found = vendors(shop_vendors)

    assert found.columns == [*vendors.spec.column_names, "_change"]
    columns = ("vendor_id", "name", "lead_days", "terms_days", "minimum_order", "source_position", "_change")
    assert [tuple(row) for row in found.select(*columns).collect()] == [
        (1, "Kowalski & Sons", 6, 30, Decimal("250.00"), 100, "upsert"),
        (2, None, None, None, None, 200, "delete"),
    ]
