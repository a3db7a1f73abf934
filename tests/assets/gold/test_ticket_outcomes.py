import pytest

from assets.gold.ticket_outcomes import ticket_outcomes


@pytest.fixture(scope="module")
def outcomes(spark):
    """Customer 7 buys on the 1st (100) and 40 days after the resolution of 1; nothing is newer than April."""
    orders = spark.sql("""
        SELECT CAST(order_id AS LONG), CAST(customer_id AS LONG), CAST(total AS DECIMAL(12, 2)),
               CAST(placed_at AS TIMESTAMP)
        FROM VALUES (100, 7, 120.5, '2026-01-01'), (101, 7, 10, '2026-02-12'), (102, null, 50, '2026-01-01'),
        (103, 8, 30, '2026-04-01') AS (order_id, customer_id, total, placed_at)
    """)
    tickets = spark.sql("""
        SELECT CAST(ticket_id AS LONG), CAST(customer_id AS LONG), CAST(order_id AS LONG),
               'damaged' AS category,
               CAST(opened_at AS TIMESTAMP), CAST(resolved_at AS TIMESTAMP),
               (unix_timestamp(CAST(resolved_at AS TIMESTAMP)) -
                unix_timestamp(CAST(opened_at AS TIMESTAMP))) / 3600 AS hours_to_resolution
        FROM VALUES
        (1, 7, 100, '2026-01-03 10:00', '2026-01-03 10:30'),
        (2, 7, 101, '2026-02-13 10:00', '2026-02-13 12:00'),
        (3, 7, 101, '2026-02-13 10:00', null),
        (4, 8, null, '2026-02-13 10:00', '2026-02-13 10:10'),
        (5, 9, 102, '2026-02-13 10:00', '2026-02-13 10:10')
        AS (ticket_id, customer_id, order_id, opened_at, resolved_at)
    """)
    messages = spark.sql("""
        SELECT CAST(ticket_id AS LONG), written_by
        FROM VALUES (1, 'customer'), (1, 'agent'), (2, 'customer'), (2, 'agent'), (2, 'customer')
        AS (ticket_id, written_by)
    """)
    found = ticket_outcomes(tickets, messages, orders)
    assert found.columns == list(ticket_outcomes.spec.column_names)
    return {row.ticket_id: row for row in found.collect()}


def test_each_ticket_is_of_one_group(outcomes):
    assert {ticket: row.group for ticket, row in outcomes.items()} == {
        1: "resolved",
        2: "resolved",
        3: "unresolved",
        4: "about no order",
        5: "customer unknown",
    }


def test_a_purchase_counts_in_the_windows_that_it_falls_in(outcomes):
    first = outcomes[1]

    assert (first.bought_30, first.bought_60, first.within_hour) == (False, True, True)
    assert (float(first.order_value), first.earlier_orders, first.wrote_again) == (120.5, 0, False)


def test_a_window_that_is_not_over_is_unknown_and_not_without_a_purchase(outcomes):
    second = outcomes[2]

    assert (second.bought_30, second.bought_60) == (False, None)
    assert (second.earlier_orders, second.wrote_again, second.within_hour) == (1, True, False)


def test_tickets_that_nobody_can_follow_are_not_followed(outcomes):
    assert {outcomes[ticket].bought_30 for ticket in (3, 4, 5)} == {None}
