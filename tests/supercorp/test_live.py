"""Living on after the history: what is written does not depend on how time is cut, nor on being killed."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import psycopg
import pytest

from supercorp import database
from supercorp.application.changes import Insert
from supercorp.application.statements import send
from supercorp.clock import DAY, HOUR
from supercorp.database import OFFICE_TABLES, TABLES, connect
from supercorp.days import Journal
from supercorp.errors import CollectorError, DatabaseError
from supercorp.events import events_on
from supercorp.exports import exports_of
from supercorp.history import run_history
from supercorp.live import Pace, _Life, live
from supercorp.postgres import URL_VARIABLE
from supercorp.sender import Sender, StoppedError
from supercorp.world import World, simulate

KEY = "the shop's key"


class Collector(ThreadingHTTPServer):
    """Keeps what it is sent; answers with ``answers`` first, then as a collector does."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Call)
        self.bodies: list[bytes] = []
        self.answers: list[int] = []
        self.connections = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def messages(self) -> Counter[bytes]:
        """The messages as they were sent, broken ones included."""
        found = Counter[bytes]()
        for body in self.bodies:
            try:
                batch = json.loads(body)["batch"]
            except ValueError:
                found[body] += 1
            else:
                found.update(json.dumps(message, sort_keys=True).encode() for message in batch)
        return found


class _Call(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Collector

    def setup(self) -> None:
        super().setup()
        self.server.connections += 1

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status = self.server.answers.pop(0) if self.server.answers else 200
        if status == 200 and self.path == "/v1/batch":
            self.server.bodies.append(body)
            status = 200 if body.startswith(b'{"batch":[') else 400
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def history(new_database: Callable[[], str]) -> str:
    url = new_database()
    run_history(url, "tiny", 7)
    return url


def copied(history: str) -> str:
    """Another database with the same history."""
    server, _, name = history.rpartition("/")
    copy = f"{name}_{uuid.uuid4().hex[:6]}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {copy} TEMPLATE {name} STRATEGY file_copy")
    return f"{server}/{copy}"


@pytest.fixture
def copy_of_history(history: str) -> str:
    return copied(history)


def everything(url: str) -> dict[str, str]:
    with connect(url) as connection:
        return {
            table: str(
                connection.execute(
                    f"SELECT md5(string_agg(row_to_json(r)::text, ',' ORDER BY row_to_json(r)::text))"
                    f" FROM {table} r"
                ).fetchone()
            )
            for table in (*TABLES, *OFFICE_TABLES)
        }


@pytest.fixture(scope="module")
def two_days_later(tiny: World, history: str) -> dict[str, str]:
    """What the database holds when two more days are written as one piece."""
    copy = copied(history)
    with connect(copy) as connection, connection.cursor() as cursor:
        for change in Journal(tiny).changes(tiny.end, tiny.end + 2 * DAY):
            send(cursor, change)
    return everything(copy)


def sent(world: World, start: int, end: int) -> set[bytes]:
    found = set()
    for _, message in events_on(world, start, end):
        try:
            found.add(json.dumps(json.loads(message), sort_keys=True).encode())
        except ValueError:
            found.add(message)
    return found


def lived_until(url: str) -> int:
    with connect(url) as connection:
        return connection.execute("SELECT lived_until FROM simulator_history").fetchone()[0]


def test_small_transactions_come_to_the_same_as_one_piece(
    tiny: World, copy_of_history: str, two_days_later: dict[str, str], tmp_path: Path
) -> None:
    before = everything(copy_of_history)
    pace = Pace(speed=2 * 86_400 / 0.6, minutes=0.01)
    lived = live(copy_of_history, pace, stop=threading.Event(), exports=tmp_path)
    assert lived.until == lived_until(copy_of_history) == tiny.end + 2 * DAY
    assert lived.transactions > 50
    after = everything(copy_of_history)
    assert after == two_days_later
    assert {table for table in after if after[table] != before[table]} >= {"orders", "stock_movements"}
    days = [tiny.last_day.replace(month=7, day=number) for number in (1, 2)]
    expected = {file.name: file.content for day in days for file in exports_of(tiny, day)}
    found = {
        path.relative_to(tmp_path).as_posix(): path.read_bytes()
        for path in tmp_path.rglob("*")
        if path.is_file()
    }
    assert found == expected


