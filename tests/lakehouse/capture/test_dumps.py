"""Tables dumped from a real PostgreSQL: exact, ordered, and nothing when nothing changed."""

import gzip
import json
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest

from lakehouse.capture.dumps import TableDump, dump_table, dump_tables
from lakehouse.capture.loads import Load, list_loads, write_load
from lakehouse.errors import SetupError, SourceError
from supercorp.postgres import Postgres

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
FULL = TableDump("things", "full")
CHANGES = TableDump("things", "incremental", "updated_at")


def rows_of(load: Load | None) -> list[dict[str, Any]]:
    assert load is not None
    return [
        json.loads(line, parse_float=Decimal)
        for file in load.files
        for line in gzip.decompress(file.path.read_bytes()).split(b"\n")[:-1]
    ]


def ids_of(load: Load | None) -> list[int]:
    return [row["id"] for row in rows_of(load)]


@pytest.fixture
def things(database: psycopg.Connection) -> psycopg.Connection:
    database.execute("CREATE TABLE things (id bigint PRIMARY KEY, name text, updated_at timestamptz)")
    return database


def put(things: psycopg.Connection, key: int, minutes: float | None, name: str = "x") -> None:
    """Insert or update a row, changed so many minutes before NOW."""
    changed = None if minutes is None else NOW - timedelta(minutes=minutes)
    things.execute(
        "INSERT INTO things VALUES (%s, %s, %s)"
        " ON CONFLICT (id) DO UPDATE SET name = excluded.name, updated_at = excluded.updated_at",
        [key, name, changed],
    )


def test_a_full_dump_rebuilds_the_table_exactly(
    database: psycopg.Connection, connection_url: str, bucket: Path
) -> None:
    columns = (
        "id bigint PRIMARY KEY, note text, price numeric(12,2), exact numeric, at timestamptz, day date,"
        " tags text[], layout json, packed jsonb, yes boolean, bytes bytea, t text"
    )
    database.execute(f"CREATE TABLE things ({columns})")
    database.execute("SET TimeZone = 'Asia/Kolkata'")
    notes = ["plain", "tab\tline\nfeed\r", 'back\\slash "quoted" \\n \\.', "Zoë 🎉 \u2028 \x7f", "", None]
    for key, note in enumerate(notes):
        database.execute(
            "INSERT INTO things VALUES (%s, %s, 10.50, 123456789012345678901234567890.000000000100,"
            " '2026-03-29T01:02:03.123456Z', '2026-03-29', ARRAY['a,b', NULL],"
            " E'{\"a\":\\n\\r 1}', '{\"b\": \"c\\\\nd\"}', true, '\\x00ff', 't')",
            [key, note],
        )
    load = dump_table(connection_url, bucket, "shop", FULL, now=NOW)
    found = rows_of(load)
    assert [row["note"] for row in found] == notes
    assert found[0]["exact"] == Decimal("123456789012345678901234567890.000000000100")
    assert b'"price":10.50' in gzip.decompress(load.files[0].path.read_bytes())  # type: ignore[union-attr]
    assert found[0]["at"] == "2026-03-29T01:02:03.123456+00:00"
    assert found[0]["layout"] == {"a": 1}
    database.execute(f"CREATE TABLE copied ({columns})")
    text = "".join(json.dumps(row, default=str) + "\n" for row in found)
    for line, row in zip(text.splitlines(), found, strict=True):
        plain = json.loads(line) | {"price": str(row["price"]), "exact": str(row["exact"])}
        database.execute(
            "INSERT INTO copied SELECT * FROM json_populate_record(NULL::copied, %s)", [json.dumps(plain)]
        )
    same = "SELECT count(*) FROM {} a WHERE NOT EXISTS (SELECT FROM {} b WHERE a.id = b.id AND"
    same += " (to_jsonb(a) = to_jsonb(b)))"
    for one, other in (("things", "copied"), ("copied", "things")):
        assert database.execute(same.format(one, other)).fetchone() == (0,)


