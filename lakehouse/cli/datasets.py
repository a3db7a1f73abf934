"""``lakehouse datasets``: what the project declares, whether it has been built or not."""

import json
from typing import TYPE_CHECKING, Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from lakehouse.lake import Lake

if TYPE_CHECKING:
    from lakehouse.dataset import Dataset

__all__ = ["command"]

_WIDEST = 100_000


def command(
    as_json: Annotated[bool, typer.Option("--json", help="An array of objects instead of a table.")] = False,
) -> None:
    """List the datasets, inputs before what reads them: layer, owner, inputs and grain."""
    rows = [_row(dataset) for dataset in Lake.load().catalog]
    if as_json:
        print(json.dumps(rows, indent=1, ensure_ascii=False))
        return
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for title in ("dataset", "owner", "mode", "reads", "grain"):
        table.add_column(title, overflow="fold")
    for row in rows:
        table.add_row(
            *(Text(str(row[title])) for title in ("dataset", "owner", "mode")), _names(row), _first_line(row)
        )
    console = Console()
    if not console.is_terminal:  # nothing folds a line that no terminal limits
        console.width = _WIDEST
    console.print(table)


def _row(dataset: "Dataset") -> dict[str, object]:
    return {
        "dataset": dataset.full_name,
        "owner": dataset.owner,
        "mode": type(dataset.mode).__name__,
        "reads": list(dataset.inputs),
        "grain": dataset.spec.grain,
    }


def _names(row: dict[str, object]) -> Text:
    reads = row["reads"]
    return Text(", ".join(reads) if isinstance(reads, list) else "")


def _first_line(row: dict[str, object]) -> Text:
    return Text(str(row["grain"]).splitlines()[0])
