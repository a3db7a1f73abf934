"""How changes of contracts are told: a table for people, JSON for programs, an exit code for both.

``diff --format json`` and ``check --format json`` print one object with these keys, which stay as they
are; ``against`` is ``deployed``, a git revision, or the schema::

    {"lakehouse_contract_diff": 1, "against": "origin/main", "class": "breaking",
     "tables": [{"table": "silver.orders", "class": "breaking",
                 "changes": [{"what": "type changed", "class": "breaking", "column": "total", "rule": null,
                              "old": "decimal(12,2)", "new": "double", "advice": null,
                              "consumers": [{"name": "gold.daily_sales", "owner": "team:growth",
                                             "columns": ["revenue"], "used_by": "", "sure": true}]}]}],
     "problems": []}
"""

import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from lakehouse.change.difference import Change, Difference
    from lakehouse.change.usage import Consumer

__all__ = ["Format", "Row", "tell"]

_EXIT = {"none": 0, "rules": 3, "additive": 4, "breaking": 1}
_STYLES = {"breaking": "bold red", "additive": "green", "rules": "yellow"}


class Format(StrEnum):
    """How the answer is written."""

    TABLE = "table"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Row:
    """One change as it is shown."""

    table: str
    change: "Change"
    consumers: "tuple[Consumer, ...]"
    advice: str | None = None


def tell(rows: list[Row], problems: tuple[str, ...], against: str, form: Format, *, exit_code: bool) -> None:
    """Show the changes against something, and end with the exit code of the gravest."""
    from lakehouse.change.difference import Difference, worst

    kind = worst(row.change for row in rows)
    if form is Format.JSON:
        print(json.dumps(_as_json(rows, problems, against, kind), indent=1, ensure_ascii=False))
    else:
        _print(rows, problems, against, kind)
    if kind is Difference.BREAKING or exit_code:
        raise typer.Exit(_EXIT[kind])


def _as_json(rows: list[Row], problems: tuple[str, ...], against: str, kind: "Difference") -> dict[str, Any]:
    from lakehouse.change.difference import worst

    by_table: dict[str, list[Row]] = {}
    for row in rows:
        by_table.setdefault(row.table, []).append(row)
    tables = [
        {
            "table": table,
            "class": worst(row.change for row in its).value,
            "changes": [
                {
                    **row.change.to_dict(),
                    "advice": row.advice,
                    "consumers": [asdict(consumer) for consumer in row.consumers],
                }
                for row in its
            ],
        }
        for table, its in by_table.items()
    ]
    return {
        "lakehouse_contract_diff": 1,
        "against": against,
        "class": kind.value,
        "tables": tables,
        "problems": list(problems),
    }


def _print(rows: list[Row], problems: tuple[str, ...], against: str, kind: "Difference") -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    if not console.is_terminal:  # nothing folds a line that no terminal limits
        console.width = 100_000
    if rows:
        table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
        for title in ("table", "class", "what changes, and whom it concerns"):
            table.add_column(title, overflow="fold", no_wrap=title == "class")
        for row in rows:
            words = [str(row.change), *(f"    used by {consumer}" for consumer in row.consumers)]
            words += [f"    to do: {row.advice}"] if row.advice else []
            style = _STYLES[row.change.kind]
            table.add_row(Text(row.table), Text(row.change.kind, style=style), Text("\n".join(words)))
        console.print(table)
    for problem in problems:
        console.print(problem, style="yellow", highlight=False, markup=False)
    console.print(f"against {against}: {kind}", highlight=False, markup=False)
