"""``lakehouse doctor``: what the machine has and lacks, and tables after a crash."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from lakehouse.doctor import Verdict, examine, mend
from lakehouse.settings import load_settings

__all__ = ["command"]

_STYLES = {Verdict.OK: "green", Verdict.WARN: "yellow", Verdict.FAIL: "bold red"}


def command(
    *,
    repair: Annotated[
        bool,
        typer.Option("--repair", help="First bring in order what a power cut has left of tables."),
    ] = False,
) -> None:
    """Check this machine; each problem comes with a one-line fix. Exit code 1 if a check fails."""
    settings = load_settings()
    findings = [*(mend(settings) if repair else []), *examine(settings)]
    table = Table(box=None, pad_edge=False)
    for heading in ("check", "verdict", "found, and what to do"):
        table.add_column(heading, overflow="fold")
    for finding in findings:
        verdict = Text(finding.verdict, style=_STYLES[finding.verdict])
        table.add_row(finding.check, verdict, _short(finding.found))
        if finding.remedy:
            table.add_row("", "", Text("→ ") + _short(finding.remedy))
    Console().print(table)
    if any(finding.verdict is Verdict.FAIL for finding in findings):
        raise typer.Exit(1)


def _short(text: str) -> Text:
    """Text for the terminal, taken literally; the home folder as ``~``."""
    return Text(text.replace(str(Path.home()), "~"))
