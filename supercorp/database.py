"""The company's schema in a database: whose history it holds, how far it got, and how it goes on."""

import time
from dataclasses import dataclass, fields
from datetime import date
from importlib.resources import files
from typing import Any

import psycopg
from psycopg import Connection, Cursor, sql

from supercorp.application.statements import send
from supercorp.days import Journal, day_window
from supercorp.errors import DatabaseError, explain
from supercorp.refusals import first_line
from supercorp.world import World

__all__ = [
    "OFFICE_TABLES",
    "SCHEMA",
    "TABLES",
    "Progress",
    "connect",
    "open_shop",
    "progress_of",
    "write_day",
    "write_moment",
    "write_position",
]

SCHEMA = "shop"
TABLES = ("customers", "addresses", "products", "orders", "order_lines", "payments")
OFFICE_TABLES = (
    *("vendors", "price_imports", "purchase_orders", "purchase_order_lines", "goods_receipts"),
    *("stock_movements", "vendor_invoices", "vendor_invoice_lines", "vendor_payments"),
    *("releases", "experiments", "experiment_assignments"),
)

_LINGERS_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Progress:
    """Which history a database holds, and how far it got: whole days, then a moment of live (0: none)."""

    size: str
    seed: int
    last_day: date
    days: int
    truths: str
    days_done: int
    lived_until: int = 0


def connect(url: str) -> Connection[Any]:
    """A connection that speaks UTC and sees the shop's schema; :class:`DatabaseError` if there is none."""
    try:
        return psycopg.connect(url, options=f"-c search_path={SCHEMA} -c TimeZone=UTC", connect_timeout=10)
    except psycopg.Error as error:
        raise DatabaseError(
            explain(
                "no connection to the shop's database",
                found=first_line(error),
                remedy="start it, or correct SUPERCORP_DATABASE_URL",
            )
        ) from None


def open_shop(connection: Connection[Any], world: World, *, fresh: bool = False) -> Progress:
    """Find the shop's schema with this history begun, or make it, and say how far it is.

    Nothing outside the schema is touched, and no schema that the simulator has not made. ``fresh``
    removes the simulator's schema first. Raises :class:`DatabaseError` when there is another history.
    """
    truths = f"{world.truths.digest}-{world.operations.parameters.digest}"
    wanted = Progress(world.size.name, world.seed, world.last_day, world.days, truths, 0)
    with connection.transaction():
        _alone(connection)
        found = progress_of(connection)
        if found and fresh:
            connection.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(SCHEMA)))
            found = None
        if found is None:
            _create(connection, wanted)
            return wanted
    if (found.size, found.seed, found.last_day, found.days, found.truths) != (
        wanted.size,
        wanted.seed,
        wanted.last_day,
        wanted.days,
        wanted.truths,
    ):
        raise DatabaseError(
            explain(
                "the database holds another history",
                where=f"schema {SCHEMA}",
                expected=_named(wanted),
                found=_named(found),
                remedy="ask for that one, or begin anew with --fresh (and an empty bucket)",
            )
        )
    return found


def write_day(connection: Connection[Any], journal: Journal, day: date) -> int:
    """Apply one day's changes in one transaction; returns the number of rows written."""
    with connection.transaction(), connection.cursor() as cursor:
        rows = sum(send(cursor, change) for change in journal.changes(*day_window(day)))
        cursor.execute("UPDATE simulator_history SET days_done = days_done + 1")
    return rows


def write_moment(connection: Connection[Any], journal: Journal, moment: int) -> int:
    """Apply what happens at one moment, in one transaction; it then remembers that it got this far."""
    with connection.transaction(), connection.cursor() as cursor:
        rows = sum(send(cursor, change) for change in journal.changes(moment, moment + 1))
        _lived(cursor, moment + 1)
    return rows


def write_position(connection: Connection[Any], moment: int) -> None:
    """Remember that everything before ``moment`` is written."""
    with connection.transaction(), connection.cursor() as cursor:
        _lived(cursor, moment)


def _lived(cursor: Cursor[Any], moment: int) -> None:
    cursor.execute("UPDATE simulator_history SET lived_until = %s", [moment])


def progress_of(connection: Connection[Any]) -> Progress | None:
    """What the schema's own table says; None without a schema; an error for somebody else's schema."""
    row = connection.execute(
        "SELECT to_regnamespace(%s) IS NOT NULL, to_regclass(%s) IS NOT NULL",
        [SCHEMA, f"{SCHEMA}.simulator_history"],
    ).fetchone()
    if row is None or not row[0]:
        return None
    if not row[1]:
        raise DatabaseError(
            explain(
                f"the database has a schema {SCHEMA} that the simulator has not made",
                remedy="give the simulator a database of its own",
            )
        )
    found = connection.execute("SELECT to_jsonb(h) FROM simulator_history AS h").fetchone()
    if not found:
        return None
    known = {field.name: found[0][field.name] for field in fields(Progress) if field.name in found[0]}
    return Progress(**known | {"last_day": date.fromisoformat(known["last_day"])})


def _alone(connection: Connection[Any]) -> None:
    """Hold the history for this connection alone, for as long as it lives.

    The server may take a moment to see that a process that was killed has gone.
    """
    ask, deadline = "SELECT pg_try_advisory_lock(hashtext(%s))", time.monotonic() + _LINGERS_SECONDS
    while (row := connection.execute(ask, [f"simulator:{SCHEMA}"]).fetchone()) and not row[0]:
        if time.monotonic() > deadline:
            raise DatabaseError(
                explain(
                    "another process is writing this history",
                    where=f"schema {SCHEMA}",
                    remedy="wait for it, or stop it, then run this again",
                )
            )
        time.sleep(0.1)


def _create(connection: Connection[Any], wanted: Progress) -> None:
    connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(SCHEMA)))
    connection.execute(files("supercorp").joinpath("schema.sql").read_bytes())
    connection.execute(
        "INSERT INTO simulator_history VALUES (%s, %s, %s, %s, %s, 0, 0)",
        [wanted.size, wanted.seed, wanted.last_day, wanted.days, wanted.truths],
    )


def _named(history: Progress) -> str:
    return (
        f"size {history.size}, seed {history.seed}, {history.days} days to {history.last_day},"
        f" truths {history.truths}"
    )
