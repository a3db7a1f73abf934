from assets.silver.stock_movements import stock_movements


def test_a_movement_keeps_its_direction_and_names_its_cause(spark):
    shop_stock_movements = spark.sql("""
        SELECT *, 5L AS _order, 9L AS product_id, 'upsert' AS _change, current_timestamp() AS moved_at,
               current_timestamp() AS created_at, current_timestamp() AS updated_at
        FROM VALUES
        (1L, 'receipt', 12, 5L, NULL, NULL, 100L),
        (2L, 'sale', -1, NULL, 8L, NULL, 100L),
        (3L, 'correction', -2, NULL, NULL, 'stock count', 100L),
        (4L, 'sale', 1, NULL, 8L, NULL, 100L),
        (5L, 'return', 1, NULL, NULL, NULL, 100L)
        AS (id, kind, quantity, goods_receipt_id, order_line_id, reason, _position)
    """)

    found = stock_movements(shop_stock_movements)

    assert found.columns == [*stock_movements.spec.column_names, "_change"]
    columns = ("stock_movement_id", "kind", "quantity", "goods_receipt_id", "order_line_id", "reason")
    assert [tuple(row) for row in found.select(*columns).collect()[:3]] == [
        (1, "receipt", 12, 5, None, None),
        (2, "sale", -1, None, 8, None),
        (3, "correction", -2, None, None, "stock count"),
    ]
    broken = {
        rule.name: [row.stock_movement_id for row in found.where(rule.broken()).collect()]
        for rule in stock_movements.spec.row_rules
        if rule.column is None
    }
    assert broken == {"goes_its_kinds_way": [4], "names_its_cause": [5]}
