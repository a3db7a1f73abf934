"""``make crash``: as many crashes as one likes, of every kind, each recovered by the next run and compared.

::

    python -m tests.lakehouse.faults.crash --kills 30 --rolls 5 --races 20

``states``  every crash state of a write in every mode, settled; of each that looks different, a recovery
``kills``   processes killed at random moments while all modes write, each recovered by the next process,
            every third of them killed again while it does
``races``   two processes that write one table while every rename takes 50 ms longer (needs strace)

Exit code 1 if one of them left anything but what an undisturbed run gives.
"""

import argparse
import random
import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path

from lakehouse.engine.spark import start_session
from lakehouse.settings import Settings, load_settings
from lakehouse.testing import land
from lakehouse.writing.path import write
from lakehouse.writing.request import Request
from tests.lakehouse.faults import scenario
from tests.lakehouse.faults.recovery import record, recovers, settled_classes
from tests.lakehouse.faults.worker import PROJECT, Worker

_RENAMES = "rename,renameat,renameat2"
SLOW_RENAMES = (
    *("strace", "-f", "-qq", "--seccomp-bpf", "-o", "/dev/null", "-e", f"trace={_RENAMES}"),
    *("-e", f"inject={_RENAMES}:delay_enter=50000"),
)


class Bench:
    """A session, the lakes to crash, and what came of it."""

    def __init__(self, scratch: Path, seed: int) -> None:
        self.scratch, self.dice, self.bad, self.number = scratch, random.Random(seed), 0, 0
        self.jars = load_settings(PROJECT).jars
        settings = Settings(
            _env_file=None,
            project=PROJECT,
            var=scratch / "session",
            spark_profile="test",
            pseudonym_key="0" * 64,
            **({"jars": self.jars} if self.jars else {}),
        )
        self.spark = start_session(settings)
        self.lines, self.others = scratch / "prepared" / "lines", scratch / "prepared" / "others"
        scenario.prepared(self.spark, self.lines, second=False)
        shutil.copytree(self.lines, self.others)
        write(scenario.lake_in(self.others), self.spark, scenario.lines, Request("second"))

    def home(self, dataset, root: Path) -> Path:
        return root / ("lines" if dataset is scenario.lines else "others")

    def fresh(self) -> Path:
        self.number += 1
        return Path(shutil.copytree(self.scratch / "prepared", self.scratch / f"lakes-{self.number}"))

    def worker(self, *before: str) -> Worker:
        self.number += 1
        worker = Worker(self.jars, self.scratch / f"worker-{self.number}", *before)
        worker.wait_for("ready")
        return worker

    def holds(self, name: str, check: Callable[[], None]) -> None:
        try:
            check()
        except Exception:  # noqa: BLE001 - whatever goes wrong is the finding
            self.bad += 1
            say(f"BAD {name}\n{traceback.format_exc(limit=-4)}")


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def states(bench: Bench, rolls: int) -> None:
    for dataset in scenario.DATASETS:
        mode, place = dataset.mode.name, bench.scratch / f"states-{dataset.name}"
        place.mkdir()
        home = bench.home(dataset, bench.scratch / "prepared")
        written = record(bench.spark, home, dataset, place)
        classes = settled_classes(written, place, rolls=rolls)
        say(f"{mode}: {len(written.ops)} operations, {classes.states} states, {len(classes.found)} classes")
        for key, files in classes.found.items():
            again = place / key  # a session remembers a table by its folder
            bench.holds(
                f"{mode} {key[:8]}", lambda f=files, w=written, a=again: recovers(bench.spark, w, f, a)
            )
            shutil.rmtree(again, ignore_errors=True)


def undisturbed(bench: Bench) -> dict[str, dict[str, list[str]]]:
    root, found = bench.fresh(), {}
    for dataset in scenario.DATASETS:
        lake = scenario.lake_in(bench.home(dataset, root))
        write(lake, bench.spark, dataset, Request("second"))
        found[dataset.name] = scenario.contents(lake, dataset)
    return found


def kills(bench: Bench, count: int) -> None:
    expected, root, seconds = undisturbed(bench), bench.fresh(), 6.0
    for number in range(count):
        worker = bench.worker()
        worker.ask(*((bench.home(each, root), each.name) for each in scenario.DATASETS))
        worker.wait_for("started")
        after = bench.dice.uniform(0, seconds)
        time.sleep(after)
        worker.kill(engine_first=bool(number % 2))
        worker.close()
        say(f"kill {number + 1}: after {after:.2f} s")
        if number % 3 == 1 and number + 1 < count:
            continue  # the next process recovers from it, and is killed while it does
        for dataset in scenario.DATASETS:
            name = f"kill {number + 1} {dataset.mode.name}"
            bench.holds(name, partial(after_all, bench, dataset, root, expected))
        shutil.rmtree(root)
        root = bench.fresh()


def after_all(bench: Bench, dataset, root: Path, expected: dict) -> None:
    lake = scenario.lake_in(bench.home(dataset, root))
    write(lake, bench.spark, dataset, Request("after"))
    found = scenario.contents(lake, dataset)
    assert found == expected[dataset.name], (found, expected[dataset.name])


def races(bench: Bench, count: int) -> None:
    home = bench.fresh() / "lines"
    lake, taken = scenario.lake_in(home), []
    pair = [bench.worker(*SLOW_RENAMES) for _ in range(2)]
    for position in range(3, 3 + count):
        row = {"id": position, "day": "2026-01-04", "total": 1, "at": "2026-01-04T08:00:00Z"}
        land(lake, "shop", "orders", [row], position=position, load_id=f"load-{position}")
        for worker in pair:
            worker.ask((home, "lines"))
        for worker in pair:
            taken += next(iter(worker.wait_for("results")["results"].values())) or ()
    for worker in pair:
        worker.close()
    found = [line for line in scenario.contents(lake, scenario.lines)["table"] if '"2026-01-04"' in line]
    say(f"races: {len(taken)} loads taken of {count + 1}, {len(found)} rows of {count}")
    bench.bad += sorted(taken) != sorted(["two", *(f"load-{3 + each}" for each in range(count))])
    bench.bad += len(found) != count


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--rolls", type=int, default=3, help="random power cuts after an operation; -1: none")
    parser.add_argument("--races", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="crash-") as folder:
        bench = Bench(Path(folder), given.seed)
        if given.rolls >= 0:
            states(bench, given.rolls)
        if given.kills:
            kills(bench, given.kills)
        if given.races:
            races(bench, given.races)
    say("all held" if not bench.bad else f"{bench.bad} did not hold")
    return min(bench.bad, 1)


if __name__ == "__main__":
    sys.exit(main())
