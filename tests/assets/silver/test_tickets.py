from datetime import date, datetime

from assets.silver.tickets import tickets


def test_a_ticket_says_how_long_the_first_reply_and_the_resolution_took(spark):
    said = (
        '[{"at":"2026-05-01T10:00:00+00:00","author":"customer"},'
        '{"at":"2026-05-01T10:30:00+00:00","author":"agent:Bo"},'
        '{"at":"2026-05-01T10:59:59.999999+00:00","author":"agent:Bo"}]'
    )
    help_desk_tickets = spark.sql(f"""
        SELECT *, 7L AS customer_id, 'payment' AS category, TIMESTAMP '2026-05-01 10:00:00' AS created_at,
               TIMESTAMP '2026-05-01 10:59:59' AS updated_at,
               'help_desk/tickets/2026-05-01.jsonl' AS _file
        FROM VALUES
        (1L, 9L, 'solved', TIMESTAMP '2026-05-01 10:59:59.999999', '{said}'),
        (2L, NULL, 'new', NULL, '[{{"at":"2026-05-01T10:00:00+00:00","author":"customer"}}]'),
        (3L, NULL, 'solved', NULL, '[]')
        AS (id, order_id, status, solved_at, conversation)
    """)

    found = tickets(help_desk_tickets)

    assert found.columns == list(tickets.spec.column_names)
    first, second, third = found.collect()
    assert (first.ticket_id, first.order_id, first.messages, first.exported_on) == (
        1, 9, 3, date(2026, 5, 1)
    )  # fmt: skip
    assert first.first_reply_at == datetime(2026, 5, 1, 10, 30)  # noqa: DTZ001 - the session speaks UTC
    assert first.hours_to_first_reply == 0.5
    assert 0.9999 < first.hours_to_resolution < 1
    assert (second.first_reply_at, second.hours_to_first_reply, second.hours_to_resolution) == (
        None, None, None
    )  # fmt: skip
    (rule,) = [each for each in tickets.spec.row_rules if each.name == "solved_means_resolved"]
    assert [row.ticket_id for row in found.where(rule.broken()).collect()] == [third.ticket_id]
