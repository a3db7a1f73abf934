"""``lakehouse plan``: what would run, and why. Writes nothing, starts no Spark, reads no data.

With ``--format json`` it prints one object with these keys, which stay as they are::

    {"lakehouse_plan": 1, "environment": "dev", "made_at": "2026-05-04T06:00:00Z", "anything": true,
     "datasets": [{"dataset": "gold.daily_sales", "status": "new input", "runs": true,
                   "reasons": ["orders: 1 new commit, 3 rows"], "whole": false,
                   "windows": {"at_most": 2, "keys": ["2026-05-02", "2026-05-03"]},
                   "loads": null, "code_changed": false,
                   "contract": {"change": "additive", "changes": [
                       {"what": "column added", "class": "additive", "column": "coupon", "rule": null,
                        "old": null, "new": "string", "consumers": []}]},
                   "empty_windows": [], "deprecated": null}],
     "problems": []}

``consumers`` of a change have ``name``, ``owner``, ``columns``, ``used_by`` and ``sure``; ``problems``
are those of the queries in ``consumers/``. ``windows`` is an upper bound from file statistics, and null
where there are none or the logs do not tell. ``loads`` (bronze only) has ``waiting``, ``oldest``,
``problems``, ``duplicates``, ``passed_over``.
"""

import json
from dataclasses import asdict
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from lakehouse.change.plan import DatasetPlan, LoadsPlan, Plan

__all__ = ["Format", "as_json", "command"]

_WIDEST = 100_000
_FEW = 3
_STYLES = {"up to date": "dim", "blocked": "bold red", "waits for its input": "yellow"}


class Format(StrEnum):
    """How the plan is written."""

    TEXT = "text"
    JSON = "json"


def command(
    selection: Annotated[
        list[str] | None,
        typer.Argument(help="Datasets or layers; `+orders` with all it reads, `orders+` with its readers."),
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="For people, or for programs.")] = Format.TEXT,
) -> None:
    """Show what would run, and why; write nothing. The exit code is 0 also where there is work to do."""
    from lakehouse.change.plan import plan
    from lakehouse.lake import Lake

    found = plan(Lake.load(), selection)
    if form is Format.JSON:
        print(json.dumps(as_json(found), indent=1, ensure_ascii=False))
    else:
        _print(found)


def as_json(found: "Plan") -> dict[str, Any]:
    """The plan in the stable form that this module's docstring shows."""
    return {
        "lakehouse_plan": 1,
        "environment": found.environment,
        "made_at": f"{found.made_at:%Y-%m-%dT%H:%M:%SZ}",
        "anything": found.anything,
        "datasets": [_dataset(each) for each in found.datasets],
        "problems": list(found.problems),
    }


def _dataset(each: "DatasetPlan") -> dict[str, Any]:
    windows = None if each.windows is None else {"at_most": len(each.windows), "keys": list(each.windows)}
    return {
        "dataset": each.dataset,
        "status": each.status.value,
        "runs": each.runs,
        "reasons": list(each.reasons),
        "whole": each.whole,
        "windows": windows,
        "loads": None if each.loads is None else _loads(each.loads),
        "code_changed": each.code_changed,
        "contract": {
            "change": each.contract.kind.value,
            "changes": [
                change.to_dict() | {"consumers": [asdict(consumer) for consumer in consumers]}
                for change, consumers in zip(each.contract.changes, each.consumers, strict=True)
            ],
        },
        "empty_windows": list(each.empty_windows),
        "deprecated": each.deprecated,
    }


def _loads(loads: "LoadsPlan") -> dict[str, Any]:
    return {
        "waiting": loads.waiting,
        "oldest": None if loads.oldest is None else f"{loads.oldest:%Y-%m-%dT%H:%M:%SZ}",
        "problems": list(loads.problems),
        "duplicates": loads.duplicates,
        "passed_over": loads.passed_over,
    }


def _print(found: "Plan") -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for title in ("dataset", "status", "why, and what"):
        table.add_column(title, overflow="fold", no_wrap=title == "status")
    for each in found.datasets:
        style = _STYLES.get(each.status, "green" if each.runs else "yellow")
        table.add_row(Text(each.dataset), Text(each.status, style=style), Text("\n".join(_words(each))))
    console = Console()
    if not console.is_terminal:  # nothing folds a line that no terminal limits
        console.width = _WIDEST
    console.print(table)
    for problem in found.problems:
        console.print(problem, style="yellow", highlight=False, markup=False)
    running = sum(each.runs for each in found.datasets)
    if running:
        console.print(f"{running} of {len(found.datasets)} would run: `lakehouse run`", highlight=False)
    else:
        console.print("Nothing to do.", highlight=False)


def _words(each: "DatasetPlan") -> list[str]:
    words = list(each.reasons)
    for change, consumers in zip(each.contract.changes, each.consumers, strict=True):
        words.append(f"- {change} ({change.kind})")
        words += [f"    used by {consumer}" for consumer in consumers]
    if each.deprecated:
        words.append(f"deprecated: it goes on {each.deprecated}")
    if each.windows:
        words.append(f"windows, at most: {_some(each.windows)}")
    elif each.whole:
        words.append("everything is read, and the table replaced")
    if each.empty_windows:
        words.append(f"no row in the windows {_some(each.empty_windows)}")
    if loads := each.loads:
        if loads.oldest:
            words.append(f"the oldest load arrived {loads.oldest:%Y-%m-%d %H:%M} UTC")
        if loads.duplicates:
            words.append(f"copies of loads in the bucket, taken once: {loads.duplicates}")
        if loads.passed_over:
            words.append(f"dumps older than one taken, passed over: {loads.passed_over}")
        words += loads.problems
    return words


def _some(keys: tuple[str, ...]) -> str:
    if len(keys) <= _FEW:
        return ", ".join(keys)
    return f"{keys[0]} … {keys[-1]} ({len(keys):,})"
