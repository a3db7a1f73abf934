"""A real collector in a process of its own, and what it put into the bucket."""

import gzip
import http.client
import json
import os
import resource
import signal
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from lakehouse.capture.loads import list_loads

KEY = "a-key-made-up-for-tests"
BASIC = "Basic " + b64encode(f"{KEY}:".encode()).decode()


class Reply(NamedTuple):
    status: int
    content: Any
    headers: dict[str, str]


class Running:
    """A collector whose project, spool and bucket are in one folder."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        folder.mkdir(exist_ok=True)
        (folder / "workspace.yaml").touch()
        self.folder = folder
        self.bucket, self.spool = folder / "var/bucket/dev", folder / "var/collector/dev"
        wanted = {"port": 0, "keys": f"web={KEY}", "requests_per_second": 1e6} | settings
        environment = {f"LAKEHOUSE_COLLECTOR_{name.upper()}": str(value) for name, value in wanted.items()}
        clean = {name: value for name, value in os.environ.items() if not name.startswith("LAKEHOUSE_")}
        self.process = subprocess.Popen(
            [sys.executable, "-c", "from lakehouse.cli import main; main()", "collector"],
            env=clean | environment | {"LAKEHOUSE_PROJECT": str(folder)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        said = self.process.stdout.readline()
        self.complaint = "" if said else self.process.communicate()[1]
        self.url = said.partition(" at ")[2].partition("/v1")[0]
        self.port = int(self.url.rpartition(":")[2]) if said else 0

    def limit_file_size(self, size: int) -> None:
        """Let no file grow beyond this: the nearest thing to a full disk that needs no rights."""
        resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, (size, size))

    def send(
        self,
        path: str,
        body: Any = b"",
        *,
        method: str = "POST",
        auth: str | None = BASIC,
        connection: http.client.HTTPConnection | None = None,
        **headers: str,
    ) -> Reply:
        """One request; a body that is no text or bytes is sent as JSON."""
        http_connection = connection or http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        content = body if isinstance(body, bytes | str) else json.dumps(body)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if auth:
            named["authorization"] = auth
        http_connection.request(method, path, content, named)
        response = http_connection.getresponse()
        text = response.read()
        if connection is None:
            http_connection.close()
        kept = {name.lower(): value for name, value in response.getheaders()}
        is_json = kept.get("content-type") == "application/json"
        return Reply(response.status, json.loads(text) if is_json else text, kept)

    def stop(self) -> int:
        """End it in order; its exit code."""
        return self._end(signal.SIGTERM)

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def _end(self, by: signal.Signals) -> int:
        if self.process.poll() is None:
            self.process.send_signal(by)
        self.process.communicate(timeout=20)
        return self.process.returncode

    def landed(self, table: str = "events") -> list[dict[str, Any]]:
        """The lines in the bucket, none of whose loads may have a problem."""
        found = list_loads(self.bucket, "collector", table)
        assert found.problems == found.duplicates == ()
        packed = [file.path.read_bytes() for load in found.loads for file in load.files]
        lines = b"".join(map(gzip.decompress, packed)).splitlines()
        assert len(lines) == sum(file.rows for load in found.loads for file in load.files)
        return [json.loads(line) for line in lines]

    def log(self) -> str:
        return "".join(path.read_text() for path in self.folder.glob("var/logs/dev/*/*.jsonl"))


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    """Start a collector in this test's folder, again and again if wanted."""
    started: list[Running] = []

    def start_one(**settings: Any) -> Running:
        started.append(Running(tmp_path / "lake", **settings))
        return started[-1]

    yield start_one
    for each in started:
        each.kill()


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One collector for the tests of a module that only talk to it."""
    running = Running(tmp_path_factory.mktemp("collector") / "lake", origins="https://shop.example")
    yield running
    running.kill()
