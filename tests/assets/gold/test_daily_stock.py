from datetime import date

import pytest

from assets.gold.daily_stock import daily_stock

FIRST, SECOND, THIRD = (date(2026, 1, day) for day in (1, 2, 3))


@pytest.fixture(scope="module")
def found(spark):
    """The ball is asked for twice and paid for; a third order is not paid for. The kite lies there."""
    movements = spark.sql("""
        SELECT * FROM VALUES
        (1L, 'correction', 5, NULL, TIMESTAMP '2026-01-01 00:00:00'),
        (1L, 'sale', -2, 11L, TIMESTAMP '2026-01-02 10:00:00'),
        (1L, 'receipt', 4, NULL, TIMESTAMP '2026-01-03 08:00:00'),
        (2L, 'correction', 1, NULL, TIMESTAMP '2026-01-02 20:00:00')
        AS (product_id, kind, quantity, order_line_id, moved_at)
    """)
    lines = spark.sql(
        "SELECT * FROM VALUES (11L, 1L, 1L, 2), (12L, 2L, 1L, 4), (13L, 3L, 1L, 9)"
        " AS (order_line_id, order_id, product_id, quantity)"
    )
    orders = spark.sql("""
        SELECT * FROM VALUES (1L, TIMESTAMP '2026-01-01 09:00:00'), (2L, TIMESTAMP '2026-01-03 06:00:00'),
        (3L, TIMESTAMP '2026-01-01 09:00:00') AS (order_id, placed_at)
    """)
    payments = spark.sql(
        "SELECT * FROM VALUES (1L, 'captured'), (2L, 'pending'), (2L, 'refunded'), (3L, 'failed')"
        " AS (order_id, status)"
    )
    frame = daily_stock(movements, lines, orders, payments)
    assert frame.columns == list(daily_stock.spec.column_names)
    return {(row.product_id, row.day): row for row in frame.collect()}


def test_the_shelf_is_the_sum_of_its_movements_on_every_day(found):
    assert {key: row.on_hand for key, row in found.items()} == {
        (1, FIRST): 5,
        (1, SECOND): 3,
        (1, THIRD): 7,
        (2, SECOND): 1,
        (2, THIRD): 1,
    }


def test_demand_is_what_is_ordered_and_paid_for_and_owed_until_it_is_sent(found):
    ball = [found[1, day] for day in (FIRST, SECOND, THIRD)]

    assert [row.asked for row in ball] == [2, 0, 4]
    assert [row.owed for row in ball] == [2, 0, 4]
    assert [row.shipped for row in ball] == [0, 2, 0]


def test_goods_that_come_during_a_day_cannot_be_sent_on_it(found):
    assert [found[1, day].missing for day in (FIRST, SECOND, THIRD)] == [0, 0, 1]
    assert sum(row.out_of_stock for row in found.values()) == 1
