from assets.silver.ticket_messages import ticket_messages

ASKED = '{"at":"2026-05-01T10:00:00+00:00","author":"customer","text":"Where is it?"}'
TOLD = '{"at":"2026-05-01T11:00:00+00:00","author":"agent:Bo","text":"Here."}'


def test_the_messages_are_those_of_the_newest_export_whatever_came_last(spark):
    rows = [
        (1, f"[{ASKED},{TOLD}]", "help_desk/tickets/2026-05-02.jsonl", 10, 1),
        (1, f"[{ASKED}]", "help_desk/tickets/2026-05-01.jsonl", 20, 1),
        (2, f"[{ASKED}]", "help_desk/tickets/2026-05-01.jsonl", 20, 2),
    ]
    names = "id long, conversation string, _file string, _position long, _line_number long"

    found = ticket_messages(spark.createDataFrame(rows, names))

    assert found.columns == list(ticket_messages.spec.column_names)
    columns = ("ticket_id", "number", "written_by", "text")
    assert sorted(tuple(row) for row in found.select(*columns).collect()) == [
        (1, 1, "customer", "Where is it?"),
        (1, 2, "agent", "Here."),
        (2, 1, "customer", "Where is it?"),
    ]
