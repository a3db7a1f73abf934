from datetime import date

from assets.gold.daily_registration_funnel import daily_registration_funnel


def test_the_address_is_asked_of_those_who_gave_details_and_were_not_let_through(spark):
    sessions = spark.sql("""
        SELECT DATE '2026-01-01' AS day, 'phone' AS device, '3.1.0' AS release, is_bot, customer_id,
               began AS began_signup, CAST(step AS INT) AS signup_step, done AS signed_up
        FROM VALUES
        (false, null, false, 0, false),
        (false, null, true, 0, false),
        (false, null, true, 2, false),
        (false, 7, true, 3, true),
        (false, 8, true, 2, true),
        (false, null, false, 1, false),
        (false, 9, false, 0, false),
        (true, null, true, 3, true)
        AS (is_bot, customer_id, began, step, done)
    """)

    found = daily_registration_funnel(sessions)

    assert found.columns == list(daily_registration_funnel.spec.column_names)
    landed, began, sign_up, details, asked, address, done, without = 6, 5, 4, 3, 2, 1, 2, 1
    assert [tuple(row) for row in found.collect()] == [
        (date(2026, 1, 1), "phone", "3.1.0", landed, began, sign_up, details, asked, address, done, without)
    ]
