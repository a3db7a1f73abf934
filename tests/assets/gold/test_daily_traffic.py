from assets.gold.daily_traffic import daily_traffic


def test_visits_are_counted_by_where_they_come_from_and_whether_the_shop_knew_them(spark):
    sessions = spark.sql("""
        SELECT DATE '2026-01-01' AS day, is_bot, utm_campaign, landing_path, referrer,
               CAST(customer_id AS LONG), signup_step > 0 AS began_signup, signup_step,
               signup_step = 4 AS signed_up, ordered
        FROM VALUES
        (false, 'weekly', '/', null, 7, 0, true), (false, null, '/letter', null, null, 2, false),
        (false, null, '/', 'https://www.google.com/', 8, 4, false), (false, null, '/', '', null, 0, false),
        (true, null, '/', null, null, 0, false)
        AS (is_bot, utm_campaign, landing_path, referrer, customer_id, signup_step, ordered)
    """)

    found = daily_traffic(sessions)

    assert found.columns == list(daily_traffic.spec.column_names)
    assert sorted(tuple(row)[1:] for row in found.collect()) == [
        ("direct", False, 1, 0, 0, 0),
        ("letter page", False, 1, 1, 0, 0),
        ("weekly", True, 1, 0, 0, 1),
        ("www.google.com", False, 1, 1, 1, 0),
    ]
