"""Events of the shop's pages to sessions: seconds a million events, from the bucket to silver.

The simulator makes what the collector would have put into the bucket. Then every round builds bronze events,
silver events and sessions in a new lake over that bucket, in a warm session.
"""

import shutil
import warnings
from typing import Annotated

import typer
from lakes import lake_in, run, session, with_bucket
from side_by_side import said, timed

from jobs.web_events import land_events
from lakehouse import Lake
from supercorp.world import simulate

SEED, MILLION = 7, 1_000_000


def main(
    size: Annotated[str, typer.Option(help="Of the company: tiny, small, medium.")] = "small",
    days: Annotated[int | None, typer.Option(help="Of its history; all by default.")] = None,
    rounds: Annotated[int, typer.Option(help="Measured rounds.")] = 5,
) -> None:
    """Measure."""
    with session() as (spark, folder):
        project = lake_in(folder / "first")
        bucket = project.settings.bucket_dir
        loads = land_events(simulate(size, SEED, days=days), bucket)
        events = sum(load.rows for load in loads)
        chain = [project.catalog[name] for name in ("web_events", "events", "sessions")]
        found = []
        for number in range(-1, rounds):
            var = with_bucket(folder / "lake", bucket.parent)
            lake = Lake(project.settings.model_copy(update={"var": var}), project.catalog)
            each = {
                dataset.name: timed(lambda lake=lake, dataset=dataset: run(lake, spark, dataset)).wall
                for dataset in chain
            }
            if number >= 0:
                found.append(sum(each.values()) / events * MILLION)
                told = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in each.items())
                print(f"sessions round {number + 1}: {events:,} events; {told}", flush=True)
            shutil.rmtree(var)
        said("sessions", "seconds_per_million_events", found, None)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    typer.run(main)
