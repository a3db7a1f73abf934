import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakehouse.collector.bodies import BodyError, read_batch, read_call, rename
from lakehouse.collector.reasons import Reason

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.lists(JSON, max_size=5), st.sampled_from([None, 1]), st.booleans())
def test_a_batch_is_cut_into_its_items_as_they_stand_in_it(items, indent, ascii_only):
    text = json.dumps(
        {"writeKey": "k", "batch": items, "sentAt": "now", "other": [1]},
        indent=indent,
        ensure_ascii=ascii_only,
    )
    body = read_batch(f"\n{text} ")
    assert [json.loads(body.text[item.start : item.end]) for item in body.items] == items
    assert (body.write_key, body.sent_at, body.shared) == ("k", "now", {"sentAt": '"now"'})


def test_a_number_is_cut_out_digit_by_digit():
    text = '{"batch": [{"n": 0.10000000000000000000001, "m": 1e999, "k": %s}]}' % ("9" * 5000)
    (item,) = read_batch(text).items
    assert text[item.start : item.end] == text[len('{"batch": [') : -2]


def test_two_lists_of_one_name_are_both_taken():
    assert [item.value for item in read_batch('{"batch": ["a"], "batch": ["b"]}').items] == ["a", "b"]


def test_a_single_call_holds_its_own_key():
    body = read_call(' {"writeKey": "k", "userId": "u"} ')
    assert (body.write_key, body.text[body.items[0].start : body.items[0].end]) == (
        "k",
        '{"writeKey": "k", "userId": "u"}',
    )


@pytest.mark.parametrize("read", [read_batch, read_call])
@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", Reason.NOT_JSON),
        ("{", Reason.NOT_JSON),
        ('{"batch": [{}', Reason.NOT_JSON),
        ('{"batch": [{}]} {}', Reason.NOT_JSON),
        ('{"batch" [1]}', Reason.NOT_JSON),
        ('{"batch": [1 2]}', Reason.NOT_JSON),
        ('{"batch": [1,]}', Reason.NOT_JSON),
        ('{"batch": [NaN]}', Reason.NOT_JSON),
        ('{"batch": ["a\nb"]}', Reason.NOT_JSON),
        ("{'batch': []}", Reason.NOT_JSON),
        ("[1, 2]", Reason.NOT_AN_OBJECT),
        ("null", Reason.NOT_AN_OBJECT),
        ('{"batch": [' + "[" * 100_000, Reason.TOO_DEEP),
    ],
)
def test_a_body_that_cannot_be_used_says_why(read, text, reason):
    with pytest.raises(BodyError) as error:
        read(text)
    assert error.value.reason is reason


@pytest.mark.parametrize("text", ["{}", '{"batch": null}', '{"batch": {}}'])
def test_a_batch_needs_its_list(text):
    with pytest.raises(BodyError, match="no list named batch"):
        read_batch(text)


def test_shared_fields_are_not_repeated_without_bound():
    context = {"page": "x" * 10_000}
    read_batch(json.dumps({"batch": [{}] * 100, "context": context}))
    with pytest.raises(BodyError, match="repeated too often"):
        read_batch(json.dumps({"batch": [{}] * 1000, "context": context}))


@given(st.text(alphabet='{}[]",:0ab\\ \n', max_size=40))
def test_any_text_is_read_or_refused(text):
    for read in (read_batch, read_call):
        try:
            body = read(text)
        except BodyError:
            continue
        assert all(json.loads(text[item.start : item.end]) == item.value for item in body.items)


def test_members_are_renamed_and_all_else_stays():
    text = '{ "a" : 1.50, "b":{"a":2},"a":[3] }'
    assert rename(text, {"a": "first"}) == '{ "first":1.50, "b":{"a":2},"first":[3] }'
