"""``lakehouse backfill``: write a range of windows again, in one run."""

from typing import Annotated

import typer

__all__ = ["command"]


def command(
    names: Annotated[list[str], typer.Argument(help="Datasets with windows.", metavar="NAME...")],
    first: Annotated[str, typer.Option("--from", help="The first window, such as 2026-05-01.")],
    last: Annotated[str, typer.Option("--to", help="The last window, included.")],
) -> None:
    """Run datasets' windows again, over a range, in one run. What is new elsewhere is left for `run`."""
    from lakehouse.cli.run import run_and_tell
    from lakehouse.lake import Lake

    run_and_tell(Lake.load(), names, windows=(first, last))
