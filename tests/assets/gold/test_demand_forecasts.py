from datetime import date, timedelta

import pytest

from assets.gold.demand_forecasts import AHEAD, demand_forecasts, whole_weeks

FIRST, RUNNING = date(2026, 1, 5), date(2026, 2, 9)  # Mondays, five weeks apart


@pytest.fixture(scope="module")
def daily_stock(spark):
    """Of 40 units a week the ball has 10, but 70 in the last whole week; 99 on the day that is running."""
    return spark.sql(f"""
        SELECT product_id, day, CAST(CASE WHEN day = DATE '{RUNNING}' THEN 99
            WHEN dayofweek(day) <> 2 THEN 0 WHEN product_id = 2 THEN 30
            WHEN day = DATE '{RUNNING}' - INTERVAL 7 DAYS THEN 70 ELSE 10 END AS LONG) AS asked
        FROM (SELECT explode(sequence(DATE '{FIRST}' - INTERVAL 2 DAYS, DATE '{RUNNING}')) AS day)
        CROSS JOIN VALUES (1L), (2L) AS (product_id)
    """)


def test_weeks_that_are_not_seen_whole_are_left_out(daily_stock):
    weeks = whole_weeks(daily_stock).where("product_id = 1").orderBy("week").collect()

    assert [row.units for row in weeks] == [10, 10, 10, 10, 70]
    assert weeks[0].week == FIRST


def test_a_forecast_knows_the_weeks_before_it_and_no_other(daily_stock):
    found = demand_forecasts(daily_stock)

    assert found.columns == list(demand_forecasts.spec.column_names)
    rows = {(row.product_id, row.made_on, row.weeks_ahead): row for row in found.collect()}
    mondays = [FIRST + timedelta(weeks=number) for number in (3, 4, 5)]
    assert {key[1] for key in rows} == set(mondays)
    assert len(rows) == 2 * 3 * AHEAD
    before, after = rows[1, mondays[1], 2], rows[1, RUNNING, 1]
    assert before.week == RUNNING
    assert before.units == pytest.approx(10)
    assert before.low < 10 < before.high
    assert after.units > 15
    assert {row.made_on for row in rows.values() if row.newest} == {RUNNING}
