"""What a client is answered, by a real server over real connections."""

import gzip
import http.client
import json
from base64 import b64encode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

MESSAGE = {"type": "track", "event": "Order Placed", "userId": "u1"}
BATCH = {"batch": [MESSAGE]}


def basic(key):
    return "Basic " + b64encode(f"{key}:".encode()).decode()


@pytest.fixture
def kept_open(collector):
    connection = http.client.HTTPConnection("127.0.0.1", collector.port, timeout=10)
    yield connection
    connection.close()


def accepted_and_rejected(collector):
    counts = collector.send("/metrics", method="GET").content
    return counts["accepted"], counts["sources"].get("web", {}).get("rejected", {})


def rejected_by(collector, path, body, **headers):
    """The status of a call, and the reason under which it was kept apart."""
    before = accepted_and_rejected(collector)[1]
    reply = collector.send(path, body, **headers)
    after = accepted_and_rejected(collector)[1]
    return reply.status, [reason for reason in after if after[reason] > before.get(reason, 0)]


@pytest.mark.parametrize("name", ["track", "t", "page", "p", "identify", "i", "screen", "s"])
def test_a_single_call_is_taken(collector, name):
    body = {"event": "Order Placed", "userId": "u1"}
    reply = collector.send(f"/v1/{name}", body)
    assert (reply.status, reply.content) == (200, {"success": True})


@pytest.mark.parametrize("path", ["/v1/batch", "/v1/b", "/v1/import", "/v1/batch/"])
def test_a_batch_is_taken(collector, path):
    before = accepted_and_rejected(collector)[0]
    assert collector.send(path, {"batch": [MESSAGE] * 3}).content == {"success": True}
    assert accepted_and_rejected(collector)[0] == before + 3


def test_the_key_may_stand_in_the_body_as_pages_send_it(collector):
    key = "a-key-made-up-for-tests"
    for path, body in (("/v1/batch", BATCH | {"writeKey": key}), ("/v1/track", MESSAGE | {"writeKey": key})):
        assert collector.send(path, body, auth=None, content_type="text/plain").status == 200


@pytest.mark.parametrize("auth", [None, basic("another"), "Basic ???", "Bearer token"])
def test_an_unknown_key_is_401(collector, auth):
    reply = collector.send("/v1/batch", BATCH | {"writeKey": "another"}, auth=auth)
    assert (reply.status, reply.content["code"]) == (401, "invalid_write_key")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"{", "not_json"),
        (b'{"batch": ["\xff"]}', "not_utf8"),
        (b"[]", "not_an_object"),
        (b"{}", "no_batch"),
        (b"[" * 5000, "too_deep"),
    ],
)
def test_a_body_that_cannot_be_used_is_400_and_kept_apart(collector, body, reason):
    assert rejected_by(collector, "/v1/batch", body) == (400, [reason])


def test_a_bad_message_in_a_batch_is_kept_apart_behind_a_200(collector):
    assert rejected_by(collector, "/v1/batch", {"batch": [MESSAGE, {"type": "click"}]}) == (200, ["no_type"])


def test_bodies_larger_than_allowed_are_413_and_noted(collector):
    assert rejected_by(collector, "/v1/batch", b" " * ((500 << 10) + 1)) == (413, ["body_too_large"])
    assert rejected_by(collector, "/v1/track", b" " * ((32 << 10) + 1)) == (413, ["body_too_large"])
    assert collector.send("/v1/batch", json.dumps(BATCH).ljust(500 << 10)).status == 200


def test_a_body_without_a_declared_size_is_measured(collector):
    for size, status in ((100_000, 200), (600_000, 413)):
        connection = http.client.HTTPConnection("127.0.0.1", collector.port, timeout=10)
        text = json.dumps(BATCH).ljust(size).encode()
        chunks = (text[at : at + 50_000] for at in range(0, len(text), 50_000))
        connection.request(
            "POST",
            "/v1/batch",
            chunks,
            {"authorization": basic("a-key-made-up-for-tests")},
            encode_chunked=True,
        )
        assert connection.getresponse().status == status
        connection.close()


def test_a_packed_body_is_unpacked_within_bounds(collector):
    packed = gzip.compress(json.dumps(BATCH).encode())
    assert collector.send("/v1/batch", packed, content_encoding="gzip").status == 200
    bomb = gzip.compress(b" " * 50_000_000)
    assert rejected_by(collector, "/v1/batch", bomb, content_encoding="gzip") == (413, ["body_too_large"])
    for broken in (packed[:-9], b"plain"):
        found = rejected_by(collector, "/v1/batch", broken, content_encoding="gzip")
        assert found == (400, ["not_packed"])
    assert collector.send("/v1/batch", packed, content_encoding="br").status == 415


def test_other_paths_and_methods_are_answered_as_such(collector):
    assert collector.send("/v1/unknown", BATCH).status == 404
    assert collector.send("/v1/batch", method="GET").status == 405


def test_health_is_good(collector):
    reply = collector.send("/health", method="GET", auth=None)
    assert (reply.status, reply.content) == (200, {"healthy": True, "problems": []})


def test_pages_of_a_named_origin_alone_may_send(collector):
    def preflight(origin):
        return collector.send(
            "/v1/t", method="OPTIONS", auth=None, origin=origin, access_control_request_method="POST"
        ).headers.get("access-control-allow-origin")

    assert preflight("https://shop.example") == "https://shop.example"
    assert preflight("https://elsewhere.example") is None
    posted = collector.send("/v1/track", MESSAGE, origin="https://shop.example")
    assert posted.headers["access-control-allow-origin"] == "https://shop.example"


def test_more_requests_than_agreed_are_429_with_the_time_to_come_back(start):
    running = start(requests_per_second=0.5)
    assert running.send("/v1/track", MESSAGE).status == 200
    reply = running.send("/v1/track", MESSAGE)
    assert reply.status == 429
    assert 1 <= int(reply.headers["retry-after"]) <= 2


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    path=st.sampled_from(["/v1/batch", "/v1/track", "/v1/alias"]),
    body=st.binary(max_size=80)
    | st.text(alphabet='{}[]",:0\\ntrue', max_size=40).map(str.encode)
    | st.recursive(
        st.none() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["batch", "type", "userId", "context", "sentAt"]), inner, max_size=4
            )
        ),
        max_leaves=10,
    ).map(lambda value: json.dumps(value).encode()),
    encoding=st.sampled_from(["", "gzip"]),
)
def test_no_body_is_too_much_for_it(collector, kept_open, path, body, encoding):
    reply = collector.send(path, body, connection=kept_open, content_encoding=encoding)
    assert reply.status in (200, 400)
    assert reply.content["success"] is (reply.status == 200)


def test_what_was_said_of_all_this_holds_no_payload(collector):
    assert collector.process.poll() is None
    assert "Order Placed" not in collector.log()
