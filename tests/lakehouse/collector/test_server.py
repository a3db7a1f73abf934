"""The service in a process of its own: Segment's library as the client, kills, a full disk, a taken port."""

import socket
import threading
import time
from collections import Counter
from datetime import UTC, datetime

from requests import RequestException
from segment.analytics.client import Client
from segment.analytics.request import APIError

KEY = "a-key-made-up-for-tests"
MESSAGE = {"type": "track", "event": "Order Placed", "userId": "u1"}


def eventually(holds, seconds=10.0):
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_what_segments_library_sends_is_in_the_bucket_after_a_stop(start):
    running = start()
    client = Client(KEY, host=running.url, gzip=True, upload_interval=0.05)
    client.identify("u1", {"plan": "pro"}, timestamp=datetime(2026, 3, 2, tzinfo=UTC))
    client.track("u1", "Order Placed", {"total": 19.99})
    client.page("u1", "shop", "Home")
    client.screen("u1", "shop", "Start")
    client.group("u1", "g1", {"name": "Initech"})
    client.alias("a1", "u1")
    client.flush()
    client.join()
    assert running.stop() == -15
    lines = running.landed()
    kinds = ["identify", "track", "page", "screen", "group", "alias"]
    assert [line["type"] for line in lines] == kinds
    assert {line["source"] for line in lines} == {"web"}
    assert all(line["receivedAt"] and line["sentAt"] and line["messageId"] for line in lines)
    assert lines[0]["timestamp"] == "2026-03-02T00:00:00.000+00:00"
    assert lines[1]["properties"] == {"total": 19.99}
    assert list(running.spool.glob("*.segment")) == []
    assert "Order Placed" not in running.log()
    assert '"accepted": 6' in running.log()


def test_what_was_acknowledged_survives_kills_and_is_in_the_bucket_once(start):
    """Three killed collectors, clients that go on, segments so small that some are always on their way."""
    acknowledged, lock, over = [], threading.Lock(), threading.Event()
    first = start(rotate_mib=0.02)
    queued = Client(KEY, host=first.url, upload_interval=0.02, upload_size=20, max_retries=50)

    def send_one_by_one(thread):
        client = Client(KEY, host=first.url, sync_mode=True, timeout=5)
        number = 0
        while not over.is_set():
            number += 1
            try:
                _, message = client.track("u1", "Order Placed", {"total": number})
            except (APIError, RequestException):
                time.sleep(0.02)
            else:
                with lock:
                    acknowledged.append(message["messageId"])

    threads = [threading.Thread(target=send_one_by_one, args=[each]) for each in range(3)]
    for thread in threads:
        thread.start()
    promised, running = [], first
    for _ in range(3):
        before = len(acknowledged)
        promised += [queued.track("u1", "Promised")[1]["messageId"] for _ in range(50)]
        eventually(lambda before=before: len(acknowledged) > before + 100)
        running.kill()
        running = start(rotate_mib=0.02, port=first.port)
    over.set()
    for thread in threads:
        thread.join()
    queued.flush()
    queued.join()
    running.stop()
    found = Counter(line["messageId"] for line in running.landed())
    assert len(acknowledged) > 300
    assert set(acknowledged) <= found.keys()
    assert {found[each] for each in acknowledged} == {1}
    assert set(promised) <= found.keys()


def test_a_full_disk_is_answered_with_503_and_loses_nothing(start):
    limit = 40_000
    running = start()
    running.limit_file_size(limit)
    statuses = Counter()
    for number in range(200):
        reply = running.send("/v1/track", MESSAGE | {"messageId": f"m{number}", "properties": "x" * 1000})
        statuses[reply.status] += 1
        if reply.status == 503:
            refused = reply
    assert refused.headers["retry-after"]
    assert "too large" in refused.content["message"]
    accepted = statuses[200]
    assert accepted + statuses[503] == 200
    assert accepted > limit // 1200
    running.kill()
    after = start()
    after.stop()
    found = [line["messageId"] for line in after.landed()]
    assert len(found) == len(set(found)) == accepted


def test_a_bucket_that_cannot_be_written_stops_nobody_and_is_reported(start):
    running = start(rotate_mib=0.0001)
    running.bucket.parent.mkdir(parents=True, exist_ok=True)
    running.bucket.touch()
    assert running.send("/v1/track", MESSAGE).status == 200
    assert running.send("/v1/track", MESSAGE).status == 200
    eventually(lambda: running.send("/health", method="GET").status == 503)
    (problem,) = running.send("/health", method="GET").content["problems"]
    assert "the load cannot be written" in problem
    assert running.send("/v1/track", MESSAGE).status == 200
    running.bucket.unlink()
    running.stop()
    assert len(running.landed()) == 3


def test_what_keeps_it_from_beginning_is_one_sentence_and_exit_code_2(start):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        running = start(port=port)
    assert running.process.returncode == 2
    assert running.complaint.startswith(f"127.0.0.1:{port}: the port is taken. Remedy: stop what listens")
