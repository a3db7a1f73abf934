"""A schema says the same, read from a running database or from the SQL that made it."""

import tempfile
from pathlib import Path

import psycopg
import pytest

from lakehouse.change.production import schema_of_database, schema_of_sql
from supercorp.postgres import Postgres

SCHEMA = """
CREATE TABLE loans (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    reader integer NOT NULL,
    fee numeric(8, 2) DEFAULT 0,
    "Note" varchar(30),
    tags text[],
    seen jsonb NOT NULL,
    due timestamp with time zone NOT NULL,
    day date
);
CREATE TABLE copies (book bigint, copy smallint, PRIMARY KEY (book, copy));
ALTER TABLE loans ADD COLUMN late boolean NOT NULL DEFAULT false, ALTER COLUMN day SET NOT NULL;
ALTER TABLE loans RENAME COLUMN reader TO reader_id;
ALTER TABLE loans ALTER COLUMN fee TYPE numeric(10, 2), DROP COLUMN seen;
ALTER TABLE copies RENAME TO book_copies;
CREATE TABLE gone (id int);
DROP TABLE gone;
"""


@pytest.fixture(scope="module")
def connection():
    with tempfile.TemporaryDirectory() as folder, Postgres(durable=False) as server:
        Path(folder).chmod(0o755)  # its user must get in
        with psycopg.connect(server.start(Path(folder)).url, autocommit=True) as opened:
            opened.execute("CREATE SCHEMA desk")
            opened.execute("SET search_path TO desk")
            opened.execute(SCHEMA)
            yield opened


def said(tables):
    return {
        name: (
            set(table.key),
            {column: (each.words, each.required) for column, each in table.columns.items()},
        )
        for name, table in tables.items()
    }


def test_both_ways_of_reading_say_the_same(connection):
    found = said(schema_of_database(connection))

    assert found == said(schema_of_sql(SCHEMA))
    assert found["book_copies"] == ({"book", "copy"}, {"book": ("bigint", True), "copy": ("smallint", True)})
    assert found["loans"][1] == {
        "id": ("bigint", True),
        "reader_id": ("int", True),
        "fee": ("decimal(10, 2)", False),
        "Note": ("varchar(30)", False),
        "tags": ("text[]", False),
        "due": ("timestamptz", True),
        "day": ("date", True),
        "late": ("boolean", True),
    }


def test_a_schema_is_named_or_the_connections_own(connection):
    assert schema_of_database(connection, "public") == {}
    assert schema_of_database(connection, "desk").keys() == {"loans", "book_copies"}


def test_types_of_its_own_read_as_text(connection):
    connection.execute("CREATE TYPE desk.mood AS ENUM ('good'); CREATE TABLE desk.moods (mood desk.mood)")
    assert schema_of_database(connection)["moods"].columns["mood"].words == "text"
