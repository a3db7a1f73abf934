from assets.silver.message_shapes import message_shapes


def test_messages_are_counted_by_the_names_of_their_properties(spark):
    messages = spark.sql("""
        SELECT TIMESTAMP '2026-01-01 10:00:00' AS receivedAt, type, event, name, user_agent,
               release, properties
        FROM VALUES
        ('track', 'Product Viewed', null, 'Safari', '3.0.0', '{"product_id": "a", "price": 1}'),
        ('track', 'Product Viewed', null, 'Safari', '3.0.0', '{"price": 2, "product_id": "b"}'),
        ('page', null, 'Cart', 'Safari', '3.0.0', null),
        ('identify', null, null, null, null, 'not JSON')
        AS (type, event, name, user_agent, release, properties)
    """)

    found = message_shapes(messages)

    assert found.columns == list(message_shapes.spec.column_names)
    assert sorted(tuple(row)[1:] for row in found.collect()) == [
        ("identify", "", "server", "unknown", "", 1),
        ("page", "Cart", "browser", "3.0.0", "", 1),
        ("track", "Product Viewed", "browser", "3.0.0", "price,product_id", 2),
    ]
