"""Speaking to PostgreSQL: psycopg only when it is needed, and its errors as sentences."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING, Any

from lakehouse.errors import SetupError, SourceError, explain

if TYPE_CHECKING:
    from psycopg import Connection

__all__ = ["connect", "one_moment", "plain_errors"]


@contextmanager
def connect(database: "str | Connection[Any]") -> Iterator["Connection[Any]"]:
    """A connection: the given one, left open, or one of its own to a URL, closed afterwards."""
    psycopg = _driver()
    if not isinstance(database, str):
        yield database
        return
    try:
        connection = psycopg.connect(database, connect_timeout=10)
    except psycopg.ProgrammingError:  # its message repeats the text, perhaps with a password
        raise SetupError(
            explain(
                "this is no address of a PostgreSQL database",
                expected="postgresql://USER:PASSWORD@HOST:PORT/NAME",
                remedy="correct the URL",
            )
        ) from None
    except psycopg.Error as error:
        raise SetupError(
            explain(
                "no connection to the database",
                where=_address(database),
                found=_first_line(error),
                remedy="start the database, or correct host, port, user and password in its URL",
            )
        ) from None
    with connection:
        yield connection


@contextmanager
def one_moment(connection: "Connection[Any]") -> Iterator[None]:
    """A read-only transaction that sees one moment of the database, whole, with its times in UTC."""
    from psycopg import IsolationLevel

    before = connection.isolation_level, connection.read_only
    connection.isolation_level, connection.read_only = IsolationLevel.REPEATABLE_READ, True
    try:
        with connection.transaction():
            connection.execute("SET LOCAL TimeZone = 'UTC'")
            # A policy that would hide rows becomes an error instead.
            connection.execute("SET LOCAL row_security = off")
            yield
    finally:
        if not connection.closed:
            connection.isolation_level, connection.read_only = before


@contextmanager
def plain_errors(where: str) -> Iterator[None]:
    """Turn what the database refuses into a :class:`SourceError` with a remedy."""
    psycopg = _driver()
    try:
        yield
    except psycopg.Error as error:
        raise SourceError(
            explain("the database refuses", where=where, found=_first_line(error), remedy=_remedy(error))
        ) from error


def _driver() -> ModuleType:
    """psycopg, asked for only here: the road works without it until a database is to be read."""
    try:
        import psycopg
    except ImportError:
        raise SetupError(
            explain(
                "the PostgreSQL driver is not installed",
                expected="the Python package psycopg",
                remedy='install it with `pip install "psycopg[binary]"`',
            )
        ) from None
    return psycopg


def _remedy(error: Exception) -> str:
    from psycopg import OperationalError, errors

    if isinstance(error, errors.UndefinedTable | errors.InvalidSchemaName):
        return "correct the table's name or schema, or the connection's search_path"
    if isinstance(error, errors.InsufficientPrivilege):
        return "grant the connecting role USAGE on the schema and SELECT on the table"
    if isinstance(error, OperationalError):
        return "see that the database is up and reachable, then run it again; nothing was left half-done"
    return "see the database's log, then run it again; nothing was left half-done"


def _address(url: str) -> str:
    """Host, port and database of a URL, without the password."""
    from psycopg import Error
    from psycopg.conninfo import conninfo_to_dict

    try:
        parts = conninfo_to_dict(url)
    except Error:
        return "the database's URL"
    return f"{parts.get('host', 'localhost')}:{parts.get('port', 5432)}/{parts.get('dbname', '')}"


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]
