"""A row has one number, whether PostgreSQL makes it of its own values or Python of the lake's."""

import tempfile
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from lakehouse.trust.reconciliation.digests import (
    digest,
    range_in_sql,
    range_of,
    row_in_sql,
    text_as,
    text_of,
    texts_in_sql,
)
from lakehouse.trust.reconciliation.pairing import ComparedColumn
from supercorp.postgres import Postgres

COLUMNS = tuple(
    ComparedColumn(name, name, kind)
    for name, kind in (
        ("id", "bigint"),
        ("price", "decimal(12,2)"),
        ("at", "timestamp"),
        ("local", "timestamp_ntz"),
        ("day", "date"),
        ("yes", "boolean"),
        ("text", "string"),
    )
)
TABLE = """
CREATE TABLE t (
    id bigint, price numeric, at timestamptz, local timestamp, day date, yes boolean, text text
)"""
MOMENT = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
LOCAL, LONG_AGO = MOMENT.replace(tzinfo=None), MOMENT.replace(tzinfo=None, year=1899)
ROWS = [
    (1, Decimal("1.50"), MOMENT, LOCAL, date(2026, 3, 1), True, "Müller\tand\nline"),
    (-10_001, Decimal("-0.00"), MOMENT.replace(year=1899), LONG_AGO, date(1, 1, 1), False, ""),
    (2**62, Decimal("1000000.00"), None, None, None, None, None),
    (19_999, Decimal(100), MOMENT, LOCAL, date(9999, 12, 31), True, "\\N"),
]


@pytest.fixture(scope="module")
def database():
    with tempfile.TemporaryDirectory() as folder, Postgres(durable=False) as running:
        Path(folder).chmod(0o755)
        server = running.start(Path(folder))
        with psycopg.connect(server.url, autocommit=True, options="-c TimeZone=UTC") as connection:
            connection.execute(TABLE)
            connection.cursor().executemany("INSERT INTO t VALUES (%s, %s, %s, %s, %s, %s, %s)", ROWS)
            yield connection


def ask(database, *columns):
    query = sql.SQL("SELECT {} FROM t ORDER BY id").format(sql.SQL(", ").join(columns))
    return database.execute(query).fetchall()


def ours():
    return [tuple(text_of(value) for value in row) for row in sorted(ROWS, key=lambda row: row[0])]


def test_every_kind_of_value_has_one_spelling(database):
    assert ask(database, *texts_in_sql(COLUMNS)) == ours()


def test_a_row_has_one_number(database):
    assert [number for (number,) in ask(database, row_in_sql(COLUMNS))] == [digest(row) for row in ours()]


@pytest.mark.parametrize("key", [COLUMNS[:1], COLUMNS[:2], COLUMNS[6:]])
def test_a_key_lies_in_one_range(database, key):
    places = [COLUMNS.index(column) for column in key]
    of = range_of(key)
    found = [of(tuple(row[place] for place in places)) for row in ours()]
    assert [number for (number,) in ask(database, range_in_sql(key))] == found


def test_null_is_no_text_and_texts_do_not_run_into_each_other():
    assert digest([text_of(None)]) != digest([text_of("")])
    assert digest(["a", "bc"]) != digest(["ab", "c"])


@pytest.mark.parametrize(
    ("told", "kind", "value"),
    [
        ("2026-03-01", "date", date(2026, 3, 1)),
        (20513, "date", date(2026, 3, 1)),
        ("2026-03-01T11:00:00.5Z", "timestamp", datetime(2026, 3, 1, 11, 0, 0, 500_000, tzinfo=UTC)),
        ("1.50", "decimal(12,2)", Decimal("1.5")),
        (1.5, "decimal(12,2)", Decimal("1.5")),
        ("true", "boolean", True),
        ("7", "bigint", 7),
        ("no day", "date", "no day"),
    ],
)
def test_a_value_is_spelled_alike_as_a_load_has_it(told, kind, value):
    assert text_as(told, kind) == text_of(value)
