import pytest

from assets.gold.feature_adoption import feature_adoption


def test_use_is_counted_by_the_event_that_was_promised_for_it(spark):
    releases = spark.sql("""
        SELECT CAST(id AS LONG) AS release_id, 'shop_front' AS component, version, version AS title,
               'team:checkout' AS owner, TIMESTAMP '2026-01-02 10:00:00' AS released_at, feature, tracked_by,
               CAST(0.5 AS DECIMAL(5, 4)) AS planned_adoption
        FROM VALUES (1, '3.1.0', 'wish_list', 'Wished'), (2, '3.2.0', 'saved_card', 'Paid'),
        (3, '3.3.0', 'start_page', 'Landing'), (4, '3.4.0', null, null), (5, '41.0', 'gift', null)
        AS (id, version, feature, tracked_by)
    """)
    plan = spark.sql("""
        SELECT 'Paid' AS event, 'saved_card' AS property, false AS required, 'saved_card' AS feature
    """)
    events = spark.sql("""
        SELECT event, anonymous_id, false AS is_bot, CAST(occurred_at AS TIMESTAMP), other_properties
        FROM VALUES
        ('Paid', 'a', '2026-01-03', '{"saved_card":"true"}'), ('Paid', 'b', '2026-01-03', null),
        ('Paid', 'c', '2026-01-01', '{"saved_card":"true"}'), ('Landing', 'a', '2026-01-03', null),
        ('Landing', 'a', '2026-01-04', null) AS (event, anonymous_id, occurred_at, other_properties)
    """)
    sessions = spark.sql("""
        SELECT anonymous_id, false AS is_bot, CAST(started_at AS TIMESTAMP) FROM VALUES
        ('a', '2026-01-03'), ('b', '2026-01-03'), ('c', '2026-01-01'), ('d', '2026-01-05'),
        ('e', '2026-01-05')
        AS (anonymous_id, started_at)
    """)

    found = feature_adoption(releases, plan, events, sessions)

    assert found.columns == list(feature_adoption.spec.column_names)
    rows = {row.version: (row.visitors, row.users, row.adoption, row.verdict) for row in found.collect()}
    assert rows == {
        "3.1.0": (4, 0, None, "never seen"),
        "3.2.0": (2, 1, pytest.approx(0.5), "used"),
        "3.3.0": (4, 1, pytest.approx(0.25), "used"),
        "3.4.0": (4, 0, None, "no feature"),
        "41.0": (4, 0, None, "no event planned"),
    }
