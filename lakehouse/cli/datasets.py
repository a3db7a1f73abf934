"""``lakehouse datasets``: what the project declares, and how each table stands. Starts no Spark.

With ``--format json``: an array of objects with the keys ``dataset``, ``grain``, ``owner``, ``mode``,
``reads`` (datasets, or for bronze the source), ``latest_commit_at`` (UTC, null if never built),
``rows_written`` (by that commit) and ``quarantined`` (rows that wait).
"""

import json
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from lakehouse.dataset import Dataset
    from lakehouse.lake import Lake

__all__ = ["Format", "command"]

_WIDEST = 100_000


class Format(StrEnum):
    """How the list is written."""

    TEXT = "text"
    JSON = "json"


def command(
    form: Annotated[Format, typer.Option("--format", help="For people, or for programs.")] = Format.TEXT,
) -> None:
    """List the datasets, inputs before what reads them: what each is, whose, and how its table stands."""
    from lakehouse.lake import Lake

    lake = Lake.load()
    rows = [_row(lake, dataset) for dataset in lake.catalog]
    if form is Format.JSON:
        print(json.dumps(rows, indent=1, ensure_ascii=False))
    else:
        _print(rows)


def _row(lake: "Lake", dataset: "Dataset") -> dict[str, Any]:
    from lakehouse.engine.deltalog import latest_record
    from lakehouse.trust.inspection import open_count

    newest = latest_record(lake.table(dataset))
    record = newest.record if newest else None
    return {
        "dataset": dataset.full_name,
        "grain": dataset.spec.grain.splitlines()[0],
        "owner": dataset.owner,
        "mode": dataset.mode.name,
        "reads": [dataset.source.name] if dataset.source else list(dataset.inputs),
        "latest_commit_at": f"{newest.committed_at:%Y-%m-%dT%H:%M:%SZ}" if newest else None,
        "rows_written": record.rows_written if record else None,
        "quarantined": open_count(lake, dataset),
    }


def _print(rows: list[dict[str, Any]]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for title in ("dataset", "grain", "owner", "mode", "reads", "newest commit (UTC)"):
        table.add_column(title, overflow="fold")
    for title in ("rows written", "in quarantine"):
        table.add_column(title, justify="right")
    for row in rows:
        texts = [str(row[name]) for name in ("dataset", "grain", "owner", "mode")]
        at = row["latest_commit_at"]
        texts += [", ".join(row["reads"]), at.replace("T", " ").rstrip("Z") if at else "never built"]
        texts.append("" if row["rows_written"] is None else f"{row['rows_written']:,}")
        texts.append(f"{row['quarantined']:,}" if row["quarantined"] else "")
        table.add_row(*map(Text, texts))
    console = Console()
    if not console.is_terminal:  # nothing folds a line that no terminal limits
        console.width = _WIDEST
    console.print(table)