def test_rows_come_in_the_order_of_the_primary_key(
    database: psycopg.Connection, connection_url: str, bucket: Path
) -> None:
    database.execute("CREATE TABLE things (b int, id int, PRIMARY KEY (id, b))")
    database.execute("INSERT INTO things VALUES (1, 3), (9, 2), (1, 2)")
    found = rows_of(dump_table(connection_url, bucket, "shop", FULL))
    assert [(row["id"], row["b"]) for row in found] == [(2, 1), (2, 9), (3, 1)]


def test_a_table_without_primary_key_can_be_dumped(
    database: psycopg.Connection, connection_url: str, bucket: Path
) -> None:
    database.execute("CREATE TABLE things AS SELECT generate_series(1, 3) AS id")
    assert sorted(ids_of(dump_table(connection_url, bucket, "shop", FULL))) == [1, 2, 3]


def test_a_full_dump_of_an_unchanged_table_writes_nothing(
    things: psycopg.Connection, connection_url: str, bucket: Path
) -> None:
    put(things, 1, 60)
    first = dump_table(connection_url, bucket, "shop", FULL)
    put(things, 1, 60)  # the log moves on, the content does not
    assert dump_table(connection_url, bucket, "shop", FULL) is None
    things.execute("DELETE FROM things")
    last = dump_table(connection_url, bucket, "shop", FULL)
    assert rows_of(last) == []
    assert dump_table(connection_url, bucket, "shop", FULL) is None
    assert list_loads(bucket, "shop", "things").loads == (first, last)


def test_an_incremental_dump_takes_what_changed(
    things: psycopg.Connection, connection_url: str, bucket: Path
) -> None:
    put(things, 1, 60)
    put(things, 2, 30)
    assert ids_of(dump_table(connection_url, bucket, "shop", CHANGES, now=NOW)) == [1, 2]
    put(things, 1, 10, "changed")
    put(things, 3, 9)
    load = dump_table(connection_url, bucket, "shop", CHANGES, now=NOW)
    assert [(row["id"], row["name"]) for row in rows_of(load)] == [(1, "changed"), (2, "x"), (3, "x")]
    put(things, 4, 1)
    assert ids_of(dump_table(connection_url, bucket, "shop", CHANGES, now=NOW)) == [1, 3, 4]


def test_an_incremental_dump_without_changes_writes_nothing(
    things: psycopg.Connection, connection_url: str, bucket: Path
) -> None:
    assert dump_table(connection_url, bucket, "shop", CHANGES, now=NOW) is None
    put(things, 1, 60)
    assert dump_table(connection_url, bucket, "shop", CHANGES, now=NOW) is not None
    assert dump_table(connection_url, bucket, "shop", CHANGES, now=NOW) is None
    assert len(list_loads(bucket, "shop", "things").loads) == 1


def test_a_transaction_that_commits_late_is_caught_by_the_overlap(
    things: psycopg.Connection, connection_url: str, bucket: Path
) -> None:
    put(things, 1, 60)
    with psycopg.connect(connection_url) as slow:
        put(slow, 2, 63)
        assert ids_of(dump_table(connection_url, bucket, "shop", CHANGES, now=NOW)) == [1]
    assert ids_of(dump_table(connection_url, bucket, "shop", CHANGES, now=NOW)) == [1, 2]


def test_the_overlap_is_the_tables_own(things: psycopg.Connection, connection_url: str, bucket: Path) -> None:
    wide = TableDump("things", "incremental", "updated_at", overlap=timedelta(hours=2))
    for key, minutes in ((1, 60), (2, 30)):
        put(things, key, minutes)
        found = dump_table(connection_url, bucket, "shop", wide, now=NOW)
    assert ids_of(found) == [1, 2]


