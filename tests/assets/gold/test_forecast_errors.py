from datetime import date

from assets.gold.forecast_errors import forecast_errors


def test_a_forecast_is_held_against_what_came_and_against_simpler_ways(spark):
    daily_stock = spark.sql("""
        SELECT 1L AS product_id, day,
            CAST(CASE day WHEN DATE '2026-01-05' THEN 6 WHEN DATE '2026-01-12' THEN 10
                WHEN DATE '2026-01-19' THEN 12 ELSE 0 END AS LONG) AS asked
        FROM (SELECT explode(sequence(DATE '2026-01-05', DATE '2026-01-26')) AS day)
    """)
    forecasts = spark.sql("""
        SELECT 1L AS product_id, DATE '2026-01-19' AS made_on, week, weeks_ahead, 9.0D AS units, 4.0D AS low,
            11.0D AS high
        FROM VALUES (DATE '2026-01-19', 1), (DATE '2026-01-26', 2) AS (week, weeks_ahead)
    """)

    found = forecast_errors(forecasts, daily_stock)

    assert found.columns == list(forecast_errors.spec.column_names)
    (row,) = found.collect()  # the week that is running has no error yet
    assert (row.week, row.weeks_ahead, row.units) == (date(2026, 1, 19), 1, 12)
    assert (row.forecast, row.same_again, row.two_weeks) == (9.0, 10.0, 8.0)
    assert (row.forecast_error, row.same_again_error, row.two_weeks_error) == (3.0, 2.0, 4.0)
    assert (row.bias, row.within) == (-3.0, 0)
