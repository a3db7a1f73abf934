from assets.silver.addresses import addresses


def test_an_address_is_no_more_than_city_and_country(spark):
    shop_addresses = spark.sql("""
        SELECT *, 5L AS _order, TIMESTAMP '2026-01-01 10:00:00' AS created_at FROM VALUES
        (1, 7, 'Main Street 1', 'Bonn', '53111', 'DE', 100, 'upsert'),
        (2, 7, 'Main Street 2', 'Ghent', '9000', 'BE', 200, 'upsert'),
        (3, 8, 'High Street 3', 'Bath', 'BA1', 'GB', 200, 'delete')
        AS (id, customer_id, line1, city, postal_code, country, _position, _change)
    """)

    found = addresses(shop_addresses)

    assert found.columns == [*addresses.spec.column_names, "_change"]
    assert [tuple(row) for row in found.drop("created_at").collect()] == [
        (1, 7, "Bonn", "DE", 100, 5, "upsert"),
        (2, 7, "Ghent", "BE", 200, 5, "upsert"),
        (3, 8, "Bath", "GB", 200, 5, "delete"),
    ]
