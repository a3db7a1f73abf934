"""``lakehouse run``: write what has something new to read, through Dagster, in this process."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from lakehouse.dagster.running import RunReport
    from lakehouse.lake import Lake

__all__ = ["command", "run_and_tell"]


def command(
    selection: Annotated[
        list[str] | None,
        typer.Argument(
            help="Datasets by name; +NAME with all it reads, NAME+ with all that read it. None: all."
        ),
    ] = None,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Read everything again and replace the tables.")
    ] = False,
    full_log: Annotated[
        bool, typer.Option("--full-log", help="Show Dagster's own log lines as well.")
    ] = False,
) -> None:
    """Run datasets: everything that has new input, or those named. What is up to date is passed over.

    A failure stops what lies downstream of it and nothing else. Exit code 1 if anything failed. The run
    shows in the Dagster UI (`lakehouse ui`).
    """
    from lakehouse.lake import Lake

    run_and_tell(Lake.load(), selection or [], rebuild=rebuild, full_log=full_log)


def run_and_tell(
    lake: "Lake",
    selection: list[str],
    *,
    rebuild: bool = False,
    windows: tuple[str, str] | None = None,
    loads: tuple[str, str] | None = None,
    full_log: bool = False,
) -> None:
    """Run, show each dataset as it goes, and say at the end what failed, and why."""
    from lakehouse.dagster.running import run_lake
    from lakehouse.telling.progress import Progress

    report = run_lake(
        lake,
        selection,
        rebuild=rebuild,
        windows=windows,
        loads=loads,
        progress=Progress(),
        full_log=full_log,
    )
    _say(report)
    if not report.ok:
        raise typer.Exit(1)


def _say(report: "RunReport") -> None:
    from lakehouse.dagster.running import Status

    for failed in report.of(Status.FAILED):
        typer.secho(f"\n{failed.problem}", fg="red", err=True)
    if report.error:
        typer.secho(f"\n{report.error}", fg="red", err=True)
    counts = [f"{len(report.of(status))} {status}" for status in Status if report.of(status)]
    print(f"{', '.join(counts)} in {report.seconds:.1f} s (run {report.run_id})")
    if skipped := report.of(Status.SKIPPED):
        print(f"skipped: {', '.join(each.dataset.full_name for each in skipped)}")
