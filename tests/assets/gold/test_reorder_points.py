from datetime import date

import pytest

from assets.gold.reorder_points import reorder_points

# Tuesday: what is forecast for the week that is running counts for five of its days.
AS_OF = date(2026, 2, 10)


@pytest.fixture(scope="module")
def points(spark):
    stock = spark.sql(f"""
        SELECT *, DATE '{AS_OF}' AS as_of FROM VALUES
        (1L, 'A-1', 7L, 0L), (2L, 'B-1', 7L, 0L), (3L, 'C-1', 7L, 28L), (4L, 'D-1', NULL, 5L),
        (5L, 'E-1', 8L, 0L) AS (product_id, sku, vendor_id, sold)
    """)
    vendors = spark.sql("""
        SELECT * FROM VALUES (7L, 9.5D, 0.0D), (8L, 9.5D, 4.0D) AS (vendor_id, lead_days, lead_deviation)
    """)
    forecasts = spark.sql("""
        SELECT *, true AS newest FROM VALUES
        (1L, DATE '2026-02-09', 14.0D, 2.0D), (1L, DATE '2026-02-16', 21.0D, 2.0D),
        (1L, DATE '2026-02-23', 70.0D, 2.0D), (2L, DATE '2026-02-16', 7.0D, 1.0D),
        (5L, DATE '2026-02-09', 14.0D, 2.0D), (5L, DATE '2026-02-16', 21.0D, 2.0D),
        (5L, DATE '2026-02-23', 70.0D, 2.0D)
        AS (product_id, week, units, dispersion)
        UNION ALL SELECT 1L, DATE '2026-02-16', 999.0D, 9.0D, false
    """)
    return lambda overrides: {
        row.product_id: row for row in reorder_points(stock, vendors, forecasts, overrides).collect()
    }


@pytest.fixture(scope="module")
def found(points, spark):
    return points(
        spark.sql("""
            SELECT *, 'ask Tess' AS note FROM VALUES
            (DATE '2026-02-02', 'A-1', 99.00BD, 120, DATE '2027-01-01'),
            (DATE '2026-02-09', 'B-1', 12.50BD, 40, DATE '2026-02-20'),
            (DATE '2026-02-09', 'C-1', 3.00BD, 20, DATE '2026-02-10')
            AS (week, sku, reorder_point, order_up_to, hold_until)
        """)
    )


def test_what_sells_until_a_delivery_is_here_is_expected(found):
    ball = found[1]

    assert ball.days == 14  # 9.5 days of lead time and 4 until the next day of ordering
    assert ball.expected == pytest.approx(14 * 5 / 7 + 21 + 70 * 2 / 7)
    assert ball.expected < ball.computed_point < 2 * ball.expected
    assert ball.safety_stock == pytest.approx(ball.computed_point - ball.expected)
    assert found[2].expected == pytest.approx(7)


def test_a_vendor_that_is_now_early_now_late_asks_for_more_stock(found):
    assert found[5].computed_point > found[1].computed_point


def test_without_a_forecast_it_is_expected_to_sell_as_lately(found):
    assert found[3].expected == 14


def test_a_product_without_vendor_has_no_point(found):
    assert set(found) == {1, 2, 3, 5}


def test_the_newest_sheet_goes_before_what_is_computed(found):
    ball, kite, rope = (found[number] for number in (1, 2, 3))

    assert (ball.sheet_point, ball.point, ball.held) == (None, ball.computed_point, False)
    assert (kite.point, kite.up_to, kite.held, kite.sheet_note) == (12, 40, True, "ask Tess")
    assert (rope.point, rope.held) == (3, False)  # its hold ends today


def test_a_sheet_that_nobody_renewed_says_nothing(points, spark):
    old = spark.sql("""
        SELECT DATE '2026-01-26' AS week, 'B-1' AS sku, 12.50BD AS reorder_point, 40 AS order_up_to,
            DATE '2026-12-31' AS hold_until, '' AS note
    """)

    kite = points(old)[2]

    assert (kite.sheet_point, kite.held, kite.point) == (None, False, kite.computed_point)