def test_a_change_time_ahead_of_the_clock_hides_no_later_change(
    things: psycopg.Connection, connection_url: str, bucket: Path
) -> None:
    put(things, 1, -10 * 365 * 24 * 60)
    put(things, 2, 60)
    load = dump_table(connection_url, bucket, "shop", CHANGES, now=NOW)
    assert load is not None
    assert load.high_water == "2026-05-01T11:00:00+00:00"
    assert dump_table(connection_url, bucket, "shop", CHANGES, now=NOW) is None
    put(things, 3, 10)
    assert ids_of(dump_table(connection_url, bucket, "shop", CHANGES, now=NOW)) == [1, 2, 3]


def test_rows_without_a_change_time_are_always_taken(
    things: psycopg.Connection, connection_url: str, bucket: Path
) -> None:
    put(things, 1, 60)
    assert ids_of(dump_table(connection_url, bucket, "shop", CHANGES, now=NOW)) == [1]
    put(things, 2, None)
    assert ids_of(dump_table(connection_url, bucket, "shop", CHANGES, now=NOW)) == [1, 2]
    assert dump_table(connection_url, bucket, "shop", CHANGES, now=NOW) is None


def test_when_the_newest_load_is_damaged_its_rows_are_taken_again(
    things: psycopg.Connection, connection_url: str, bucket: Path
) -> None:
    put(things, 1, 60)
    dump_table(connection_url, bucket, "shop", CHANGES, now=NOW)
    put(things, 2, 30)
    lost = dump_table(connection_url, bucket, "shop", CHANGES, now=NOW)
    assert lost is not None
    lost.files[0].path.unlink()
    put(things, 3, 10)
    assert ids_of(dump_table(connection_url, bucket, "shop", CHANGES, now=NOW)) == [1, 2, 3]


def test_an_incremental_dump_goes_on_from_a_full_one(
    things: psycopg.Connection, connection_url: str, bucket: Path
) -> None:
    put(things, 1, 60)
    dump_table(connection_url, bucket, "shop", TableDump("things", "full", "updated_at"), now=NOW)
    put(things, 2, 10)
    put(things, 3, 300)  # changed long ago, by its own account: not to be found by change time
    assert ids_of(dump_table(connection_url, bucket, "shop", CHANGES, now=NOW)) == [1, 2]


