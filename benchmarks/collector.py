"""Events a second that the collector acknowledges on one core, and what is lost when it is killed.

The collector has one core to itself, the clients another. Rates are of the time that clients wait for;
processor time is that of the whole process until everything is in the bucket, packed. Beside it, the
same server answering without looking (``nothing``): what HTTP alone costs. Then the collector is
killed under load again and again, and every acknowledged message is looked for in the bucket.

    python benchmarks/collector.py
"""

import gzip
import json
import os
import selectors
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from base64 import b64encode
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count, cycle
from pathlib import Path

from lakehouse.capture.loads import list_loads

KEY = "benchmark"
SECONDS, ROUNDS, KILLS = 4.0, 5, 8
CASES = ((1, 64), (50, 16), (100, 16))  # messages in a request, connections
_TICKS = os.sysconf("SC_CLK_TCK")
_COLLECTOR = "from lakehouse.cli import main; main()"
_NOTHING = """
import sys, uvicorn
BODY = b'{"success": true}'
async def app(scope, receive, send):
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"17")]})
    await send({"type": "http.response.body", "body": BODY})
uvicorn.run(app, port=int(sys.argv[1]), lifespan="off", log_config=None, access_log=False)
"""


@dataclass
class Driven:
    """What clients saw: requests answered with 200, the ids in them, seconds, and each request's wait."""

    answered: int = 0
    seconds: float = 0.0
    ids: list[str] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)


class Server:
    """A program on the first core, in a folder of its own."""

    def __init__(self, folder: Path, code: str, port: int, **settings: object) -> None:
        (folder / "workspace.yaml").touch()
        self.folder, self.port = folder, port
        wanted = {"port": port, "keys": f"web={KEY}", "requests_per_second": 1e9} | settings
        environment = {f"LAKEHOUSE_COLLECTOR_{name.upper()}": str(value) for name, value in wanted.items()}
        self._process = subprocess.Popen(
            [
                "taskset",
                "-c",
                "0",
                sys.executable,
                "-c",
                code,
                "collector" if code is _COLLECTOR else str(port),
            ],
            env=os.environ | environment | {"LAKEHOUSE_PROJECT": str(folder)},
            stdout=subprocess.DEVNULL,
        )
        while not self._answers():
            time.sleep(0.02)

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port)) as client:
                client.sendall(b"GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n")
                return bool(client.recv(4096))
        except ConnectionError:
            return False

    def cpu_seconds(self) -> float:
        """Used so far, by all threads."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def end(self, by: signal.Signals = signal.SIGTERM) -> float:
        """Stop it; the processor seconds of its last moments are counted too."""
        self._process.send_signal(by)
        _, _, usage = os.wait4(self._process.pid, 0)
        self._process.returncode = 0
        return usage.ru_utime + usage.ru_stime


def message(identity: str) -> dict[str, object]:
    """A page's event of a usual size, about 850 bytes."""
    return {
        "type": "track",
        "event": "Product Viewed",
        "messageId": identity,
        "anonymousId": str(uuid.uuid4()),
        "userId": "u-1042",
        "timestamp": "2026-03-02T10:11:12.123Z",
        "properties": {
            "product_id": "p-77",
            "sku": "SK-123",
            "price": 19.99,
            "quantity": 1,
            "category": "Kitchen",
            "url": "https://shop.example/products/p-77",
            "tags": ["new", "sale"],
        },
        "context": {
            "library": {"name": "analytics.js", "version": "2.11.1"},
            "page": {
                "path": "/products/p-77",
                "referrer": "https://search.example/",
                "title": "A kettle",
                "url": "https://shop.example/products/p-77",
            },
            "userAgent": "Mozilla/5.0 (iPhone; CPU iPhone OS 9_1 like Mac OS X) AppleWebKit/601.1.46"
            " (KHTML, like Gecko) Version/9.0 Mobile/13B143 Safari/601.1",
            "campaign": {"name": "spring", "source": "search", "medium": "cpc"},
            "locale": "en-US",
        },
        "integrations": {},
    }


