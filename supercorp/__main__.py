"""The company from the command line: ``python -m supercorp history``, ``live``, ``start``, ``stop``."""

import math
import signal
import threading
import time
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from supercorp.errors import CompanyError
from supercorp.history import run_history
from supercorp.live import Pace, live
from supercorp.postgres import Postgres, database_url, open_database
from supercorp.sender import Sender
from supercorp.world import LAST_DAY

app = typer.Typer(no_args_is_help=True, add_completion=False, help="SuperCorp, whose truth is known.")

Folder = Annotated[Path, typer.Option(help="Where the database and truth.json live.")]
_FOLDER = Path("var/supercorp")


@app.command()
def history(
    *,
    size: Annotated[str, typer.Option(help="tiny, small, or another size of truths.toml.")] = "small",
    seed: Annotated[int, typer.Option(help="The same seed gives the same history.")] = 7,
    days: Annotated[int | None, typer.Option(help="Days of history; the size's own by default.")] = None,
    last_day: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Where the history ends.")
    ] = None,
    folder: Folder = _FOLDER,
    fresh: Annotated[bool, typer.Option(help="Remove the history that is there first.")] = False,
) -> None:
    """Run the company's history into its database; what is there already is left alone."""
    begun = time.monotonic()
    truth_file = folder / "truth.json"
    with open_database(folder / "postgres") as url:
        result = run_history(
            url,
            size,
            seed,
            last_day=last_day.date() if last_day else LAST_DAY,
            days=days,
            truth_file=truth_file,
            fresh=fresh,
            say=typer.echo,
        )
    typer.echo(
        f"history: {result.days_written} days, {result.rows_written:,} rows written"
        f" in {time.monotonic() - begun:.1f} s; the truth is in {truth_file}"
    )


@app.command(name="live")
def go_on(
    *,
    speed: Annotated[
        float, typer.Option(min=0.001, help="Simulated time passes this many times as fast.")
    ] = 600.0,
    minutes: Annotated[
        float, typer.Option(min=0, help="Minutes of the clock; until Ctrl-C by default.")
    ] = math.inf,
    collector: Annotated[
        str | None, typer.Option(help="Where events go, as http://127.0.0.1:3080; nowhere by default.")
    ] = None,
    write_key: Annotated[
        str, typer.Option(envvar="SUPERCORP_WRITE_KEY", help="The collector's key for the shop.")
    ] = "",
    exports: Annotated[
        Path | None, typer.Option(help="Where the other systems drop their files; nowhere by default.")
    ] = None,
    folder: Folder = _FOLDER,
) -> None:
    """Go on after the history: orders, stock, events and files as they would come, until stopped."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with open_database(folder / "postgres") as url:
        lived = live(
            url,
            Pace(speed, minutes),
            stop=stop,
            sender=Sender(collector, write_key, stop, typer.echo) if collector else None,
            exports=exports,
            say=typer.echo,
        )
    typer.echo(
        f"live: {lived.transactions:,} transactions, {lived.rows:,} rows, {lived.events:,} events,"
        f" {lived.files:,} files; it goes on from here the next time"
    )


@app.command()
def start(folder: Folder = _FOLDER) -> None:
    """Start the database and leave it running; prints its address, the password is in the folder."""
    if database_url():
        typer.echo("SUPERCORP_DATABASE_URL is set: that database is used, none is started")
        return
    server = Postgres().start(folder / "postgres")
    typer.echo(f"running at {server.url.rpartition('@')[2]}; stop it with `python -m supercorp stop`")


@app.command()
def stop(folder: Folder = _FOLDER) -> None:
    """Stop the database that `start`, or a run that was killed, has left running."""
    typer.echo("stopped" if Postgres().stop_running(folder / "postgres") else "it was not running")


def main() -> None:
    """Run the command line; an error of ours is one sentence on stderr and exit code 1."""
    try:
        app()
    except CompanyError as error:
        typer.echo(str(error), err=True)
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
