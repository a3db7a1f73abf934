"""What is looked at before the engine starts, so that what is wrong has a name and a way out.

Debezium would notice most of it too, some of it late, some of it never: a slot that somebody made anew
is a gap in the data that nothing shows.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from lakehouse.capture.changes.declaration import Captured
from lakehouse.capture.changes.home import Home, State
from lakehouse.capture.changes.slot import (
    START_OVER,
    check_slot,
    drop_slot,
    log_position,
    lsn_text,
    read_slot,
    wait_until_free,
)
from lakehouse.errors import CaptureError, SetupError, explain

if TYPE_CHECKING:
    from psycopg import Connection

__all__ = ["check_database", "check_readable", "ready_slot"]

_SETUP = "have the database's owner run the statements of setup_sql"


def check_database(connection: "Connection[Any]", captured: Captured) -> None:
    """Raise :class:`SetupError` unless server, role, tables and publication are fit for capture."""
    level, standby, may_replicate = connection.execute(
        "SELECT current_setting('wal_level'), pg_is_in_recovery(), rolreplication OR rolsuper"
        " FROM pg_roles WHERE rolname = current_user"
    ).fetchall()[0]
    if level != "logical":
        raise SetupError(
            explain(
                "the database's log does not hold what change capture needs",
                where="wal_level",
                expected="logical",
                found=level,
                remedy="ALTER SYSTEM SET wal_level = 'logical', and restart the server",
            )
        )
    if standby:
        raise SetupError(
            explain("the server is a standby", expected="the primary", remedy="connect to the primary")
        )
    if not may_replicate:
        raise SetupError(
            explain(
                f"the role {connection.info.user} may not read the log",
                expected="the attribute REPLICATION",
                remedy=_SETUP,
            )
        )
    _check_tables(connection, captured)
    _check_publication(connection, captured)


def _check_tables(connection: "Connection[Any]", captured: Captured) -> None:
    rights: dict[str, tuple[str, ...]] = {
        **dict.fromkeys(captured.tables, ("SELECT",)),
        captured.heartbeat: ("SELECT", "UPDATE"),
        captured.signals: ("SELECT", "INSERT", "DELETE"),
    }
    found = connection.execute(
        "SELECT name, c.oid, CASE WHEN has_schema_privilege(n.oid, 'USAGE') THEN"
        " (SELECT array_agg(r) FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS r"
        " WHERE has_table_privilege(c.oid, r)) END, row_security_active(c.oid),"
        " relreplident IN ('f', 'i') OR relreplident = 'd' AND EXISTS"
        " (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary)"
        " FROM unnest(%s::text[]) AS name"
        " LEFT JOIN pg_namespace n ON n.nspname = split_part(name, '.', 1)"
        " LEFT JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = split_part(name, '.', 2)",
        [list(rights)],
    ).fetchall()
    for name, oid, granted, hidden, nameable in found:
        where = f"{captured.source}: {name}"
        if oid is None:
            raise SetupError(explain("there is no such table", where=where, remedy=_SETUP))
        missing = [right for right in rights[name] if right not in (granted or ())]
        if missing:
            raise SetupError(
                explain(
                    f"the role {connection.info.user} lacks rights",
                    where=where,
                    expected=", ".join(rights[name]),
                    found=f"without {', '.join(missing)}",
                    remedy=_SETUP,
                )
            )
        if hidden:
            raise SetupError(
                explain(
                    "a row security policy would hide rows from the snapshot",
                    where=where,
                    remedy=f"ALTER ROLE {connection.info.user} BYPASSRLS",
                )
            )
        if not nameable:
            raise SetupError(
                explain(
                    "a published table without a primary key refuses updates and deletes",
                    where=where,
                    remedy="add a primary key, or ALTER TABLE … REPLICA IDENTITY FULL",
                )
            )


def _check_publication(connection: "Connection[Any]", captured: Captured) -> None:
    row = connection.execute(
        "SELECT pubinsert AND pubupdate AND pubdelete AND pubtruncate AND pubviaroot"
        " FROM pg_publication WHERE pubname = %s",
        [captured.publication],
    ).fetchone()
    if row is None or not row[0]:
        raise SetupError(
            explain(
                "the publication does not tell all" if row else "there is no publication",
                where=captured.publication,
                expected="inserts, updates, deletes, truncates, published via the partition root",
                remedy=_SETUP,
            )
        )
    published = dict(
        connection.execute(
            "SELECT schemaname || '.' || tablename, to_jsonb(t) ->> 'rowfilter'"
            " FROM pg_publication_tables AS t WHERE pubname = %s",
            [captured.publication],
        ).fetchall()
    )
    wanted = (*captured.tables, captured.heartbeat, captured.signals)
    missing = [name for name in wanted if published.get(name, "absent") is not None]
    if missing:
        raise SetupError(
            explain(
                "the publication leaves out tables or rows",
                where=captured.publication,
                expected=", ".join(wanted),
                found=f"without {', '.join(missing)}",
                remedy=_SETUP,
            )
        )


def check_readable(connection: "Connection[Any]", captured: Captured, tables: Sequence[str]) -> None:
    """Raise :class:`CaptureError` unless the rows of tables can be read while changes go on."""
    unfit = connection.execute(
        "SELECT name FROM unnest(%s::text[]) AS name JOIN pg_class c ON c.relname = split_part(name, '.', 2)"
        " JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = split_part(name, '.', 1)"
        " WHERE NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary)"
        " OR EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attgenerated <> '')",
        [list(tables)],
    ).fetchall()
    if unfit or not set(tables) <= set(captured.tables):
        raise CaptureError(
            explain(
                "rows cannot be read while changes go on",
                where=f"{captured.source}: {', '.join(name for (name,) in unfit) or ', '.join(tables)}",
                expected="captured tables with a primary key and no generated columns",
                remedy=START_OVER,
            )
        )


def ready_slot(connection: "Connection[Any]", captured: Captured, home: Home) -> tuple[str, ...]:
    """See that the slot continues what is in the bucket, and remember whose log is read.

    A slot that a broken-off first snapshot left behind is dropped: a snapshot that is taken together
    with a new slot is exact, one that is taken beside an old slot can miss a commit. Returns the
    tables whose rows must be asked for: those that are captured for the first time though others were
    before, and those that were asked for and did not come. Raises :class:`SlotLost` or
    :class:`CaptureError`.
    """
    ((system,),) = connection.execute("SELECT system_identifier::text FROM pg_control_system()").fetchall()
    database = connection.info.dbname
    before, position = home.state(), home.position()
    now = State(system, database, captured.slot, tuple(captured.tables))
    if before and (before.system, before.database) != (system, database):
        raise CaptureError(
            explain(
                "another database than the one captured so far",
                where=str(home.folder),
                expected=f"{before.database} of cluster {before.system}",
                found=f"{database} of cluster {system}",
                remedy="correct the URL, or capture this one as another source with a home of its own",
            )
        )
    slot = wait_until_free(connection, captured.slot)
    if position is None:
        if slot and before is None:
            raise CaptureError(
                explain(
                    "there is a replication slot of this name that this home knows nothing of",
                    where=captured.slot,
                    found=f"no offsets in {home.folder}",
                    remedy="point home to the folder that belongs to it, choose another slot name, or"
                    f" {START_OVER}",
                )
            )
        if slot:
            drop_slot(connection, captured.slot)
        _check_room(connection, captured.slot)
        home.remember(now)
        return ()
    if (end := log_position(connection)) < position:
        raise CaptureError(
            explain(
                "the database is behind the bucket: it was restored",
                where=captured.source,
                expected=f"a log position of at least {lsn_text(position)}",
                found=lsn_text(end),
                remedy="capture it as another source, with a home and a slot of its own",
            )
        )
    check_slot(slot, captured.slot, position, database)
    known, asked = (before.tables, before.unread) if before else ((), ())
    unread = tuple(name for name in captured.tables if name not in known or name in asked)
    check_readable(connection, captured, unread)
    home.remember(replace(now, unread=unread))
    return unread


def _check_room(connection: "Connection[Any]", name: str) -> None:
    ((room,),) = connection.execute(
        "SELECT current_setting('max_replication_slots')::int - count(*) FROM pg_replication_slots"
    ).fetchall()
    if room <= 0 and read_slot(connection, name) is None:
        raise SetupError(
            explain(
                "all replication slots of the server are taken",
                where="max_replication_slots",
                remedy="raise it and restart the server, or drop a slot that nobody reads from",
            )
        )
