"""``lakehouse erase``: erase a person, see how far erasures have come, finish those whose time has come.

Which people there are is the project's to say (``assets/subjects.py``), so the option that names one is
made from its declaration: ``lakehouse erase --customer 4711``.
"""

import getpass
import sys
import uuid
from typing import TYPE_CHECKING, Annotated

import typer

from lakehouse.errors import ErasureError, explain

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyspark.sql import SparkSession

    from lakehouse.lake import Lake
    from lakehouse.trust.erasure.erasing import Erasure
    from lakehouse.trust.search import Finding

__all__ = ["app"]

_SHOWN = 20
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(
    "erase",
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    options_metavar="--SUBJECT ID [OPTIONS]",
)
def erase(
    ctx: typer.Context,
    now: Annotated[
        bool,
        typer.Option("--now", help="Remove the files at once too: older versions cannot be read any more."),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    finish: Annotated[
        bool,
        typer.Option(
            "--finish", help="Go on with what was stopped; remove the files of those whose retention is over."
        ),
    ] = False,
    status: Annotated[bool, typer.Option("--status", help="Show what was erased, and what is due.")] = False,
) -> None:
    """Erase a person from everything that the lake holds, and keep them out of every later read.

    SUBJECT is one that the project declares: `lakehouse erase --customer 4711`. An erasure that was stopped
    goes on when the same command is given again.
    """
    from lakehouse.lake import Lake

    lake = Lake.load()
    if status or finish:
        _no_more(ctx.args)
        _tell_status(lake) if status else _finish(lake)
        return
    subject, value = _person(ctx.args)
    if not yes and sys.stdin.isatty():
        typer.confirm(f"Erase {subject} {value} for good?", abort=True)
    _erase(lake, subject, value, now=now)


def _person(args: list[str]) -> tuple[str, str]:
    """``--customer 4711`` or ``--customer=4711``."""
    words = args[0].partition("=") if len(args) == 1 else ("", "", "")
    name, value = (words[0], words[2]) if words[1] else (tuple(args) if len(args) == 2 else ("", ""))  # noqa: PLR2004 - an option and its value
    if not name.startswith("--") or not value or value.startswith("--"):
        raise ErasureError(
            explain(
                "say who is to be erased",
                expected="a subject and an id, such as `lakehouse erase --customer 4711`",
                found=" ".join(args) or "nobody",
            )
        )
    return name[2:].replace("-", "_"), value


def _no_more(args: list[str]) -> None:
    if args:
        raise ErasureError(
            explain("one thing at a time", found=" ".join(args), remedy="give the two commands apart")
        )


def _erase(lake: "Lake", subject: str, value: str, *, now: bool) -> None:
    from lakehouse.telling.logs import start_logging
    from lakehouse.trust.erasure.erasing import erase as take_out

    run = f"erase-{uuid.uuid4().hex[:12]}"
    with start_logging(lake.settings, run):
        done = take_out(lake, lambda: _session(lake), subject, value, run=run, by=getpass.getuser(), now=now)
    if _tell(done):
        raise typer.Exit(1)


def _finish(lake: "Lake") -> None:
    from lakehouse.telling.logs import start_logging
    from lakehouse.trust.erasure.erasing import finish

    run = f"erase-{uuid.uuid4().hex[:12]}"
    with start_logging(lake.settings, run):
        ended = finish(lake, lambda: _session(lake), run=run)
    failed = [
        _tell_failure(name, done) if isinstance(done, Exception) else _tell(done) for name, done in ended
    ]
    if not ended:
        print("nothing to finish")
    _tell_under_way(lake)
    if any(failed):
        raise typer.Exit(1)


def _session(lake: "Lake") -> "SparkSession":
    from lakehouse.doctor import quick
    from lakehouse.engine.spark import start_session

    quick(lake.settings)
    return start_session(lake.settings)


def _tell_failure(erasure: str, error: Exception) -> bool:
    typer.secho(f"erasure {erasure}: {error}", fg="red", err=True)
    return True


def _tell(done: "Erasure") -> bool:
    """Say what was done, in counts; gives whether anything is left that the lake was to remove."""
    for place, counts in done.done.items():
        said = ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in counts.items())
        print(f"{place}: {said}")
    if done.due is None:
        print(f"erasure {done.erasure}: physically gone; every byte under var was searched")
    else:
        print(f"erasure {done.erasure}: logically gone; no newest version of a table holds the person")
    for path in _first(done.elsewhere):
        print(f"still in {path}, which is its source's to change: erase there")
    for path in _first(done.left):
        typer.secho(f"still found in {path}", fg="red", err=True)
    if done.left:
        print("give the same command again; what is found once more has to be looked at")
    elif done.due:
        print(
            f"physically gone from {done.due:%Y-%m-%d} on, by the weekly upkeep or `lakehouse erase --finish`"
        )
    return bool(done.left)


def _first(found: "Iterable[Finding]") -> list[str]:
    """The first files among some findings, each once."""
    return list(dict.fromkeys(str(each.path) for each in found))[:_SHOWN]


def _tell_status(lake: "Lake") -> None:
    from lakehouse.trust.erasure.book import Book

    for record in Book(lake.settings).records():
        said = f"{record['event']}, asked by {record['by']}"
        print(f"{record['at']}  {record['erasure']}  {record['subject']}  {said}")
    _tell_under_way(lake)


def _tell_under_way(lake: "Lake") -> None:
    from lakehouse.trust.erasure.erasing import under_way

    orders = under_way(lake)
    if not orders:
        print("no erasure is under way")
    for order, due in orders:
        stopped = "stopped on the way; `lakehouse erase --finish` goes on with it"
        said = f"logically gone, physically due on {due:%Y-%m-%d}" if due else stopped
        print(f"under way: {order.erasure}  {order.subject}  {said}")
