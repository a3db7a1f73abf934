"""What a database needs before its changes can be captured, as SQL that its owner can read."""

from lakehouse.capture.changes.declaration import Captured
from lakehouse.capture.manifest import check_name

__all__ = ["setup_sql", "teardown_sql"]


def setup_sql(captured: Captured, role: str) -> str:
    """The statements that make ``role``, publication, heartbeat and signals; harmless to repeat.

    To be run in the database itself by a superuser, or by a role that may create roles and owns the
    tables. ``role`` gets to read the tables and the log and to write its own two small tables, nothing
    else; its password is set apart. Nothing is done to the tables, unless one could no longer be
    updated once it is published: then the statements stop with an error, before anything has changed.
    """
    check_name(role, "role")
    tables = ", ".join(captured.tables)
    schemas = ", ".join(sorted({name.partition(".")[0] for name in captured.tables}))
    own = captured.schema
    published = f"{tables}, {captured.heartbeat}, {captured.signals}"
    return f"""\
BEGIN;

-- Once a table is published, updates and deletes need a way to name the row: a primary key, or the row.
DO $$
DECLARE
    nameless text;
BEGIN
    SELECT string_agg(c.oid::regclass::text, ', ') INTO nameless
    FROM pg_class c
    WHERE c.oid = ANY (ARRAY['{"', '".join(captured.tables)}']::regclass[])
        AND NOT (c.relreplident IN ('f', 'i') OR c.relreplident = 'd'
            AND EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary));
    IF nameless IS NOT NULL THEN
        RAISE EXCEPTION 'no primary key: %', nameless
            USING HINT = 'Add one, or run ALTER TABLE ... REPLICA IDENTITY FULL.';
    END IF;
END
$$;

-- The role that captures. Its password is not here: \\password {role}
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN
        CREATE ROLE {role} LOGIN REPLICATION;
    ELSIF EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}' AND NOT (rolcanlogin AND rolreplication)) THEN
        ALTER ROLE {role} LOGIN REPLICATION;
    END IF;
END
$$;
-- A snapshot of a large table takes its time.
ALTER ROLE {role} SET statement_timeout = 0;
ALTER ROLE {role} SET idle_in_transaction_session_timeout = 0;

-- It may read what it captures.
GRANT USAGE ON SCHEMA {schemas} TO {role};
GRANT SELECT ON {tables} TO {role};

-- Two small tables of its own. The heartbeat is written every few seconds, so that the log of an idle
-- database need not be kept; the signals mark the log while a table is read again on request.
CREATE SCHEMA IF NOT EXISTS {own};
CREATE TABLE IF NOT EXISTS {captured.heartbeat} (id integer PRIMARY KEY, beaten_at timestamptz NOT NULL);
INSERT INTO {captured.heartbeat} VALUES (1, now()) ON CONFLICT DO NOTHING;
CREATE TABLE IF NOT EXISTS {captured.signals} (
    id varchar(64) PRIMARY KEY, type varchar(32) NOT NULL, data varchar(4096)
);
GRANT USAGE ON SCHEMA {own} TO {role};
GRANT SELECT, UPDATE ON {captured.heartbeat} TO {role};
GRANT SELECT, INSERT, DELETE ON {captured.signals} TO {role};

-- What the log tells. A partitioned table appears as one.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_publication WHERE pubname = '{captured.publication}') THEN
        CREATE PUBLICATION {captured.publication} WITH (publish_via_partition_root = true);
    END IF;
END
$$;
ALTER PUBLICATION {captured.publication}
    SET TABLE {published};

COMMIT;
"""


def teardown_sql(captured: Captured, role: str) -> str:
    """The statements that undo :func:`setup_sql`, and drop the slot; the capture must have ended."""
    check_name(role, "role")
    tables = ", ".join(captured.tables)
    schemas = ", ".join(sorted({name.partition(".")[0] for name in captured.tables}))
    return f"""\
SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = '{captured.slot}';
DROP PUBLICATION IF EXISTS {captured.publication};
DROP SCHEMA IF EXISTS {captured.schema} CASCADE;
REVOKE ALL ON {tables} FROM {role};
REVOKE ALL ON SCHEMA {schemas} FROM {role};
DROP ROLE {role};
"""
