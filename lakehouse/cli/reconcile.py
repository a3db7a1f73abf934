"""``lakehouse reconcile``: whether silver is what the source's database is. Starts no Spark."""

from typing import Annotated

import typer

__all__ = ["command"]


def command(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="DATASET", help="Silver tables; without, all of them.")
    ] = None,
    system: Annotated[
        str | None, typer.Option(help="The source system; without, the one whose database is known.")
    ] = None,
    database: Annotated[
        str | None, typer.Option(help="Its PostgreSQL URL; without, as in LAKEHOUSE_SOURCE_DATABASES.")
    ] = None,
    schema: Annotated[str | None, typer.Option(help="The tables' schema; without, the search path.")] = None,
    *,
    wait: Annotated[
        float, typer.Option(help="Seconds for the capture to land what is on its way, if keys differ.", min=0)
    ] = 0,
    drained: Annotated[
        bool, typer.Option("--drained", help="All that the database holds has landed: nothing is on its way.")
    ] = False,
) -> None:
    """Hold silver against the database it comes from. Exit code 1 for a difference that nothing explains."""
    from lakehouse.lake import Lake
    from lakehouse.telling.logs import start_logging
    from lakehouse.trust.reconciliation import told
    from lakehouse.trust.reconciliation.telling import database_of, reconcile_and_tell

    lake = Lake.load()
    known = lake.settings.source_databases
    system = system or (next(iter(known)) if len(known) == 1 else None)
    if system is None:
        raise typer.BadParameter("say which source system: --system NAME")
    url = database or database_of(lake, system)
    clean = True
    with start_logging(lake.settings, "reconcile"):
        for report in reconcile_and_tell(
            lake, url, system, names=names or (), schema=schema, drained=drained, patience=wait
        ):
            clean = clean and report.clean
            typer.echo(told(report))
            for example in report.examples:
                typer.echo(f"  {example}")
            if report.left_out:
                typer.echo(f"  not compared: {', '.join(report.left_out)}")
    if not clean:
        raise typer.Exit(1)
