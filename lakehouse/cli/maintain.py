"""``lakehouse maintain``: the care of the tables' files. A session is started only where it helps."""

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from lakehouse.engine.maintenance import Upkeep
    from lakehouse.lake import Lake
    from lakehouse.writing.maintain import Laggard, Maintained

__all__ = ["command"]

_MIB = 1024**2


def command(
    names: Annotated[
        list[str] | None,
        typer.Argument(help="Datasets by name, as `run` takes them. None: all.", metavar="DATASET"),
    ] = None,
    days: Annotated[
        float, typer.Option("--retention", help="Days for which files are kept that no table needs.", min=7)
    ] = 30.0,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
) -> None:
    """Put small files together, remove files that nothing needs any more, thin the logs.

    What a dataset has yet to read is kept for it, however old. Exit code 1 if that failed for a table.
    """
    from lakehouse.change.selection import select
    from lakehouse.engine import deltalog
    from lakehouse.lake import Lake
    from lakehouse.telling.logs import start_logging
    from lakehouse.writing.maintain import laggard, maintain_all, upkeep

    lake, retention = Lake.load(), timedelta(days=days)
    chosen = select(lake.catalog, names or ())
    tables = [each for each in lake.catalog if each.name in chosen and deltalog.exists(lake.table(each))]
    if dry_run:
        for each in tables:
            _say(each.full_name, upkeep(lake, each, retention), laggard(lake, each))
        return
    with start_logging(lake.settings, f"maintain-{uuid.uuid4().hex[:12]}"):
        done = maintain_all(lake, lambda: _session(lake), tables, retention=retention)
        failed = [_tell(dataset.full_name, result) for dataset, result in done]
    print(
        f"{len(tables):,} table{'s' if len(tables) != 1 else ''} looked at, {len(failed):,} in need of care"
    )
    if any(failed):
        raise typer.Exit(1)


def _session(lake: "Lake") -> "SparkSession":
    from lakehouse.doctor import quick
    from lakehouse.engine.spark import start_session

    quick(lake.settings)
    return start_session(lake.settings)


def _say(name: str, files: "Upkeep", waiting: "Laggard | None") -> None:
    words = [f"{files.files:,} files of {files.bytes / _MIB:,.1f} MiB"]
    if files.worth_compacting:
        words.append(f"{files.spare:,} fewer after putting together")
    if files.dead:
        words.append(f"{files.dead:,} of {files.dead_bytes / _MIB:,.1f} MiB to remove")
    if files.summaries:
        words.append(f"{files.summaries:,} of the log to remove")
    if waiting:
        words.append(f"kept for {waiting.reader}, which has not read since {waiting.since:%Y-%m-%d %H:%M}")
    print(f"{name}: {'; '.join(words)}")


def _tell(name: str, done: "Maintained | Exception") -> bool:
    """Say what was done for a table; gives whether it failed."""
    if isinstance(done, Exception):
        typer.secho(f"{name}: {done}", fg="red", err=True)
        return True
    words = [f"{done.files_saved:,} fewer after putting together"] if done.files_saved else []
    words += [f"{done.files_removed:,} removed"] if done.files_removed else []
    words += [f"{done.log_files_removed:,} of the log removed"] if done.log_files_removed else []
    words += [f"files kept for {done.kept_for.reader}"] if done.kept_for else []
    print(f"{name}: {', '.join(words) or 'nothing to gain'}")
    return False
