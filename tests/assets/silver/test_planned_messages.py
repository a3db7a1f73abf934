from assets.silver.planned_messages import planned_messages


def test_an_entry_of_the_plan_keeps_its_feature_and_its_place_in_the_source(spark):
    plan = spark.sql("""
        SELECT 'track' AS call, 'Cart Viewed' AS name, 'browser' AS sent_by, 'cart_id' AS property,
               'string' AS property_type, true AS required, 'stored_cart' AS feature,
               CAST(7 AS LONG) AS _position, 'upsert' AS _change
    """)

    (row,) = planned_messages(plan).collect()

    assert (row.event, row.property, row.feature, row.source_position) == (
        "Cart Viewed",
        "cart_id",
        "stored_cart",
        7,
    )
