"""One more day of a chain of three tables, on a history of ten, a hundred and a thousand days.

Bronze appends the day's load, silver merges it, gold computes the days that it touches again. The three
lakes take turns; what the longest takes, by what the shortest takes, is the growth.
"""

import warnings
from typing import Annotated

import typer
from lakes import session
from long_history import DAY, Chain
from side_by_side import Way, side_by_side


def main(
    days: Annotated[list[int] | None, typer.Option(help="Lengths of history; 10, 100 and 1,000.")] = None,
    rows: Annotated[int, typer.Option(help="Sales a day.")] = 2_000,
    rounds: Annotated[int, typer.Option(help="Measured days.")] = 5,
    real: Annotated[bool, typer.Option("--real", help="Let the road write all of the history.")] = False,  # noqa: FBT002
) -> None:
    """Measure."""
    with session() as (spark, folder):
        lengths = sorted(days or (10, 100, 1_000))
        chains = [Chain(spark, folder / f"{each}", each, rows, every=DAY, real=real) for each in lengths]
        shortest, *between, longest = (
            Way(f"{length:,} days", lambda _, chain=chain: chain.run(), lambda _, chain=chain: chain.land())
            for length, chain in zip(lengths, chains, strict=True)
        )
        side_by_side("one_more_day", longest, shortest, target=1.2, rounds=rounds, warm_ups=2, beside=between)
        for chain in chains:
            chain.prove()


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    typer.run(main)
