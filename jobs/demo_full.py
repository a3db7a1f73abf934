"""The full demo: every source of SuperCorp's, into the whole lake, to the pages.

The production database's history comes in twice, by dumps and by change capture, which runs beside it
from the first day on. The lake reads the changes, as ``LAKEHOUSE_FEEDS`` would say, and is held against the
database at the end. Then events, ad reports, tickets and the warehouse's sheet.
"""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from typing import Annotated

import typer
from rich.console import Console

from jobs.answer import print_answer
from jobs.exports import land_exports
from jobs.program import end_with, run
from jobs.shop_changes import CAPTURED, capture_home, prepare
from jobs.shop_dumps import ALL_DUMPS, SOURCE, capture_history
from jobs.web_events import land_events
from lakehouse import doctor
from lakehouse.capture.changes.capture import ChangeCapture
from lakehouse.capture.changes.java import engine_jars
from lakehouse.capture.loads import list_loads
from lakehouse.dagster.running import run_lake
from lakehouse.errors import LakehouseError
from lakehouse.lake import Lake
from lakehouse.pages.site import site_dir, write_site
from lakehouse.settings import Settings, load_settings
from lakehouse.telling.progress import Progress
from lakehouse.trust.reconciliation import reconcile, told
from supercorp.database import SCHEMA
from supercorp.postgres import open_database
from supercorp.world import World

__all__ = ["demo_full"]

SEED = 7


def demo_full(
    size: Annotated[
        str, typer.Option(help="tiny, small, or another size of supercorp/truths.toml.")
    ] = "small",
    seed: Annotated[int, typer.Option(help="The same seed gives the same company.")] = SEED,
) -> None:
    """Start the company, take in all it has, build the lake and its pages, and say what is in it."""
    began, progress = time.monotonic(), Progress()
    lake = Lake.load(load_settings(feeds={SOURCE: CAPTURED.source}))
    doctor.quick(lake.settings)
    with progress.step("SuperCorp: production database, dumps and change capture") as step:
        world, taken = _take_in_database(lake.settings, size, seed, step.note)
        step.result(taken)
    with progress.step("SuperCorp: events, ad reports, tickets, the warehouse's sheet") as step:
        events = land_events(world, lake.settings.bucket_dir, step.note)
        files = land_exports(world, lake.settings.bucket_dir)
        received = sum(load.rows for load in events)
        step.result(f"{received:,} events and {len(files)} files landed")
    report = run_lake(lake, progress=progress)
    with progress.step("silver held against the database") as step:
        differing = _reconciled(lake)
        step.result(", ".join(differing) or "every table is what it is there")
    with progress.step("pages") as step:
        built = write_site(lake, say=step.note)
        step.result(f"{sum(not each.problem for each in built)} of {len(built)} in {site_dir(lake)}")
    print_answer(lake, report, Console())
    sys.stderr.write(f"\nDone in {time.monotonic() - began:.0f} s.\n")
    problems = [f"page {page.dashboard.name}: {page.problem}" for page in built if page.problem]
    end_with(report, [*problems, *differing])


def _reconciled(lake: Lake) -> list[str]:
    """Hold silver against the database: a line for each table that differs and nothing explains it."""
    with open_database(lake.settings.var_dir / "supercorp" / "postgres") as url:
        reports = list(reconcile(lake, url, SOURCE, schema=SCHEMA, drained=True))
    for report in reports:
        sys.stderr.write(f"{told(report)}\n")
    return [told(report) for report in reports if not report.clean]


def _take_in_database(
    settings: Settings, size: str, seed: int, say: Callable[[str], None]
) -> tuple[World, str]:
    """Write the history while its changes are captured, until the last has landed; the company, and words."""
    place = settings.var_dir / "supercorp"
    with ExitStack() as open_:
        url = open_.enter_context(open_database(place / "postgres"))
        capturing: list[ChangeCapture] = []

        def capture_from_the_first_day(_: date) -> None:
            if not capturing:
                capturing.append(open_.enter_context(_captured_beside(settings, url, say)))

        history, loads = capture_history(
            url,
            settings.bucket_dir,
            size,
            seed,
            truth_file=place / "truth.json",
            say=say,
            dumps=ALL_DUMPS,
            on_day=capture_from_the_first_day,
        )
        capture_from_the_first_day(history.last_day)
    dumped = sum(load.rows for load in loads)
    happened = "history is there" if history.was_there else f"{history.rows_written:,} rows written"
    changed = sum(
        load.rows
        for table in ALL_DUMPS
        for load in list_loads(settings.bucket_dir, CAPTURED.source, table.table).loads
    )
    return history.world, f"{happened}; {dumped:,} rows dumped now; {changed:,} changes captured in all"


@contextmanager
def _captured_beside(settings: Settings, url: str, say: Callable[[str], None]) -> Iterator[ChangeCapture]:
    """Capture changes in a thread of its own; at the end, until all that is committed is in the bucket."""
    jars, home, done = engine_jars(settings, say), capture_home(settings), threading.Event()
    failed: list[LakehouseError] = []
    with ChangeCapture(prepare(url, home), settings.bucket_dir, CAPTURED, home=home, jars=jars) as capture:

        def work() -> None:
            try:
                capture.run_until(done.is_set)
            except LakehouseError as error:
                failed.append(error)

        thread = threading.Thread(target=work, name="change capture")
        thread.start()
        try:
            yield capture
        finally:
            done.set()
            thread.join()
        if failed:
            raise failed[0]
        say("waiting for the last changes to land")
        capture.drain()


if __name__ == "__main__":
    run(lambda: typer.run(demo_full))
