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
    from lakehouse.lake import Lake
    from lakehouse.trust.erasure.erasing import Erasure

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
        bool, typer.Option("--finish", help="Remove the files of all erasures whose retention is over.")
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
    from lakehouse.doctor import quick
    from lakehouse.engine.spark import start_session
    from lakehouse.telling.logs import start_logging
    from lakehouse.trust.erasure.erasing import erase as take_out

    run = f"erase-{uuid.uuid4().hex[:12]}"
    quick(lake.settings)
    with start_logging(lake.settings, run):
        spark = start_session(lake.settings)
        _tell(take_out(lake, spark, subject, value, run=run, by=getpass.getuser(), now=now))


def _finish(lake: "Lake") -> None:
    from lakehouse.doctor import quick
    from lakehouse.engine.spark import start_session
    from lakehouse.telling.logs import start_logging
    from lakehouse.trust.erasure.erasing import finish

    run = f"erase-{uuid.uuid4().hex[:12]}"
    quick(lake.settings)
    with start_logging(lake.settings, run):
        finished = finish(lake, start_session(lake.settings), run=run)
    for each in finished:
        _tell(each)
    print(f"{len(finished)} erasures finished")


def _tell(done: "Erasure") -> None:
    """What was done, in counts; exit code 1 where something is left."""
    for place, counts in done.done.items():
        said = ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in counts.items() if count)
        if said:
            print(f"{place}: {said}")
    if done.due is None:
        print(f"erasure {done.erasure}: physically gone; every byte was searched")
        return
    print(f"erasure {done.erasure}: logically gone")
    print(f"physically from {done.due:%Y-%m-%d} on, by `lakehouse erase --finish`; or now, with --now")
    for each in done.left[:_SHOWN]:
        typer.secho(f"still found in {each.path} ({each.held_in})", fg="red", err=True)
    if done.left:
        raise typer.Exit(1)


def _tell_status(lake: "Lake") -> None:
    from lakehouse.trust.erasure.book import Book

    book = Book(lake.settings)
    for record in book.records():
        print(
            f"{record['at']}  {record['erasure']}  {record['subject']}  {record['event']}  by {record['by']}"
        )
    under_way = book.orders()
    print(f"{len(under_way)} erasures under way")
    for order in under_way:
        state = (
            f"logically gone since {order.logical_at}"
            if order.logical_at
            else "stopped; give the command again"
        )
        print(f"{order.erasure}  {order.subject}  {state}")
