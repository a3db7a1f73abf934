"""``lakehouse drift``: what sources have otherwise than their contracts, as the commits say. Starts no Spark.

With ``--format json``: an array of objects with the keys ``dataset``, ``owner``, ``said`` (a sentence),
``change`` (``added``, ``gone``, ``retyped``), ``column``, ``rows`` (of the newest batch that shows it),
``became``, ``was`` (what the column was called before, perhaps, or null), ``first_at`` and ``last_at`` (UTC),
``over`` (whether a later batch had none of it).
"""

import json
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from lakehouse.dataset import Dataset
    from lakehouse.lake import Lake

__all__ = ["Format", "command"]


class Format(StrEnum):
    """How the list is written."""

    TEXT = "text"
    JSON = "json"


def command(
    names: Annotated[
        list[str] | None, typer.Argument(help="Bronze datasets. None: all.", metavar="DATASET")
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="For people, or for programs.")] = Format.TEXT,
) -> None:
    """Show which columns came, went, or changed type or name, and what became of their values."""
    from lakehouse.lake import Lake

    lake = Lake.load()
    found = [row for dataset in _chosen(lake, names or ()) for row in _changes(lake, dataset)]
    if form is Format.JSON:
        print(json.dumps(found, indent=1, ensure_ascii=False))
        return
    for row in found:
        print(f"{row['dataset']} ({row['owner']}): {row['said']}")
        since = f"{row['first_at']} to " if row["first_at"] != row["last_at"] else ""
        print(f"    {since}{row['last_at']} UTC{', over since' if row['over'] else ''}")
    if not found:
        print("Every source is what its contract says, as far as the tables' logs reach.")


def _chosen(lake: "Lake", names: Sequence[str]) -> list["Dataset"]:
    """The bronze datasets of those names, or all."""
    from lakehouse.errors import LakehouseError, explain

    chosen = [lake.catalog[name] for name in names] or [each for each in lake.catalog if each.source]
    for dataset in chosen:
        if dataset.source is None:
            raise LakehouseError(
                explain(
                    "the table has no source that could differ from its contract",
                    where=dataset.full_name,
                    expected="a bronze dataset",
                    remedy="name one of those that it is made of, or none, to see all",
                )
            )
    return chosen


def _changes(lake: "Lake", dataset: "Dataset") -> Iterator[dict[str, Any]]:
    """A row per change, the newest first."""
    from lakehouse.engine import deltalog
    from lakehouse.writing.drift import changes_of

    table = lake.table(dataset)
    commits = [each for each in deltalog.commits(table) if each.record] if deltalog.exists(table) else []
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for number, commit in enumerate(commits):
        at = f"{commit.committed_at:%Y-%m-%d %H:%M}"
        for change in changes_of(commit.record) if commit.record else ():
            row = found.setdefault(
                (change.kind, change.column),
                {
                    "dataset": dataset.full_name,
                    "owner": dataset.owner,
                    "said": str(change),
                    "change": change.kind,
                    "column": change.column,
                    "rows": change.rows,
                    "became": change.became,
                    "was": change.was,
                    "first_at": at,
                    "last_at": at,
                    "over": number > 0,
                },
            )
            row["first_at"] = at
    yield from found.values()
