from assets.silver.goods_receipts import goods_receipts


def test_what_can_be_used_is_what_came_less_the_damaged(spark):
    shop_goods_receipts = spark.sql("""
        SELECT *, 5L AS _order,
               'upsert' AS _change, current_timestamp() AS received_at, current_timestamp() AS created_at,
               current_timestamp() AS updated_at
        FROM VALUES (1L, 7L, 'DN-000004-1', 12, 2, 100L), (2L, 7L, 'DN-000004-2', 6, 0, 200L)
        AS (id, purchase_order_line_id, delivery_note, quantity, damaged, _position)
    """)

    found = goods_receipts(shop_goods_receipts, shop_goods_receipts)

    assert found.columns == [*goods_receipts.spec.column_names, "_change"]
    columns = (
        "goods_receipt_id",
        "purchase_order_line_id",
        "delivery_note",
        "quantity",
        "damaged",
        "accepted",
    )
    assert [tuple(row) for row in found.select(*columns).collect()] == [
        (1, 7, "DN-000004-1", 12, 2, 10),
        (2, 7, "DN-000004-2", 6, 0, 6),
    ]


def test_a_receipt_of_an_unknown_line_is_warned_of():
    (reference,) = goods_receipts.batch_rules
    assert (reference.name, reference.on_fail) == (
        "purchase_order_line_id__references_purchase_order_lines",
        "warn",
    )
