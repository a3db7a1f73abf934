"""``lakehouse quarantine``: list, explain, replay or discard rows that broke a rule.

Listing and explaining start no Spark and never show a personal value. Replaying and discarding write,
so they look at the machine first and start a session.
"""

import getpass
import json
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lakehouse.errors import QuarantineError, explain

if TYPE_CHECKING:
    from pyspark.sql import SparkSession
    from rich.table import Table

    from lakehouse.lake import Lake
    from lakehouse.trust.inspection import Summary
    from lakehouse.trust.replay import Replayed

__all__ = ["app"]

_WIDEST = 100_000
app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="List, explain, replay or discard rows that broke a rule.",
)


class Format(StrEnum):
    """How the answer is written."""

    TEXT = "text"
    JSON = "json"


TableName = Annotated[str, typer.Argument(metavar="TABLE", help="`orders` or `silver.orders`.")]
Rule = Annotated[str | None, typer.Option("--rule", help="Only rows that break this rule.")]
Ids = Annotated[list[str] | None, typer.Option("--id", help="A row's id, or its beginning; may be repeated.")]
All = Annotated[bool, typer.Option("--all", help="Every row that waits.")]
Form = Annotated[Format, typer.Option("--format", help="For people, or for programs.")]


@app.command("list")
def list_(form: Form = Format.TEXT) -> None:
    """Show how many rows wait, per table and rule, and since when."""
    from lakehouse.lake import Lake
    from lakehouse.trust.inspection import summaries

    found = summaries(Lake.load())
    if form is Format.JSON:
        print(json.dumps([_summary(each) for each in found], indent=1, ensure_ascii=False))
        return
    table = _table(
        "table", "waiting", "by rule (a row may break several)", "since", "newest", "run", "decided"
    )
    for each in found:
        rules = "\n".join(f"{name} {count:,}" for name, count in each.rules.items())
        decided = f"{each.replayed:,} replayed, {each.discarded:,} discarded"
        times = (f"{time:%Y-%m-%d %H:%M}" if time else "" for time in (each.oldest, each.newest))
        table.add_row(each.dataset, f"{each.waiting:,}", rules, *times, each.newest_run or "", decided)
    if found:
        _print(table)
    else:
        print("No row was ever set aside.")


@app.command("explain")
def explain_(
    table: TableName,
    rule: Rule = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many rows, newest first.")] = 20,
    form: Form = Format.TEXT,
) -> None:
    """Show rows that wait: why, where they came from, and their values with personal ones masked."""
    from lakehouse.lake import Lake
    from lakehouse.trust.inspection import open_count, rows

    lake = Lake.load()
    dataset = lake.catalog[table]
    found = rows(lake, dataset, rule=rule, limit=limit)
    if form is Format.JSON:
        print(json.dumps([_row(each) for each in found], indent=1, ensure_ascii=False))
        return
    for each in found:
        print(f"{each.id[:8]}  {each.at:%Y-%m-%d %H:%M:%S} UTC  run {each.run}  from {_visible(each.source)}")
        for name, why in zip(each.rules, each.why, strict=True):
            print(f"    {name}: {_visible(why)}")
        print("    " + _visible("  ".join(f"{name}={value}" for name, value in each.values.items())) + "\n")
    waiting = open_count(lake, dataset)
    print(f"{dataset.full_name}: {len(found):,} shown, {waiting:,} wait in all")


@app.command()
def replay(table: TableName, rule: Rule = None, ids: Ids = None, everything: All = False) -> None:
    """Feed rows through the write path again; what breaks again goes back into quarantine."""
    from lakehouse.lake import Lake
    from lakehouse.trust.replay import new_run
    from lakehouse.trust.replay import replay as feed_again

    _one_of(rule, ids, everything)
    lake = Lake.load()
    dataset, run = lake.catalog[table], new_run()
    with _session(lake, run) as spark:
        done = feed_again(lake, spark, dataset, run=run, rule=rule, ids=ids or ())
    for line in _said(done):
        print(line)


@app.command()
def discard(
    table: TableName,
    *,
    reason: Annotated[str, typer.Option(help="Why; it is kept with the rows.")],
    rule: Rule = None,
    ids: Ids = None,
    everything: All = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without, only say how many.")] = False,
) -> None:
    """Decide that rows are never published. They stay as evidence, with who decided, when and why."""
    from lakehouse.lake import Lake
    from lakehouse.trust.inspection import waiting_ids
    from lakehouse.trust.replay import discard as put_away
    from lakehouse.trust.replay import new_run

    _one_of(rule, ids, everything)
    lake = Lake.load()
    dataset = lake.catalog[table]
    meant = waiting_ids(lake, dataset, rule=rule, ids=ids or ())
    if not yes:
        print(f"{dataset.full_name}: {len(meant):,} rows would be discarded; add --yes to do it")
        raise typer.Exit(2)
    with _session(lake, new_run()) as spark:
        by = getpass.getuser()
        count = put_away(lake, spark, dataset, by=by, reason=reason, rule=rule, ids=ids or ())
    print(f"{dataset.full_name}: {count:,} rows discarded")


def _one_of(rule: str | None, ids: list[str] | None, everything: bool) -> None:
    if sum((rule is not None, bool(ids), everything)) != 1:
        raise QuarantineError(
            explain("say which rows are meant", expected="exactly one of --rule, --id and --all")
        )


@contextmanager
def _session(lake: "Lake", run: str) -> "Iterator[SparkSession]":
    from lakehouse.doctor import quick
    from lakehouse.engine.spark import start_session
    from lakehouse.telling.logs import start_logging

    quick(lake.settings)
    with start_logging(lake.settings, run):
        yield start_session(lake.settings)


def _said(done: "Replayed") -> list[str]:
    """What became of a replay, a sentence a line."""
    rows = f"{done.rows:,} row{'' if done.rows == 1 else 's'}"
    record = done.outcome.record
    if record is None:
        return [
            f"{done.dataset}: {done.how}, and the result is what the table held",
            f"{rows} still wait in quarantine",
        ]
    said = [
        f"{done.dataset}: {rows} taken out of quarantine, {done.how} (run {record.run})",
        f"{record.rows_written:,} written, {record.rows_quarantined:,} set aside again",
    ]
    if done.older_code:
        said.append(
            "the code changed since these rows were made; they were fed in as the older code made them"
            f" (`lakehouse run {done.dataset} --rebuild` makes everything anew)"
        )
    return said


def _summary(each: "Summary") -> dict[str, Any]:
    return {
        "dataset": each.dataset,
        "waiting": each.waiting,
        "rules": dict(each.rules),
        "oldest": each.oldest and each.oldest.isoformat(),
        "newest": each.newest and each.newest.isoformat(),
        "newest_run": each.newest_run,
        "replayed": each.replayed,
        "discarded": each.discarded,
    }


def _row(each: Any) -> dict[str, Any]:
    return {
        "id": each.id,
        "rules": dict(zip(each.rules, each.why, strict=True)),
        "source": each.source,
        "run": each.run,
        "at": each.at.isoformat(),
        "values": dict(each.values),
    }


def _table(*titles: str) -> "Table":
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for title in titles:
        table.add_column(title, justify="right" if title == "waiting" else "left", overflow="fold")
    return table


def _print(table: "Table") -> None:
    from rich.console import Console

    console = Console()
    if not console.is_terminal:  # nothing folds a line that no terminal limits
        console.width = _WIDEST
    console.print(table)


def _visible(text: str) -> str:
    """Control characters as escapes: data must not steer the terminal."""
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text)
