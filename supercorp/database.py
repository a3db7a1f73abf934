"""The shop's schema in a database, and writing a day into it as an application would."""

from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from typing import Any

import psycopg
from psycopg import Connection, sql

from supercorp.days import Forget, Insert, Update, changes_on
from supercorp.errors import DatabaseError, explain
from supercorp.world import World

__all__ = ["SCHEMA", "TABLES", "Progress", "connect", "open_shop", "write_day"]

SCHEMA = "shop"
TABLES = ("customers", "addresses", "products", "orders", "order_lines", "payments")


@dataclass(frozen=True, slots=True)
class Progress:
    """Which history a database holds, and how far it got."""

    size: str
    seed: int
    last_day: date
    days: int
    truths: str
    days_done: int


def connect(url: str) -> Connection[Any]:
    """A connection that speaks UTC and sees the shop's schema; :class:`DatabaseError` if there is none."""
    try:
        return psycopg.connect(url, options=f"-c search_path={SCHEMA} -c TimeZone=UTC", connect_timeout=10)
    except psycopg.Error as error:
        raise DatabaseError(
            explain(
                "no connection to the shop's database",
                found=str(error).strip().partition("\n")[0],
                remedy="start it, or correct SUPERCORP_DATABASE_URL",
            )
        ) from None


def open_shop(connection: Connection[Any], world: World, *, fresh: bool = False) -> Progress:
    """Find the shop's schema with this history begun, or make it, and say how far it is.

    Nothing outside the schema is touched, and no schema that the simulator has not made. ``fresh``
    removes the simulator's schema first. Raises :class:`DatabaseError` when there is another history.
    """
    wanted = Progress(world.size.name, world.seed, world.last_day, world.days, world.truths.digest, 0)
    with connection.transaction():
        found = _progress(connection)
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


def write_day(connection: Connection[Any], world: World, day: date) -> int:
    """Apply one day's changes in one transaction; returns the number of rows written."""
    rows = 0
    with connection.transaction(), connection.cursor() as cursor:
        for change in changes_on(world, day):
            if isinstance(change, Insert):
                if change.rows:
                    with cursor.copy(
                        sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(change.table))
                    ) as copy:
                        for row in change.rows:
                            copy.write_row(row)
                rows += len(change.rows)
            elif isinstance(change, Update):
                rows += _update(cursor, change)
            else:
                rows += _forget(cursor, change)
        cursor.execute("UPDATE simulator_history SET days_done = days_done + 1")
    return rows


def _update(cursor: psycopg.Cursor[Any], change: Update) -> int:
    new = sql.SQL(", ").join(
        sql.SQL("{0} = new.{0}").format(sql.Identifier(column)) for column in change.columns
    )
    arrays = sql.SQL(", ").join(
        sql.SQL("{}::{}[]").format(sql.Placeholder(), sql.SQL(kind)) for kind, _ in change.columns.values()
    )
    names = sql.SQL(", ").join(map(sql.Identifier, change.columns))
    cursor.execute(
        sql.SQL(
            "UPDATE {} AS old SET {} FROM unnest(%s::bigint[], {}) AS new (id, {}) WHERE old.id = new.id"
        ).format(sql.Identifier(change.table), new, arrays, names),
        [change.ids, *(values for _, values in change.columns.values())],
    )
    return cursor.rowcount


def _forget(cursor: psycopg.Cursor[Any], change: Forget) -> int:
    rows = 0
    cursor.execute(
        "UPDATE orders AS old SET customer_id = NULL, address_id = NULL,"
        " updated_at = greatest(updated_at, new.at)"
        " FROM unnest(%s::bigint[], %s::timestamptz[]) AS new (id, at) WHERE old.customer_id = new.id",
        [change.customers, change.at],
    )
    rows += cursor.rowcount
    cursor.execute("DELETE FROM addresses WHERE customer_id = ANY (%s)", [change.customers])
    rows += cursor.rowcount
    cursor.execute("DELETE FROM customers WHERE id = ANY (%s)", [change.customers])
    return rows + cursor.rowcount


def _progress(connection: Connection[Any]) -> Progress | None:
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
    found = connection.execute(
        "SELECT size, seed, last_day, days, truths, days_done FROM simulator_history"
    ).fetchone()
    return Progress(*found) if found else None


def _create(connection: Connection[Any], wanted: Progress) -> None:
    connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(SCHEMA)))
    connection.execute(files("supercorp").joinpath("schema.sql").read_bytes())
    connection.execute(
        "INSERT INTO simulator_history VALUES (%s, %s, %s, %s, %s, 0)",
        [wanted.size, wanted.seed, wanted.last_day, wanted.days, wanted.truths],
    )


def _named(history: Progress) -> str:
    return (
        f"size {history.size}, seed {history.seed}, {history.days} days to {history.last_day},"
        f" truths {history.truths}"
    )
