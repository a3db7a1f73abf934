import json
from uuid import UUID

import pytest

from lakehouse.collector.bodies import read_batch, read_call
from lakehouse.collector.judging import fault_of
from lakehouse.collector.messages import sort_out
from lakehouse.collector.reasons import Reason

NOW = "2026-03-02T10:11:12.123Z"
GOOD = {"type": "track", "event": "Order Placed", "userId": "u1", "messageId": "m1"}


def sort_batch(*messages, **envelope):
    body = read_batch(json.dumps({"batch": messages} | envelope))
    return sort_out(body, "batch", source="web", received_at=NOW)


def line_of(message, call="track"):
    text = message if isinstance(message, str) else json.dumps(message)
    (line,) = sort_out(read_call(text), call, source="web", received_at=NOW).events
    return line


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({}, None),
        ({"userId": None, "anonymousId": "a1"}, None),
        ({"userId": 17.0}, None),
        ({"messageId": None}, None),
        ({"timestamp": "2026-03-02"}, None),
        ({"timestamp": "2026-03-02T10:11:12.123456789+01:00"}, None),
        ({"timestamp": None}, None),
        ({"type": "page", "event": None}, None),
        ({"type": "alias", "previousId": "a1"}, None),
        ({"type": None}, Reason.NO_TYPE),
        ({"type": "click"}, Reason.NO_TYPE),
        ({"type": ["track"]}, Reason.NO_TYPE),
        ({"userId": None}, Reason.NO_USER),
        ({"userId": ""}, Reason.NO_USER),
        ({"userId": {"id": 1}}, Reason.BAD_USER),
        ({"userId": True}, Reason.BAD_USER),
        ({"event": None}, Reason.NO_EVENT),
        ({"event": ""}, Reason.NO_EVENT),
        ({"type": "group"}, Reason.NO_GROUP),
        ({"type": "alias"}, Reason.NO_ALIAS),
        ({"messageId": ""}, Reason.BAD_MESSAGE_ID),
        ({"messageId": 5.0}, Reason.BAD_MESSAGE_ID),
        ({"timestamp": "yesterday"}, Reason.BAD_TIME),
        ({"originalTimestamp": 1767225600.0}, Reason.BAD_TIME),
        ({"sentAt": "2026-02-30T00:00:00Z"}, Reason.BAD_TIME),
    ],
)
def test_the_first_fault_is_named(change, reason):
    assert fault_of(GOOD | change, None) is reason


def test_the_type_of_a_single_call_is_that_of_its_path():
    assert fault_of({"userId": "u1"}, "page") is None
    assert fault_of({"userId": "u1", "type": "page"}, "page") is None
    assert fault_of({"userId": "u1", "type": "screen"}, "page") is Reason.OTHER_TYPE


@pytest.mark.parametrize("message", [None, 1.0, "text", ["list"]])
def test_what_is_no_object_is_no_message(message):
    assert fault_of(message, None) is Reason.NO_MESSAGE


def test_a_kept_line_is_the_message_as_it_came_with_time_and_source_before_it():
    text = '{ "type":"track","event":"\\u00e9","userId":"u1","messageId":"m1","n":1.10e2,"n":0 }'
    assert line_of(text) == f'{{"receivedAt":"{NOW}","source":"web",{text[1:]}'


def test_type_and_message_id_are_given_where_there_are_none():
    line = json.loads(line_of({"event": "Order Placed", "userId": "u1", "messageId": None}))
    assert line["type"] == "track"
    assert UUID(line["messageId"])
    assert line["originalMessageId"] is None


def test_a_message_spread_over_lines_is_one_line():
    line = line_of(json.dumps(GOOD, indent=2))
    assert "\n" not in line
    assert json.loads(line) == GOOD | {"receivedAt": NOW, "source": "web"}


def test_what_the_batch_shares_is_given_to_each_message_beside_its_own():
    own = {"context": {"ip": "1.2.3.4"}}
    lines = sort_batch(GOOD, GOOD | own, sentAt=NOW, context={"device": 1.50}, integrations=None).events
    first, second = (json.loads(line) for line in lines)
    assert first == GOOD | {"receivedAt": NOW, "source": "web", "sentAt": NOW, "context": {"device": 1.5}}
    assert second == first | own | {"batchContext": {"device": 1.5}}


def test_a_member_that_bears_our_name_keeps_its_value_under_another():
    message = GOOD | {"receivedAt": "then", "source": {"source": 1}, "originalSource": 2}
    line = json.loads(line_of(message))
    assert (line["receivedAt"], line["source"]) == (NOW, "web")
    assert line["originalReceivedAt"] == "then"
    assert line["originalOriginalSource"] == {"source": 1}
    assert line["originalSource"] == 2


def test_good_and_bad_of_one_batch_go_apart_and_none_is_lost():
    large = GOOD | {"properties": "é" * (16 << 10)}
    found = sort_batch(GOOD, {"type": "click", "userId": "ü"}, 7, large)
    assert len(found.events) == 1
    assert found.reasons == [Reason.NO_TYPE, Reason.NO_MESSAGE, Reason.TOO_LARGE]
    lines = [json.loads(line) for line in found.rejected]
    assert [json.loads(line["body"]) for line in lines] == [{"type": "click", "userId": "ü"}, 7, large]
    assert lines[1] == {
        "receivedAt": NOW,
        "source": "web",
        "reason": "the message is not a JSON object",
        "call": "batch",
        "bytes": 1,
        "body": "7",
    }


def test_messages_beyond_the_2500th_are_kept_apart_together():
    found = sort_batch(*[GOOD] * 2502)
    assert len(found.events) == 2500
    (rest,) = found.rejected
    assert json.loads(f"[{json.loads(rest)['body']}]") == [GOOD, GOOD]


def test_a_time_of_the_batch_that_cannot_be_read_is_a_fault_of_each_message():
    assert sort_batch(GOOD, GOOD, sentAt="soon").reasons == [Reason.BAD_TIME] * 2
