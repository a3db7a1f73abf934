"""What PostgreSQL and the disk refuse, as sentences with a way out."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import errors

from supercorp.errors import CompanyError, DatabaseError, explain

__all__ = ["database_refusals", "disk_refusals", "first_line"]

_AGAIN = "run it again; it goes on where it stopped"


@contextmanager
def database_refusals(where: str = "the shop's database") -> Iterator[None]:
    """Turn what the database refuses into a :class:`DatabaseError`; nothing is then left half-done."""
    try:
        yield
    except psycopg.Error as error:
        what, remedy = _meaning(error)
        raise DatabaseError(explain(what, where=where, found=first_line(error), remedy=remedy)) from error


@contextmanager
def disk_refusals(where: Path, kind: type[CompanyError] = DatabaseError) -> Iterator[None]:
    """Turn what the file system refuses into an error of ``kind``."""
    try:
        yield
    except OSError as error:
        full = error.errno in {errno.ENOSPC, errno.EDQUOT}
        raise kind(
            explain(
                "the disk is full" if full else "the folder cannot be used",
                where=str(error.filename or where),
                found=error.strerror or error,
                remedy=f"free some disk space, then {_AGAIN}"
                if full
                else "choose another folder with --folder, or give this user the right to write to it",
            )
        ) from error


def first_line(error: Exception) -> str:
    """What the database says, without its context, which may hold values of rows."""
    return str(error).strip().partition("\n")[0]


def _meaning(error: psycopg.Error) -> tuple[str, str]:
    """What happened, and what to do."""
    match error:
        case errors.InsufficientPrivilege():
            return (
                "the role may not do this",
                "grant it CREATE on the database, or name another role in SUPERCORP_DATABASE_URL",
            )
        case errors.DiskFull():
            return "the database's disk is full", f"free some disk space, then {_AGAIN}"
        case errors.ReadOnlySqlTransaction():
            return (
                "the database can only be read",
                "name the primary server, not a replica, in SUPERCORP_DATABASE_URL",
            )
        case psycopg.OperationalError():
            return "the database has gone away", f"see that it is up and can be reached, then {_AGAIN}"
        case _:
            return (
                "the database refuses",
                "see its log; if somebody changed its tables, begin anew with --fresh",
            )
