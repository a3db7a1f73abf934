"""``lakehouse reload``: a table made anew from what it reads, guarded against doing so by mistake."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from lakehouse.writing.reload import Outlook

__all__ = ["command"]


def command(
    name: Annotated[str, typer.Argument(help="The dataset.", metavar="DATASET")],
    *,
    first: Annotated[
        str | None,
        typer.Option("--from", help="The first window; of bronze, the first day of arrival (UTC)."),
    ] = None,
    last: Annotated[str | None, typer.Option("--to", help="The last, included.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do it without asking for the table's name.")] = False,
    lose: Annotated[
        bool, typer.Option("--lose", help="Also where loads are no longer in the bucket: their rows go.")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check/--no-check", help="Compare the content before and after.")
    ] = True,
) -> None:
    """Make a table anew: bronze from the bucket, others from their inputs; all of it, or a range.

    Says first what it would do, and asks for the table's name. Readers see the table as it was until the one
    commit that replaces it. Exit code 2 where nothing was done.
    """
    from lakehouse.cli.run import run_and_tell
    from lakehouse.lake import Lake
    from lakehouse.writing.reload import outlook

    if (first is None) != (last is None):
        raise typer.BadParameter("give both --from and --to, or neither")
    span = (first, last) if first and last else None
    lake = Lake.load()
    dataset = lake.catalog[name]
    before = outlook(lake, dataset, span)
    _say(before, span)
    if before.lost and not lose:
        typer.secho("Nothing was done: --lose accepts that rows go with their loads.", fg="red", err=True)
        raise typer.Exit(2)
    if not yes and not _named(before.dataset):
        print("Nothing was done.")
        raise typer.Exit(2)
    held = _checksum(name) if check else ""
    bronze = dataset.source is not None
    run_and_tell(
        lake,
        [dataset.name],
        rebuild=span is None,
        windows=None if bronze else span,
        loads=span if bronze else None,
    )
    if check:
        now = _checksum(name)
        print(f"content as before: {now}" if now == held else f"content changed: {held} → {now}")
    if before.readers:
        print(f"Its readers take it in with the next `lakehouse run {dataset.name}+`.")


def _say(found: "Outlook", span: tuple[str, str] | None) -> None:
    took = (
        f"{found.seconds:,.0f} s the last time"
        if found.seconds is not None
        else "an unknown time: there was no such reload yet"
    )
    print(f"{found.dataset}: {found.rows:,} rows would be replaced, in one commit")
    print(f"  from      {found.what}")
    print(f"  takes     {took}")
    if found.waiting:
        waiting = f"{found.waiting:,} rows that wait in quarantine"
        print(f"  judged    again with it: {f'what came of it among the {waiting}' if span else waiting}")
    if found.readers:
        print(f"  read by   {', '.join(found.readers)}")
    if found.lost:
        names = ", ".join(found.lost[:5]) + (" …" if found.lost[5:] else "")
        typer.secho(
            f"  LOST      rows of {len(found.lost):,} loads no longer in the bucket: {names}", fg="red"
        )


def _named(dataset: str) -> bool:
    """Whether somebody sits there and repeats the table's name."""
    if not sys.stdin.isatty():
        print("Add --yes to do it.")
        return False
    return str(typer.prompt("The table's name, to go on", default="", show_default=False)) == dataset


def _checksum(name: str) -> str:
    from lakehouse.engine.checksum import content_checksum
    from lakehouse.engine.spark import start_session
    from lakehouse.lake import Lake

    lake = Lake.load()
    return content_checksum(start_session(lake.settings), lake.table(lake.catalog[name]))
