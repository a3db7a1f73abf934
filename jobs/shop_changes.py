"""Capturing every change of the shop's production database, beside the dumps.

``python -m jobs.shop_changes run`` goes on until it is stopped (Ctrl-C, SIGTERM); ``drain`` ends when all
that is committed now is in the bucket. The changes land as the source ``shop_changes``.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from jobs.program import run as run_program
from jobs.shop_dumps import ALL_DUMPS
from lakehouse.capture.changes.capture import ChangeCapture
from lakehouse.capture.changes.declaration import Captured
from lakehouse.capture.changes.java import engine_jars
from lakehouse.capture.changes.setup import setup_sql
from lakehouse.capture.changes.status import read_status
from lakehouse.capture.changes.supervisor import Pace
from lakehouse.capture.postgres import connect, plain_errors
from lakehouse.errors import LakehouseError, SetupError, SourceError, explain
from lakehouse.settings import Settings, load_settings
from lakehouse.telling.alerts import Alert, AlertKind, resolve, send_alert
from lakehouse.telling.logs import start_logging
from supercorp.database import SCHEMA
from supercorp.postgres import open_database

if TYPE_CHECKING:
    from psycopg import Connection

__all__ = ["CAPTURED", "ROLE", "SOURCE", "capture_home", "prepare", "shop_capture"]

SOURCE = "shop_changes"
ROLE = "shop_capture"
CAPTURED = Captured(SOURCE, [f"{SCHEMA}.{dump.table}" for dump in ALL_DUMPS])
OWNER = "team:platform"

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)


def capture_home(settings: Settings) -> Path:
    """Where this capture remembers how far it is, one folder per environment."""
    return settings.captures_dir / SOURCE


def prepare(url: str, home: Path) -> str:
    """Make role and publication in the shop's database; returns the role's own URL.

    ``url`` is the owner's. The role's password is random and kept in ``home``; the database gets its
    SCRAM form alone. Raises :class:`SourceError` when the shop has no tables yet,
    :class:`SetupError` when ``url`` names somebody who may not do it.
    """
    from psycopg import sql
    from psycopg.conninfo import make_conninfo

    home.mkdir(parents=True, exist_ok=True)
    file = home / "password"
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(24))
    password = file.read_text()
    with connect(url) as connection, plain_errors(SOURCE):
        connection.autocommit = True
        _check_owner(connection)
        connection.execute(setup_sql(CAPTURED, ROLE).encode())
        scram = connection.pgconn.encrypt_password(password.encode(), ROLE.encode(), b"scram-sha-256")
        connection.execute(
            sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(ROLE), sql.Literal(scram.decode()))
        )
    return make_conninfo(url, user=ROLE, password=password)


def _check_owner(connection: "Connection[Any]") -> None:
    """Raise unless the shop's tables are there, and the role may make them ready."""
    there, may = connection.execute(
        "SELECT c.oid IS NOT NULL, rolcreaterole AND pg_has_role(r.oid, c.relowner, 'USAGE') OR rolsuper"
        " FROM pg_roles r LEFT JOIN (pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace)"
        " ON n.nspname || '.' || c.relname = %s WHERE rolname = current_user",
        [CAPTURED.tables[-1]],
    ).fetchall()[0]
    if not there:
        raise SourceError(
            explain(
                "the shop's database has no tables yet",
                where=SOURCE,
                expected=CAPTURED.tables[-1],
                remedy="run `python -m supercorp history` first",
            )
        )
    if not may:
        raise SetupError(
            explain(
                f"the role {connection.info.user} may not make the database ready for change capture",
                where=SOURCE,
                expected="a superuser, or the tables' owner with the right to create roles",
                remedy="name such a role in SUPERCORP_DATABASE_URL; `python -m jobs.shop_changes sql` prints"
                " what it will do",
            )
        )


@contextmanager
def shop_capture(settings: Settings, pace: Pace) -> Iterator[ChangeCapture]:
    """The capture at work on the shop's database; a failure is told to its owner."""
    jars, home = engine_jars(settings, typer.echo), capture_home(settings)
    place = settings.var_dir / "supercorp" / "postgres"

    def alarm(message: str | None) -> None:
        if message is None:
            resolve(settings, AlertKind.SOURCE_STALE, SOURCE)
        else:
            subject, cause = "changes of the shop may soon be lost", "slot in danger"
            send_alert(settings, Alert(AlertKind.SOURCE_STALE, subject, SOURCE, OWNER, message, cause))

    with start_logging(settings, SOURCE), open_database(place) as owner:
        try:
            url = prepare(owner, home)
            with ChangeCapture(
                url, settings.bucket_dir, CAPTURED, home=home, jars=jars, pace=pace, alarm=alarm
            ) as capture:
                resolve(settings, AlertKind.RUN_FAILED, SOURCE)
                yield capture
        except LakehouseError as error:
            cause = type(error).__name__
            subject = "the capture of the shop's changes has ended"
            send_alert(settings, Alert(AlertKind.RUN_FAILED, subject, SOURCE, OWNER, str(error), cause))
            raise


@app.command()
def run(
    roll_seconds: Annotated[float, typer.Option(help="How often changes land.")] = 60.0,
) -> None:
    """Capture until stopped."""
    with shop_capture(load_settings(), Pace(roll_seconds=roll_seconds)) as capture:
        typer.echo("capturing; Ctrl-C ends it")
        capture.run()


@app.command()
def drain() -> None:
    """Capture until all that is committed now is in the bucket."""
    with shop_capture(load_settings(), Pace()) as capture:
        capture.drain()


@app.command()
def status() -> None:
    """Say how far the capture is, and how much log the database keeps for it."""
    found = read_status(capture_home(load_settings()))
    typer.echo(f"as of {found.age_seconds:.0f} s ago")
    for name, value in asdict(found).items():
        typer.echo(f"{name:15} {value}")
    if found.phase == "failed":
        raise typer.Exit(1)


@app.command(name="sql")
def show_sql() -> None:
    """Print what is done to the database before the first capture."""
    typer.echo(setup_sql(CAPTURED, ROLE))


@app.command()
def start_over() -> None:
    """Give up the slot; the next capture begins with a new snapshot."""
    settings = load_settings()
    home = capture_home(settings)
    with open_database(settings.var_dir / "supercorp" / "postgres") as owner:
        ChangeCapture(owner, settings.bucket_dir, CAPTURED, home=home, jars=()).start_over()


if __name__ == "__main__":
    run_program(lambda: app(prog_name="shop_changes"))
