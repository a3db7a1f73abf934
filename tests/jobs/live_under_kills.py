"""The company lives while its changes are captured, and everything is killed at random.

``python -m tests.jobs.live_under_kills --minutes 5`` runs a history into a database of its own, captured from
its first day on, then lets the company live; prints each kill, and at the end how each table put together
from the bucket compares with the database. Exit code 1 if one differs.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from jobs.shop_changes import SOURCE, capture_home
from jobs.shop_dumps import ALL_DUMPS, capture_history, dump_round
from jobs.shop_dumps import SOURCE as DUMPED
from lakehouse.capture.changes.status import Status, read_status
from lakehouse.errors import CaptureError
from lakehouse.settings import Settings, load_settings
from supercorp.clock import DAY, midnight
from supercorp.database import connect, progress_of
from supercorp.postgres import Postgres
from supercorp.server_home import find_home
from tests.jobs.rebuilt import from_changes, from_dumps, in_database

__all__ = ["KILLED", "Beside", "differences"]

PROJECT = Path(__file__).resolve().parents[2]
KILLED = ("company", "engine", "database", "capture")
PATIENCE_SECONDS = 120
BEGUN = time.monotonic()


def say(text: str) -> None:
    sys.stdout.write(f"{time.monotonic() - BEGUN:5.1f} s: {text}\n")
    sys.stdout.flush()


class Beside:
    """A company and the capture of its changes, each a process that may be killed, over one database."""

    def __init__(self, settings: Settings, server: Postgres, *, speed: float) -> None:
        self.settings, self._server, self._speed = settings, server, speed
        self._folder = settings.var_dir / "supercorp"
        self._capture: subprocess.Popen[bytes] | None = None
        self._company: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in (self._company, self._capture):
            if process and process.poll() is None:
                process.kill()
                process.wait()

    @property
    def said(self) -> Path:
        """What the processes say."""
        return self.settings.var_dir / "said.log"

    @property
    def url(self) -> str:
        return self._server.url

    def history(self, size: str, seed: int, say: Callable[[str], None]) -> None:
        """A history, dumped at the demo's cadence and captured from its first day; one engine is killed."""

        def on_day(_: date) -> None:
            if self._capture is None:
                self._start_capture()
                self.wait_for(lambda: self._status("phase") == "streaming")
                self.kill("engine")

        self._server.start(self._folder / "postgres")
        capture_history(
            self.url,
            self.settings.bucket_dir,
            size,
            seed,
            truth_file=self._folder / "truth.json",
            say=say,
            dumps=ALL_DUMPS,
            on_day=on_day,
        )

    def live(self) -> None:
        """Let the company live on."""
        arguments = ["supercorp", "live", "--speed", str(self._speed), "--folder", str(self._folder)]
        self._company = self._process(arguments)

    def lived(self) -> int:
        """How long the company has lived since its history, in microseconds."""
        with connect(self.url) as connection:
            found = progress_of(connection)
        assert found
        return max(found.lived_until - midnight(found.last_day + timedelta(days=1)), 0)

    def live_on(self, span: int) -> None:
        """Wait until the company has lived so many microseconds more."""
        begun = self.lived()
        self.wait_for(lambda: self.lived() > begun + span)

    def kill(self, what: str) -> None:
        """Kill one of :data:`KILLED`, and start again what does not come back by itself."""
        if what == "engine":
            for engine in _children(self._running_capture().pid):
                os.kill(engine, signal.SIGKILL)
        elif what == "capture":
            self._end(self._running_capture(), signal.SIGKILL)
            self._start_capture()
        elif what == "company":
            if self._company:
                self._end(self._company, signal.SIGKILL)
            self.live()
        else:
            cluster = find_home(self._folder / "postgres").cluster
            os.kill(int((cluster / "postmaster.pid").read_text().splitlines()[0]), signal.SIGKILL)
            self._server.stop()
            self._server.start(self._folder / "postgres")
            if self._company:  # it has lost its connection, and says so
                self._company.wait(PATIENCE_SECONDS)
                self.live()

    def finish(self) -> None:
        """Stop company and capture, and take in what is left."""
        if self._company:
            self.live_on(0)
            assert self._end(self._company, signal.SIGTERM) == 0
        self._end(self._running_capture(), signal.SIGKILL)
        self._server.start(self._folder / "postgres")
        assert self._process(["jobs.shop_changes", "drain"]).wait(PATIENCE_SECONDS) == 0
        dump_round(self.url, self.settings.bucket_dir, dumps=ALL_DUMPS)

    def wait_for(self, what: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not what():
            for process in filter(None, (self._company, self._capture)):
                assert process.poll() is None, self.said.read_text()
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def _start_capture(self) -> None:
        self._capture = self._process(["jobs.shop_changes", "run", "--roll-seconds", "1"])

    def _running_capture(self) -> subprocess.Popen[bytes]:
        assert self._capture
        assert self._capture.poll() is None, self.said.read_text()
        return self._capture

    def _status(self, field: str) -> object:
        try:
            found: Status = read_status(capture_home(self.settings))
        except CaptureError:
            return None
        return getattr(found, field)

    def _process(self, arguments: list[str]) -> subprocess.Popen[bytes]:
        environment = {**os.environ, "LAKEHOUSE_VAR": str(self.settings.var_dir)}
        environment |= {"LAKEHOUSE_JARS": str(self.settings.jars)} if self.settings.jars else {}
        self.settings.var_dir.mkdir(parents=True, exist_ok=True)
        with self.said.open("ab") as words:
            return subprocess.Popen(
                [sys.executable, "-m", *arguments], cwd=PROJECT, env=environment, stdout=words, stderr=words
            )

    @staticmethod
    def _end(process: subprocess.Popen[bytes], number: signal.Signals) -> int:
        process.send_signal(number)
        return process.wait(PATIENCE_SECONDS)


def _children(pid: int) -> Iterator[int]:
    for file in Path(f"/proc/{pid}/task").glob("*/children"):
        yield from map(int, file.read_text().split())


def differences(beside: Beside) -> Iterator[tuple[str, int, int, int]]:
    """Per captured table: its name, rows in the database, rows that changes and dumps have otherwise."""
    bucket = beside.settings.bucket_dir
    for dump in ALL_DUMPS:
        there, types = in_database(beside.url, dump.table)
        rebuilt = (
            from_changes(bucket, SOURCE, dump.table, types),
            from_dumps(bucket, DUMPED, dump, types),
        )
        of_changes, of_dumps = (
            sum(there.get(key) != found.get(key) for key in there.keys() | found.keys()) for found in rebuilt
        )
        yield dump.table, len(there), of_changes, of_dumps


def kills(minutes: float, longest: float, seed: int) -> Iterable[str]:
    """What to kill, at random moments, until the time is over."""
    dice, begun = random.Random(seed), time.monotonic()
    while time.monotonic() - begun < minutes * 60:
        time.sleep(dice.uniform(1, longest))
        yield dice.choice(KILLED)


def main(size: str, *, minutes: float, speed: float, seed: int, longest: float) -> int:
    with tempfile.TemporaryDirectory() as folder, Postgres() as server:
        Path(folder).chmod(0o755)
        settings = load_settings(var=Path(folder) / "var")
        with Beside(settings, server, speed=speed) as beside:
            beside.history(size, 7, say)
            beside.live()
            for what in kills(minutes, longest, seed):
                beside.kill(what)
                say(f"killed the {what}")
            beside.finish()
            say(f"{beside.lived() / DAY:.1f} days lived")
            different = 0
            for table, rows, of_changes, of_dumps in differences(beside):
                say(f"{table:24} {rows:9,} rows; other in changes {of_changes}, in dumps {of_dumps}")
                different += of_changes + of_dumps
    return 1 if different else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", default="tiny")
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--speed", type=float, default=2000)
    parser.add_argument("--longest", type=float, default=15, help="seconds between two kills, at most")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    sys.exit(
        main(given.size, minutes=given.minutes, speed=given.speed, seed=given.seed, longest=given.longest)
    )
