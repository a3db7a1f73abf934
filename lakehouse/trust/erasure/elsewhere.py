"""What tells a person outside of tables and bucket: logs, Dagster's history, pages, alerts, Delta's logs.

Texts are blanked in place, letter by letter: a process that appends to a file meanwhile loses nothing, and no
format that keeps lengths breaks. SQLite databases are edited by SQL and packed anew.
"""

import contextlib
import re
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from lakehouse.engine.commitfiles import sums_of
from lakehouse.errors import ErasureError, explain
from lakehouse.trust.search import Finding, bytes_pattern, pattern_of

__all__ = ["blank", "blank_delta_log"]

_CHUNK = 64 << 20
_LAST = "_last_checkpoint"


def blank(findings: Iterable[Finding], values: Iterable[str]) -> int:
    """Take the values out of files that are texts or SQLite databases. Gives how many files were changed."""
    wanted = tuple(values)
    ways: dict[Path, set[str]] = {}
    for each in findings:
        ways.setdefault(each.path, set()).add(each.held_in)
    databases = {path for path in ways if _is_database(path)}
    for path in databases:
        _blank_database(path, wanted)
    for path, held_in in ways.items():
        if path not in databases and held_in == {"bytes"} and not _of_database(path):
            _blank_text(path, wanted)
    return len(ways)


def blank_delta_log(log: Path, findings: Iterable[Finding], values: Iterable[str]) -> int:
    """Take the values out of a table's log, where statistics may keep them. Needs the table's lock.

    Commits are blanked in place, and lose the checksums that Hadoop keeps beside them. Summaries of commits
    are removed: readers make them again. Gives how many files were changed.
    """
    wanted = tuple(values)
    changed = 0
    for path in sorted({each.path for each in findings if each.path.parent == log}):
        if path.suffix == ".json" and path.stem.isdigit():
            _blank_text(path, wanted)
            sums_of(path).unlink(missing_ok=True)
        else:
            for each in (path, sums_of(path), log / _LAST, sums_of(log / _LAST)):
                each.unlink(missing_ok=True)
        changed += 1
    return changed


def _blank_text(path: Path, values: tuple[str, ...]) -> None:
    pattern = bytes_pattern(values)
    if pattern is None:
        return
    with path.open("r+b") as file:
        text = file.read(_CHUNK)
        at = 0
        while text:
            for match in pattern.finditer(text):
                file.seek(at + match.start())
                file.write(b"*" * len(match[0]))
            at += len(text)
            file.seek(at)
            text = file.read(_CHUNK)


def _blank_database(path: Path, values: tuple[str, ...]) -> None:
    """Replace the values in every text of a database, and pack it, so that no freed page keeps them."""
    pattern = re.compile(pattern_of(values))
    try:
        with contextlib.closing(sqlite3.connect(path, timeout=60, isolation_level=None)) as database:
            database.create_function("without_person", 1, lambda text: _without(text, pattern))
            tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
            database.execute("BEGIN IMMEDIATE")
            for (table,) in database.execute(tables).fetchall():
                for _, column, *_ in database.execute(f'PRAGMA table_info("{table}")').fetchall():
                    name = f'"{column}"'
                    database.execute(
                        f'UPDATE "{table}" SET {name} = without_person({name})'
                        f" WHERE typeof({name}) IN ('text', 'blob') AND without_person({name}) IS NOT {name}"
                    )
            database.execute("COMMIT")
            database.execute("VACUUM")
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.OperationalError as error:
        raise ErasureError(
            explain(
                "a database with the person's values in it cannot be written",
                where=str(path),
                found=str(error),
                remedy="stop `lakehouse ui` and whatever else uses it, then give the same command again",
            )
        ) from None


def _without(text: Any, pattern: "re.Pattern[str]") -> str | bytes:
    if isinstance(text, bytes):
        decoded = text.decode("utf-8", "surrogateescape")
        return pattern.sub("[erased]", decoded).encode("utf-8", "surrogateescape")
    return pattern.sub("[erased]", str(text))


def _is_database(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(16).startswith(b"SQLite format 3")


def _of_database(path: Path) -> bool:
    """A database's own journals: packing it empties them."""
    return path.name.endswith(("-wal", "-shm", "-journal"))
