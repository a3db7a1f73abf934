"""The soak: the company lives, everything that takes it in is killed at random, and nothing may be lost.

In a folder of its own, ``var/soak``: a history, then the company goes on living while capture, collector,
lake and daemon work, each killed now and then and started again. At the end what is under way is taken in,
and every table is held against the database, every event against what was sent, every bronze table against
the bucket.
``python -m jobs.soak --minutes 5``.
"""

import gzip
import json
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Annotated

import typer

from jobs.program import end_with, run
from jobs.shop_changes import SOURCE
from jobs.shop_dumps import SOURCE as SHOP
from jobs.systems import KILLED, Systems, wait_for
from lakehouse import doctor
from lakehouse.capture.loads import list_loads
from lakehouse.dagster.running import run_lake
from lakehouse.engine.sql import query
from lakehouse.lake import Lake
from lakehouse.settings import load_settings
from lakehouse.telling.progress import Progress
from lakehouse.trust import inspection
from lakehouse.trust.conservation import account_of
from lakehouse.trust.reconciliation import reconcile, told
from supercorp.clock import DAY, HOUR, midnight
from supercorp.database import SCHEMA
from supercorp.events import events_on
from supercorp.history import HistoryResult, run_history
from supercorp.postgres import Postgres
from supercorp.world import simulate

__all__ = ["soak"]

_ALL = 1_000_000
_MESSAGE_ID = re.compile(r'messageId\\*"\s*:\s*\\*"([0-9A-Za-z-]+)')


def soak(
    *,
    minutes: Annotated[float, typer.Option(min=0.1, help="How long the company lives, by the clock.")] = 5.0,
    size: Annotated[str, typer.Option(help="The company's size.")] = "tiny",
    speed: Annotated[float, typer.Option(min=1, help="Its time passes this many times as fast.")] = 2000.0,
    seed: Annotated[int, typer.Option(help="Of the kills.")] = 1,
    longest: Annotated[float, typer.Option(min=1, help="Seconds between two kills, at most.")] = 20.0,
) -> None:
    """Let the company live under kills, then see that nothing is lost, doubled or different."""
    settings = load_settings(var=load_settings().var_dir / "soak", feeds={SHOP: SOURCE})
    progress, begun = Progress(), time.monotonic()
    doctor.quick(settings)
    with Postgres() as server, Systems(settings, server, speed=speed) as systems:
        with progress.step("history") as step:
            server.start(systems.folder / "postgres")
            history = run_history(server.url, size, truth_file=systems.folder / "truth.json", say=step.note)
        with progress.step("life under kills") as step:
            systems.start()
            wait_for(lambda: systems.listening("collector"), systems.said)
            killed = Counter(each for each in _moments(minutes * 60, longest, seed) if systems.kill(each))
            step.result("killed: " + ", ".join(f"{what} {times}" for what, times in killed.items()))
        with progress.step("what is under way") as step:
            lived = _come_to_rest(systems)
            step.result(f"{lived / DAY:.1f} days lived")
        lake = Lake.load(settings)
        report = run_lake(lake, progress=progress)
        problems = [*_tables(lake, server.url), *_events(lake, history, lived), *_accounts(lake)]
    sys.stderr.write(f"\nDone in {time.monotonic() - begun:.0f} s.\n")
    end_with(report, problems)


def _moments(seconds: float, longest: float, seed: int) -> Iterator[str]:
    """What to kill next, at random moments; everything once before anything twice."""
    dice, end = random.Random(seed), time.monotonic() + seconds  # noqa: S311 - kills are no secret
    while True:
        for what in dice.sample(KILLED, len(KILLED)):
            time.sleep(min(dice.uniform(1, longest), max(0, end - time.monotonic())))
            if time.monotonic() >= end:
                return
            yield what


def _come_to_rest(systems: Systems) -> int:
    """End everything, so that what was on its way lies in the bucket; how long the company lived, in µs."""
    systems.start()
    systems.stop("company")
    wait_for(lambda: systems.listening("collector"), systems.said)
    systems.stop("collector")
    systems.kill_for_good("lake")
    systems.kill_for_good("capture")
    systems.once("jobs.shop_changes", "drain")
    return systems.lived()


def _tables(lake: Lake, url: str) -> Iterator[str]:
    """Say how each table of the shop compares; what is not as it should be."""
    for report in reconcile(lake, url, SHOP, schema=SCHEMA, drained=True):
        print(told(report))
        if not report.clean:
            yield f"{told(report)}; keys: {'; '.join(report.examples)}"


def _events(lake: Lake, history: HistoryResult, lived: int) -> Iterator[str]:
    """Say which of the events that the company sent are there; what is not as it should be.

    Those of the hour it was in when it stopped may have been sent or not.
    """
    world = simulate(history.world.size.name, history.world.seed, live_days=lived // DAY + 14)
    begin = midnight(history.last_day + timedelta(days=1))
    end = begin + lived
    sent = _ids(line for _, line in events_on(world, begin, end))
    underway = _ids(line for _, line in events_on(world, end, end + HOUR))
    there = Counter(query(lake.settings, "SELECT event_id FROM silver.events")["event_id"].to_pylist())
    aside = _set_aside(lake)
    lost, invented = sent - there.keys() - aside, there.keys() - sent - underway
    doubled = there.total() - len(there)
    counts = f"keys={len(sent)} differ={len(invented)} lost={len(lost)} doubled={doubled}"
    print(f"collector.events {counts} aside={len(sent & aside)}")
    if lost or invented or doubled:
        yield f"events: {len(lost)} lost, {doubled} doubled, {len(invented)} that nobody sent"


def _set_aside(lake: Lake) -> set[str]:
    """The ids of events that wait in quarantine, or that the collector did not take for events."""
    settings, found = lake.settings, set[str]()
    for load in list_loads(settings.bucket_dir, "collector", "events_rejected").loads:
        for file in load.files:
            with gzip.open(file.path, "rb") as lines:
                found |= {str(name) for line in lines for name in _MESSAGE_ID.findall(line.decode())}
    for name in ("web_events", "events"):
        for row in inspection.rows(lake, lake.catalog[name], limit=_ALL):
            found |= {value for key, value in row.values.items() if key in {"messageId", "event_id"}}
    return found


def _ids(lines: Iterable[bytes]) -> set[str]:
    """The ids of the messages that are JSON and have one."""
    found = set[str]()
    for line in lines:
        with suppress(ValueError):
            found.add(str(json.loads(line).get("messageId")))
    return found - {"None"}


def _accounts(lake: Lake) -> Iterator[str]:
    """Say of every bronze table what became of the lines in the bucket."""
    for dataset in lake.catalog:
        found = account_of(lake, dataset)
        if found is None:
            continue
        words = f"{found.lines} lines = {found.rows} rows + {found.aside} aside + {found.unchanged} unchanged"
        print(f"{found.dataset}: {words}")
        if found.missing:
            yield f"{found.dataset}: {found.missing} lines of the bucket are nowhere"


if __name__ == "__main__":
    run(lambda: typer.run(soak))
