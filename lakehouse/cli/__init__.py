"""The command line: ``lakehouse COMMAND``, one file per command, loaded when it is called.

A command's module has either a function ``command`` or, if it has commands below it, a typer
``app``. Only the module of the command that is called gets imported: ``lakehouse sql`` never loads
Spark or Dagster, and ``lakehouse --help`` loads nothing at all.

Exit codes: 0 done; 1 the run failed, or a check or the audit said no; 2 it could not be tried
(wrong usage, settings, set-up); 130 interrupted.
"""

import sys
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from lakehouse.errors import BatchRefused, ConservationError, ContractBroken, LakehouseError

__all__ = ["COMMANDS", "CommandEntry", "app", "main"]

_REFUSED = (BatchRefused, ConservationError, ContractBroken)


@dataclass(frozen=True, slots=True)
class CommandEntry:
    """A command's one-line help, and whether the machine is looked at before it runs."""

    help: str
    needs_spark: bool = False


COMMANDS = {
    "setup": CommandEntry("Make this machine ready: folders, key, Delta jars, start-up archive."),
    "doctor": CommandEntry("Check this machine; each problem comes with a one-line fix."),
    "plan": CommandEntry("Show what would run, and why; write nothing."),
    "contract": CommandEntry("Compare, version, export contracts; hold a database against them."),
    "run": CommandEntry("Run datasets: everything that has new input, or those named.", needs_spark=True),
    "backfill": CommandEntry("Run a dataset's windows again, over a range.", needs_spark=True),
    "reload": CommandEntry(
        "Make a table anew from what it reads, all or a range; asks first.", needs_spark=True
    ),
    "drift": CommandEntry("Show what sources have otherwise than their contracts, and what became of it."),
    "maintain": CommandEntry("Put small files together, remove what nothing needs; within the retention."),
    "sql": CommandEntry("Ask the lake a question in SQL; read-only, starts no Spark."),
    "reconcile": CommandEntry("Hold silver against its source's database: which keys differ, and why."),
    "datasets": CommandEntry("List the datasets with layer, owner and grain."),
    "new": CommandEntry("Scaffold a dataset and its test from an existing table."),
    "quarantine": CommandEntry("List, explain, replay or discard rows that broke a rule."),
    "erase": CommandEntry("Erase a person from everything, and keep them out of every later read."),
    "sync": CommandEntry("Bring Dagster's event log in line with the tables' own log."),
    "pages": CommandEntry("Build the pages: static files that open without a server."),
    "letter": CommandEntry("Send a page as a mail, once for each week."),
    "collector": CommandEntry("Collect events over HTTP, as Segment's libraries send them."),
    "capture": CommandEntry("Show how the captures of databases go: lag, and the log kept for them."),
    "ui": CommandEntry("Open the Dagster UI on this lake, on 127.0.0.1."),
}


class _LazyGroup(TyperGroup):
    """A group that knows its commands by name and imports one only to run it."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002  typer's signature
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> TyperCommand | None:  # noqa: ARG002  typer's signature
        """A stand-in with the one-line help: enough for ``--help`` and for spelling hints."""
        entry = COMMANDS.get(cmd_name)
        return TyperCommand(cmd_name, help=entry.help) if entry else None

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command itself, imported now; the machine is looked at first where that matters."""
        name, stand_in, rest = super().resolve_command(ctx, args)
        if name is None or stand_in is None:
            return name, stand_in, rest
        if COMMANDS[name].needs_spark and "--help" not in rest:
            _check_machine()
        return name, _load(name), rest


app = typer.Typer(
    cls=_LazyGroup,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="A paved road for data: declare a contract and a transformation, the road does the rest.",
)


@app.callback()
def _root() -> None:
    """Give the group options of its own a place; there are none yet."""


def main() -> None:
    """Run the command line and exit; an error of the road is one message, never a traceback."""
    try:
        app(prog_name="lakehouse")
    except LakehouseError as error:
        typer.secho(str(error), fg="red", err=True)
        sys.exit(1 if isinstance(error, _REFUSED) else 2)


def _load(name: str) -> Any:
    """The command itself, from its module."""
    module = import_module(f"lakehouse.cli.{name}")
    if hasattr(module, "app"):
        return get_command(module.app)
    single = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    single.command(name)(module.command)
    return get_command(single)


def _check_machine() -> None:
    from lakehouse.doctor import quick
    from lakehouse.settings import load_settings

    quick(load_settings())
