"""The company lives while its changes are captured, and everything is killed at random.

``python -m tests.jobs.live_under_kills --minutes 5`` runs a history into a database of its own, captured from
its first day on, then lets the company live; prints each kill, and at the end how each table put together
from the bucket compares with the database. Exit code 1 if one differs.
"""

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from pathlib import Path

from jobs.shop_changes import SOURCE, capture_home
from jobs.shop_dumps import ALL_DUMPS, capture_history, dump_round
from jobs.shop_dumps import SOURCE as DUMPED
from jobs.systems import Systems, wait_for
from lakehouse.capture.changes.status import Status, read_status
from lakehouse.errors import CaptureError
from lakehouse.settings import Settings, load_settings
from supercorp.clock import DAY
from supercorp.postgres import Postgres
from tests.jobs.rebuilt import from_changes, from_dumps, in_database

__all__ = ["KILLED", "Beside", "differences"]

KILLED = ("company", "engine", "database", "capture")
BEGUN = time.monotonic()


def say(text: str) -> None:
    sys.stdout.write(f"{time.monotonic() - BEGUN:5.1f} s: {text}\n")
    sys.stdout.flush()


class Beside(Systems):
    """A company and the capture of its changes, over one database."""

    def __init__(self, settings: Settings, server: Postgres, *, speed: float) -> None:
        super().__init__(settings, server, speed=speed, only=("capture", "company"), roll_seconds=1)

    def history(self, size: str, seed: int, say: Callable[[str], None]) -> None:
        """A history, dumped at the demo's cadence and captured from its first day; one engine is killed."""
        begun = False

        def on_day(_: date) -> None:
            nonlocal begun
            if not begun:
                self._until(lambda: self._status("phase") == "streaming", "capture")
                begun = self.kill("engine")

        self._server.start(self.folder / "postgres")
        capture_history(
            self.url,
            self.settings.bucket_dir,
            size,
            seed,
            truth_file=self.folder / "truth.json",
            say=say,
            dumps=ALL_DUMPS,
            on_day=on_day,
        )

    def live_on(self, span: int) -> None:
        """Wait until the company has lived so many microseconds more."""
        begun = self.lived()
        self._until(lambda: self.lived() > begun + span)

    def finish(self) -> None:
        """Stop company and capture, and take in what is left."""
        self.live_on(0)
        self.stop("company")
        self.kill_for_good("capture")
        self.once("jobs.shop_changes", "drain")
        dump_round(self.url, self.settings.bucket_dir, dumps=ALL_DUMPS)
        assert self.exits["capture"] == 0, self.said.read_text()

    def _until(self, what: Callable[[], bool], *names: str) -> None:
        """Wait with all or these at work: a company whose database was killed ends, and is started again."""

        def held() -> bool:
            self.start(*names)
            return what()

        wait_for(held, self.said)

    def _status(self, field: str) -> object:
        try:
            found: Status = read_status(capture_home(self.settings))
        except CaptureError:
            return None
        return getattr(found, field)


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
            beside.start()
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