def test_a_killed_company_goes_on_where_it_stopped(
    tiny: World, copy_of_history: str, two_days_later: dict[str, str], collector: Collector, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "supercorp", "live", "--speed", "20000", "--minutes", "1"]
    command += ["--collector", collector.url, "--write-key", KEY, "--folder", str(tmp_path)]
    environment = {**os.environ, URL_VARIABLE: copy_of_history}
    for ending in (signal.SIGKILL, signal.SIGTERM):
        begun = lived_until(copy_of_history)
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        deadline = time.monotonic() + 60
        while lived_until(copy_of_history) < max(begun, tiny.end) + HOUR and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(ending)
        said, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    assert said.rstrip().endswith("it goes on from here the next time")
    assert tiny.end < begun < lived_until(copy_of_history) < tiny.end + 2 * DAY
    stop = threading.Event()
    with connect(copy_of_history) as connection, closing(Sender(collector.url, KEY, stop)) as sender:
        _Life(connection, None, stop, None, sender).reach(tiny.end + 2 * DAY)
    assert everything(copy_of_history) == two_days_later
    received = collector.messages()
    assert set(received) == sent(tiny, tiny.end, tiny.end + 2 * DAY)


def test_what_comes_next_does_not_depend_on_how_far_ahead_is_simulated(tiny: World) -> None:
    longer = simulate("tiny", 7, live_days=30)
    span = tiny.end, tiny.end + 7 * DAY
    assert list(Journal(longer).changes(*span)) == list(Journal(tiny).changes(*span))
    assert sent(longer, *span) == sent(tiny, *span)


def test_two_cannot_live_in_one_database(
    tiny: World, copy_of_history: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_LINGERS_SECONDS", 0.0)
    stop = threading.Event()
    with connect(copy_of_history) as connection:
        _Life(connection, None, stop, None, None)
        with pytest.raises(DatabaseError, match="another process is writing this history"):
            live(copy_of_history, Pace(minutes=0.001), stop=stop)


def test_without_a_whole_history_there_is_nothing_to_go_on_from(new_database: Callable[[], str]) -> None:
    with pytest.raises(DatabaseError, match=r"no whole history.*found no history.*supercorp history"):
        live(new_database(), Pace(minutes=0.001), stop=threading.Event())


def test_a_collector_that_does_not_answer_gets_the_same_messages_again(collector: Collector) -> None:
    collector.answers = [503, 429]
    messages = [f'{{"messageId":"{number}"}}'.encode() for number in range(2_500)]
    with closing(Sender(collector.url, KEY, threading.Event())) as sender:
        sender.send([*messages, b'{"messageId":"broke'])
        assert (sender.sent.messages, sender.sent.refused, sender.sent.retries) == (2_501, 1, 2)
    assert collector.connections == 1
    assert len(collector.bodies) == 4
    sent_ids = [each["messageId"] for body in collector.bodies[:3] for each in json.loads(body)["batch"]]
    assert sent_ids == [str(number) for number in range(2_500)]


def test_waiting_for_a_collector_ends_when_it_is_to_stop() -> None:
    stop = threading.Event()
    threading.Timer(0.3, stop.set).start()
    said: list[str] = []
    with closing(Sender("http://127.0.0.1:1", KEY, stop, said.append)) as sender, pytest.raises(StoppedError):
        sender.send([b"{}"])
    assert said == [
        "the collector at http://127.0.0.1:1 does not answer; the same is sent again until it takes it"
    ]


def test_a_collector_that_does_not_know_the_key_is_an_error_with_a_way_out(collector: Collector) -> None:
    collector.answers = [401]
    with (
        closing(Sender(collector.url, "wrong", threading.Event())) as sender,
        pytest.raises(CollectorError, match=r"expected 200; found status 401.*--write-key"),
    ):
        sender.send([b"{}"])
    with pytest.raises(CollectorError, match="correct --collector"):
        Sender("localhost:3080", KEY, threading.Event())


def test_what_belongs_together_is_one_transaction(tiny: World) -> None:
    journal = Journal(tiny)

    def tables(moment: int) -> set[str]:
        changes = journal.changes(moment, moment + 1)
        return {change.table for change in changes if isinstance(change, Insert) and change.rows}

    orders, purchases = tiny.orders, tiny.operations.warehouse
    placed = int(orders.placed[np.searchsorted(orders.placed, tiny.end)])
    assert tables(placed) == {"orders", "order_lines", "payments"}
    assert {"customers"} <= tables(int(tiny.shoppers.created[0])) <= {"customers", "addresses"}
    assert tables(int(purchases.purchases.ordered[0])) == {"purchase_orders", "purchase_order_lines"}
    assert tables(int(purchases.receipts.received[0])) == {"goods_receipts", "stock_movements"}
