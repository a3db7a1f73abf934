"""One more hour of a chain of three tables, when the history is a hundred times longer.

The same as `one_more_day.py` with hours: of a day of history, and of a hundred days.
"""

import warnings
from typing import Annotated

import typer
from lakes import session
from long_history import HOUR, Chain
from side_by_side import Way, side_by_side


def main(
    hours: Annotated[int, typer.Option(help="Length of the short history.")] = 24,
    times: Annotated[int, typer.Option(help="So many times longer is the long one.")] = 100,
    rows: Annotated[int, typer.Option(help="Sales an hour.")] = 500,
    rounds: Annotated[int, typer.Option(help="Measured hours.")] = 5,
) -> None:
    """Measure."""
    with session() as (spark, folder):
        short, long = (
            Chain(spark, folder / f"{length}", length, rows, every=HOUR) for length in (hours, hours * times)
        )
        side_by_side(
            "incremental_hour",
            Way(f"{hours * times:,} hours", lambda _: long.run(), lambda _: long.land()),
            Way(f"{hours:,} hours", lambda _: short.run(), lambda _: short.land()),
            target=None,
            rounds=rounds,
            warm_ups=2,
        )
        for chain in (short, long):
            chain.prove()


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    typer.run(main)