def test_tables_of_one_call_are_seen_at_one_moment(
    things: psycopg.Connection, connection_url: str, bucket: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    things.execute("CREATE TABLE others (id bigint PRIMARY KEY)")
    put(things, 1, 60)

    def write_and_meddle(*arguments: Any, **named: Any) -> Load:
        put(things, 2, 1)
        things.execute("INSERT INTO others VALUES (1) ON CONFLICT DO NOTHING")
        return write_load(*arguments, **named)

    monkeypatch.setattr("lakehouse.capture.dumps.write_load", write_and_meddle)
    done = dump_tables(connection_url, bucket, "shop", [FULL, TableDump("others", "full")])
    assert ids_of(done["things"]) == [1]
    assert ids_of(done["others"]) == []
    assert done["things"].position == done["others"].position  # type: ignore[union-attr]


def test_positions_grow_with_the_log_whatever_the_clock_says(
    things: psycopg.Connection, connection_url: str, bucket: Path
) -> None:
    positions = []
    for days in range(3):
        put(things, days, 60 - days)
        load = dump_table(connection_url, bucket, "shop", FULL, now=NOW - timedelta(days=days))
        assert load is not None
        positions.append(load.position)
    assert positions == sorted(set(positions))
    assert [load.position for load in list_loads(bucket, "shop", "things").loads] == positions


def test_a_database_behind_the_bucket_is_refused(
    things: psycopg.Connection, connection_url: str, bucket: Path
) -> None:
    write_load(bucket, "shop", "things", [], kind="full", position=2**60, extracted_at=NOW)
    with pytest.raises(SourceError, match="behind the bucket"):
        dump_table(connection_url, bucket, "shop", FULL)


def test_a_connection_can_be_given_and_is_left_as_it_was(things: psycopg.Connection, bucket: Path) -> None:
    put(things, 1, 60)
    assert ids_of(dump_table(things, bucket, "shop", FULL)) == [1]
    put(things, 2, 60)  # still open, still allowed to write
    with things.transaction():
        things.execute("SELECT 1")
        with pytest.raises(SourceError, match="in a transaction"):
            dump_table(things, bucket, "shop", FULL)


def test_a_schema_can_be_named(database: psycopg.Connection, connection_url: str, bucket: Path) -> None:
    database.execute("CREATE SCHEMA shop")
    database.execute("CREATE TABLE shop.things AS SELECT 1 AS id")
    assert ids_of(dump_table(connection_url, bucket, "crm", TableDump("things", "full", schema="shop"))) == [
        1
    ]


def test_a_column_named_like_an_alias_does_not_hide_the_row(
    database: psycopg.Connection, connection_url: str, bucket: Path
) -> None:
    database.execute("CREATE TABLE things AS SELECT 1 AS id, 'x' AS t, 'y' AS things")
    assert rows_of(dump_table(connection_url, bucket, "shop", FULL)) == [{"id": 1, "t": "x", "things": "y"}]


@pytest.mark.parametrize(
    "declared",
    [
        {"table": 'things"; DROP TABLE things; --', "kind": "full"},
        {"table": "things", "kind": "full", "schema": "a.b"},
        {"table": "things", "kind": "incremental"},
        {"table": "things", "kind": "everything"},
        {"table": "things", "kind": "incremental", "change_column": "updated_at OR true"},
    ],
)
def test_a_dump_declared_wrongly_is_refused(declared: dict[str, Any]) -> None:
    with pytest.raises(SourceError):
        TableDump(**declared)


def test_a_missing_table_is_one_sentence_with_a_remedy(connection_url: str, bucket: Path) -> None:
    with pytest.raises(SourceError, match=r'shop\.things: .*relation "things" does not exist.* Remedy: '):
        dump_table(connection_url, bucket, "shop", FULL)
    assert not bucket.exists()


@pytest.mark.parametrize("column", ["name", "missing"])
def test_a_change_column_that_does_not_fit_is_refused(
    things: psycopg.Connection, connection_url: str, bucket: Path, column: str
) -> None:
    with pytest.raises(SourceError, match=rf"shop\.things\.{column}: the change column does not fit"):
        dump_table(connection_url, bucket, "shop", TableDump("things", "incremental", column))


def test_missing_permission_says_what_to_grant(
    things: psycopg.Connection, connection_url: str, bucket: Path
) -> None:
    role = f"reader_{things.info.dbname}"
    things.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'secret'")
    url = connection_url.replace(connection_url.partition("//")[2].partition("@")[0], f"{role}:secret")
    with pytest.raises(SourceError, match=r"permission denied.*Remedy: grant"):
        dump_table(url, bucket, "shop", FULL)
    things.execute(f"GRANT SELECT ON things TO {role}")
    assert dump_table(url, bucket, "shop", FULL) is not None
    things.execute("ALTER TABLE things ENABLE ROW LEVEL SECURITY")
    shutil.rmtree(bucket)
    with pytest.raises(SourceError, match="row-level security"):
        dump_table(url, bucket, "shop", FULL)


def test_no_database_is_one_sentence_without_the_password(server: Postgres, bucket: Path) -> None:
    with pytest.raises(SetupError, match=r"127\.0\.0\.1:1/nothing.*Remedy: ") as caught:
        dump_table("postgresql://me:hush@127.0.0.1:1/nothing", bucket, "shop", FULL)
    assert "hush" not in str(caught.value)
    wrong = server.url.replace(server.url.partition("//")[2].partition("@")[0], "postgres:wrong")
    with pytest.raises(SetupError, match="password authentication failed"):
        dump_table(wrong, bucket, "shop", FULL)


def test_the_road_does_not_need_the_driver_until_it_dumps() -> None:
    code = "import sys, lakehouse.capture.dumps; sys.exit('psycopg' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