def request(messages: list[dict[str, object]]) -> bytes:
    """The whole HTTP request: a single call for one message, else a batch."""
    alone = len(messages) == 1
    body = json.dumps(messages[0] if alone else {"batch": messages, "sentAt": "2026-03-02T10:11:13.000Z"})
    head = (
        f"POST /v1/{'track' if alone else 'batch'} HTTP/1.1\r\nhost: localhost\r\n"
        f"authorization: Basic {b64encode(f'{KEY}:'.encode()).decode()}\r\n"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return (head + body).encode()


def prepared(size: int) -> Iterator[tuple[bytes, list[str]]]:
    """The same few requests over and over: making them must not cost the clients' core."""
    made = [request([message(str(uuid.uuid4())) for _ in range(size)]) for _ in range(32)]
    return ((each, []) for each in cycle(made))


def numbered(size: int, start: str) -> Iterator[tuple[bytes, list[str]]]:
    """Requests whose messages bear ids that no other has."""
    blank = [f"@@{number:04d}" for number in range(size)]
    pieces = request([message(f"{each:<40}") for each in blank]).decode()
    for number in count():
        ids = [f"{start}-{number}-{place}" for place in range(size)]
        text = pieces
        for each, identity in zip(blank, ids, strict=True):
            text = text.replace(f"{each:<40}", f"{identity:<40}", 1)
        yield text.encode(), [f"{identity:<40}" for identity in ids]


def drive(port: int, requests: Iterator[tuple[bytes, list[str]]], connections: int, seconds: float) -> Driven:
    """Keep one request under way on every connection, until the time is over or the server is gone."""
    seen, selector = Driven(), selectors.DefaultSelector()
    sent: dict[socket.socket, tuple[float, list[str]]] = {}

    def send(client: socket.socket) -> None:
        data, ids = next(requests)
        sent[client] = time.perf_counter(), ids
        client.setblocking(True)
        client.sendall(data)
        client.setblocking(False)

    begun = time.perf_counter()
    try:
        for _ in range(connections):
            client = socket.create_connection(("127.0.0.1", port))
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            selector.register(client, selectors.EVENT_READ, bytearray())
            send(client)
        while time.perf_counter() - begun < seconds:
            for key, _ in selector.select(0.1):
                client, reply = key.fileobj, key.data
                reply += client.recv(4096)
                if not reply:
                    return seen
                if reply.endswith(b"}"):
                    if not reply.startswith(b"HTTP/1.1 200"):
                        raise SystemExit(reply.decode())
                    at, ids = sent[client]
                    seen.waits.append(time.perf_counter() - at)
                    seen.answered += 1
                    seen.ids += ids
                    reply.clear()
                    send(client)
    except (ConnectionError, BrokenPipeError):
        pass
    finally:
        seen.seconds = time.perf_counter() - begun
        for key in list(selector.get_map().values()):
            key.fileobj.close()
    return seen


def rates(port: int) -> None:
    """Print a line for each size of request, of the collector and of nothing: medians of the rounds."""
    heads = ("messages", "", "requests/s", "events/s", "p50 ms", "p99 ms", "CPU µs/event")
    print("".join(f"{head:>13}" for head in heads))
    for size, connections in CASES:
        rows: dict[str, list[tuple[float, ...]]] = {"collector": [], "nothing": []}
        for _ in range(ROUNDS):
            for name, code in (("collector", _COLLECTOR), ("nothing", _NOTHING)):
                with tempfile.TemporaryDirectory() as folder:
                    server = Server(Path(folder), code, port)
                    before = server.cpu_seconds()
                    warm = drive(port, prepared(size), connections, 0.5)
                    seen = drive(port, prepared(size), connections, SECONDS)
                    cpu = server.end() - before
                waits = sorted(seen.waits)
                rows[name].append(
                    (
                        seen.answered / seen.seconds,
                        seen.answered * size / seen.seconds,
                        waits[len(waits) // 2] * 1e3,
                        waits[len(waits) * 99 // 100] * 1e3,
                        cpu / ((warm.answered + seen.answered) * size) * 1e6,
                    )
                )
        for name, some in rows.items():
            median = [statistics.median(column) for column in zip(*some, strict=True)]
            low, high = min(row[1] for row in some), max(row[1] for row in some)
            cells = [
                size,
                name,
                *(f"{value:,.0f}" for value in median[:2]),
                *(f"{value:.1f}" for value in median[2:]),
            ]
            print("".join(f"{cell:>13}" for cell in cells), f"  ({low:,.0f} to {high:,.0f} events/s)")


def kills(port: int) -> bool:
    """Kill the collector under load, look for every acknowledged message; whether each is there once."""
    acknowledged: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(KILLS):
            server = Server(Path(folder), _COLLECTOR, port, rotate_mib=4)
            killing = threading.Timer(0.6 + number / 10, server.end, [signal.SIGKILL])
            killing.start()
            acknowledged += drive(port, numbered(50, f"k{number}"), 16, 30).ids
            killing.join()
        Server(Path(folder), _COLLECTOR, port).end()
        loads = list_loads(Path(folder) / "var/bucket/dev", "collector", "events").loads
        found = Counter(
            json.loads(line)["messageId"]
            for load in loads
            for file in load.files
            for line in gzip.decompress(file.path.read_bytes()).splitlines()
        )
    lost = sum(each not in found for each in acknowledged)
    doubled = sum(times > 1 for times in found.values())
    print(
        f"killed {KILLS} times: {len(acknowledged):,} acknowledged, {lost} lost, {doubled} doubled,"
        f" {len(found) - len(acknowledged) + lost:,} kept that were not acknowledged, {len(loads)} loads"
    )
    return not lost and not doubled


def main() -> int:
    """Measure, then kill."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    if "kills" not in sys.argv[1:]:
        rates(port)
    return 0 if kills(port) else 1


if __name__ == "__main__":
    sys.exit(main())
