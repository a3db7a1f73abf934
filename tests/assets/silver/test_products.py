from decimal import Decimal

from assets.silver.products import products


def shop_products(spark):
    return spark.sql("""
        SELECT *, 5L AS _order, 'toys' AS category, 3L AS vendor_id, 'long text' AS description,
            current_timestamp() AS created_at
        FROM VALUES
        (1, 'A-1', 'Ball', 9.50BD, 4.00BD, true, 100, 'upsert'),
        (2, 'B-1', 'Kite', -3.00BD, 1.00BD, true, 100, 'upsert'),
        (3, 'C-1', 'Rope', 2.00BD, 2.50BD, false, 200, 'delete')
        AS (id, sku, name, price, cost, active, _position, _change)
    """)


def test_a_product_keeps_its_name_price_and_cost(spark):
    found = products(shop_products(spark))

    assert found.columns == [*products.spec.column_names, "_change"]
    columns = ("product_id", "sku", "price", "active", "source_position", "_change")
    assert [tuple(row) for row in found.select(*columns).collect()] == [
        (1, "A-1", Decimal("9.50"), True, 100, "upsert"),
        (2, "B-1", Decimal("-3.00"), True, 100, "upsert"),
        (3, "C-1", Decimal("2.00"), False, 200, "delete"),
    ]


def test_a_price_below_cost_is_warned_of(spark):
    (warned,) = [rule for rule in products.spec.row_rules if rule.name == "sold_above_cost"]
    below = products(shop_products(spark)).where(warned.broken()).collect()
    assert warned.severity == "warn"
    assert [row.product_id for row in below] == [2, 3]
