import json

import pytest

from assets.bronze.help_desk_tickets import help_desk_tickets
from lakehouse.trust.privacy import protect

AT = "2026-05-01T10:00:00+00:00"


@pytest.fixture(scope="module")
def tickets(spark):
    texts = [
        (1, "Ada Byron-King", "Hello,\nada@x.example writes.\n+49 171 1234567\nKind regards, Ada Byron-King"),
        (2, "Ada Byron-King", 'BYRON-KING here. ada  byron-king! Adam is "no" part of it; nor is Canada.'),
        (3, "J. A. (Jo) O\\E[", "jo? (jo) O\\E[ x"),
        (4, None, "Nobody's name."),
    ]
    rows = [
        (
            number,
            json.dumps({"customer_id": 70 + number, "name": name, "email": "ada@x.example"}),
            json.dumps([{"at": AT, "author": "customer", "text": text}]),
        )
        for number, name, text in texts
    ]
    rows.append((5, None, "not a list"))
    return help_desk_tickets(spark.createDataFrame(rows, "id int, requester string, messages string"))


def test_the_requesters_name_and_addresses_are_taken_out_of_what_was_written(tickets):
    said = {
        row.id: json.loads(row.conversation)[0]["text"]
        for row in tickets.where("conversation IS NOT NULL").collect()
    }

    assert said == {
        1: "Hello, [email] writes. [phone] Kind regards, [name]",
        2: '[name] here. [name]! Adam is "no" part of it; nor is Canada.',
        3: "[name]? ([name]) O\\E[ x",
        4: "Nobody's name.",
    }


def test_past_the_border_nothing_else_is_left_and_the_conversation_is_still_json(tickets):
    beyond = protect(tickets, help_desk_tickets.spec, "a key for the test alone, long enough")

    assert beyond.columns == ["id", "customer_id", "conversation"]
    rows = beyond.orderBy("id").collect()
    assert json.loads(rows[0].conversation)[0] == {
        "at": AT,
        "author": "customer",
        "text": "Hello, [email] writes. [phone] Kind regards, [name]",
    }
    assert [row.customer_id for row in rows] == ["71", "72", "73", "74", None]


def test_messages_that_cannot_be_read_are_no_conversation_so_the_ticket_is_set_aside(tickets):
    (rule,) = [each for each in help_desk_tickets.spec.row_rules if each.name == "conversation__not_null"]

    assert rule.severity == "quarantine"
    assert [row.id for row in tickets.where(rule.broken()).collect()] == [5]
