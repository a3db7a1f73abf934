"""What every program of this folder ends like: a foreseen mistake is a sentence, not a traceback."""

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import typer

from lakehouse.errors import LakehouseError
from supercorp.errors import CompanyError

if TYPE_CHECKING:
    from lakehouse.dagster.running import RunReport

__all__ = ["end_with", "run"]


def run(program: Callable[[], object]) -> None:
    """Run a program; an error of the road or the company is one message, and exit code 2."""
    try:
        program()
    except (LakehouseError, CompanyError) as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(2) from None


def end_with(report: "RunReport", problems: list[str]) -> None:
    """Say what failed, if anything did, and exit with 1."""
    from lakehouse.dagster.running import Status  # programs that run nothing do without Dagster

    failed = [f"{each.dataset.full_name} failed: {each.error}" for each in report.of(Status.FAILED)]
    for problem in (*failed, *problems):
        sys.stderr.write(f"{problem}\n")
    if not report.ok or problems:
        raise typer.Exit(1)
