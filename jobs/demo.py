"""The demo: SuperCorp's shop is started and filled, its dumps land, the whole lake is built.

One process, one Spark session; it shows what it does all along and ends with an answer. A second run
finds everything there and writes nothing. ``python -m jobs.demo --size small``.
"""

import sys
import time
from typing import Annotated

import typer
from rich.console import Console

from jobs.answer import print_answer
from jobs.program import end_with, run
from jobs.shop_dumps import capture_history, fed_by_the_shop
from lakehouse import doctor
from lakehouse.dagster.running import run_lake
from lakehouse.lake import Lake
from lakehouse.telling.progress import Progress
from supercorp.postgres import open_database

__all__ = ["demo"]

SEED = 7


def demo(
    size: Annotated[
        str,
        typer.Option(help="tiny, small, or another size of supercorp/truths.toml."),
    ] = "small",
    seed: Annotated[int, typer.Option(help="The same seed gives the same company.")] = SEED,
) -> None:
    """Start the company, land its dumps, build the lake, and say what is in it."""
    began, progress = time.monotonic(), Progress()
    lake = Lake.load()
    settings = lake.settings
    doctor.quick(settings)
    place = settings.var_dir / "supercorp"
    with (
        progress.step("SuperCorp: production database and its dumps") as step,
        open_database(place / "postgres") as url,
    ):
        history, loads = capture_history(
            url,
            settings.bucket_dir,
            size,
            seed,
            truth_file=place / "truth.json",
            say=step.note,
        )
        rows = sum(load.rows for load in loads)
        landed = f"{len(loads)} loads landed, {rows:,} rows" if loads else "nothing new to land"
        happened = "history is there" if history.was_there else f"{history.rows_written:,} rows written"
        step.result(f"{happened}; {landed}")
    fed = [dataset.name for dataset in fed_by_the_shop(lake.catalog)]
    report = run_lake(lake, fed, progress=progress)
    print_answer(lake, report, Console())
    sys.stderr.write(f"\nDone in {time.monotonic() - began:.0f} s.\n")
    end_with(report, [])


if __name__ == "__main__":
    run(lambda: typer.run(demo))
