from datetime import date

import pytest

from assets.gold.tracking_gaps import tracking_gaps


@pytest.fixture(scope="module")
def gaps(spark):
    plan = spark.sql("""
        SELECT call, event, 'browser' AS sent_by, property, required, feature FROM VALUES
        ('track', 'Viewed', 'product_id', true, null), ('track', 'Viewed', 'price', true, null),
        ('track', 'Viewed', 'colour', false, null), ('track', 'Wished', 'product_id', true, 'wish_list'),
        ('track', 'Gifted', '', true, 'gift'), ('page', 'Cart', '', true, null),
        ('identify', '', 'email', true, null)
        AS (call, event, property, required, feature)
    """)
    shapes = spark.sql("""
        SELECT CAST(day AS DATE), call, event, 'browser' AS sent_by, properties, CAST(messages AS LONG)
        FROM VALUES
        ('2026-03-01', 'track', 'Viewed', 'price,product_id', 10),
        ('2026-03-09', 'track', 'Viewed', 'price,product_id', 10),
        ('2026-03-10', 'track', 'Viewed', 'price,product_id', 2),
        ('2026-03-10', 'track', 'Viewed', 'price', 8),
        ('2026-03-20', 'track', 'Viewed', 'price', 9), ('2026-03-20', 'page', 'Cart', '', 3)
        AS (day, call, event, properties, messages)
    """)
    releases = spark.sql("""
        SELECT version, 'shop_front' AS component, feature, CAST(released_at AS TIMESTAMP) FROM VALUES
        ('3.1.0', 'wish_list', '2026-03-02 10:00'), ('3.2.0', null, '2026-03-10 10:00'),
        ('3.3.0', null, '2026-03-15 10:00') AS (version, feature, released_at)
    """)
    found = tracking_gaps(plan, shapes, releases)
    assert found.columns == list(tracking_gaps.spec.column_names)
    return {(row.event, row.property): row for row in found.collect()}


def test_what_somebody_forgot_to_build_in_never_arrives(gaps):
    wished = gaps["Wished", "product_id"]

    assert (wished.verdict, wished.feature, wished.ever) == ("never arrives", "wish_list", 0)


def test_a_property_that_was_renamed_stops_arriving_with_the_release_that_did_it(gaps):
    renamed = gaps["Viewed", "product_id"]

    assert (renamed.verdict, renamed.messages, renamed.with_property) == ("stopped arriving", 9, 0)
    assert (renamed.last_kept, renamed.since_release) == (date(2026, 3, 9), "3.2.0")


def test_what_comes_arrives_and_what_may_be_left_out_is_not_judged(gaps):
    assert {key: row.verdict for key, row in gaps.items() if row.event != "Wished"} == {
        ("Viewed", "product_id"): "stopped arriving",
        ("Viewed", "price"): "arrives",
        ("Viewed", "colour"): "nothing to judge",
        ("Gifted", ""): "nothing to judge",
        ("Cart", ""): "arrives",
        ("", "email"): "nothing to judge",
    }
