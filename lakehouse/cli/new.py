"""``lakehouse new``: a dataset's file and test, proposed from data that is there. Starts no Spark."""

from typing import Annotated

import typer

from lakehouse.layers import Layer

__all__ = ["command"]


def command(
    layer: Annotated[Layer, typer.Argument(help="The layer of the new dataset.")],
    name: Annotated[str, typer.Argument(help="Its name, unique in the lake.")],
    table: Annotated[str | None, typer.Option("--from", help="The table that it reads.")] = None,
    source: Annotated[
        str | None, typer.Option("--source", help="For bronze: the source in the bucket, as SYSTEM.TABLE.")
    ] = None,
    owner: Annotated[
        str | None, typer.Option("--owner", help="team:NAME or an address; default: the input's owner.")
    ] = None,
) -> None:
    """Scaffold a dataset and its test: the contract proposed from the data, each guess explained."""
    from lakehouse.lake import Lake
    from lakehouse.scaffold import scaffold

    lake = Lake.load()
    made = scaffold(lake, layer, name, table=table, source=source, owner=owner)
    for path in (made.dataset, made.test):
        print(f"wrote {path.relative_to(lake.settings.project)}")
    print(
        f"The contract is a proposal from {made.rows:,} rows: read it, say yes or no to each guess.\n"
        f"Then: make test ARGS='-k test_{name}', and lakehouse run {name}"
    )
