import pytest

from assets.gold.confirmation_back_button import confirmation_back_button, following_checkouts


@pytest.fixture(scope="module")
def orders(spark):
    return spark.sql("SELECT * FROM VALUES (1, 'paid'), (2, 'placed'), (3, 'returned') AS (order_id, status)")


@pytest.fixture(scope="module")
def sessions(spark):
    """7 goes back, orders in vain, then again; 8 does not go back; 9 orders what silver does not know."""
    return spark.sql("""
        SELECT CAST(number AS STRING) AS session_id, CAST(customer_id AS LONG), false AS is_bot,
               TIMESTAMP '2026-01-01 00:00:00' + make_interval(0, 0, 0, number) AS started_at,
               'phone' AS device, 'iOS' AS os, '3.1.0' AS release, began AS began_checkout,
               order_id IS NOT NULL AS ordered, back AS went_back, CAST(order_id AS INT) AS order_id
        FROM VALUES
        (1, 7, true, 1, true), (2, 7, false, null, false), (3, 7, true, 2, false), (4, 7, true, 3, false),
        (1, 8, true, 1, false), (5, 8, true, null, false), (6, 8, true, 3, false),
        (1, 9, true, 1, true), (7, 9, true, 4, false),
        (20, 9, true, 1, false)
        AS (number, customer_id, began, order_id, back)
    """)


def test_a_checkout_follows_the_newest_order_whatever_was_broken_off_in_between(sessions, orders):
    found = following_checkouts(sessions, orders)

    assert sorted(tuple(row)[3:] for row in found.collect()) == [
        (False, False, False),  # of 8: nothing ordered
        (False, True, True),  # of 7: the third checkout
        (False, True, True),  # of 8: the one after that
        (True, True, False),  # of 7: the second, right after Back, was never paid for
    ]


def test_the_loss_is_counted_for_each_device_and_for_all(sessions, orders):
    found = confirmation_back_button(sessions, orders)

    assert found.columns == list(confirmation_back_button.spec.column_names)
    rows = {row.device: row for row in found.collect()}
    assert set(rows) == {"all", "phone"}
    every = rows["all"]
    assert (every.checkouts, every.ordered, every.paid) == (1, 1, 0)
    assert (every.other_checkouts, every.other_ordered, every.other_paid) == (3, 2, 2)
    assert (every.paid_share, every.expected_share, every.lost_orders) == (0, 2 / 3, 2 / 3)
    assert every.lost_low < 0 < every.lost_high
