from datetime import date

from assets.gold.daily_checkout_funnel import daily_checkout_funnel


def test_each_step_counts_the_visits_in_which_it_was_taken_and_no_bots(spark):
    sessions = spark.sql("""
        SELECT DATE '2026-01-01' AS day, 'phone' AS device, 'iOS' AS os, browser, '3.1.0' AS release, is_bot,
               true AS viewed_product, added AS added_product, added AS began_checkout,
               added AS gave_shipping, added AS gave_payment, ordered, lost_cart, went_back
        FROM VALUES
        ('Safari', false, true, true, false, true),
        ('Safari', false, true, false, true, false),
        ('Safari', true, true, true, false, true),
        (null, false, false, false, false, false)
        AS (browser, is_bot, added, ordered, lost_cart, went_back)
    """)

    found = daily_checkout_funnel(sessions)

    assert found.columns == list(daily_checkout_funnel.spec.column_names)
    day = date(2026, 1, 1)
    assert [tuple(row) for row in found.orderBy("browser").collect()] == [
        (day, "phone", "iOS", "Safari", "3.1.0", 2, 2, 2, 2, 2, 2, 1, 1, 1),
        (day, "phone", "iOS", "unknown", "3.1.0", 1, 1, 0, 0, 0, 0, 0, 0, 0),
    ]
