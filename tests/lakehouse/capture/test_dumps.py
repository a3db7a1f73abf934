"""Tables dumped from a real PostgreSQL: exact, ordered, and nothing when nothing changed."""

import gzip
import json
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from lakehouse.capture.dumps import TableDump, dump_table, dump_tables
from lakehouse.capture.loads import list_loads, write_load
from lakehouse.errors import SetupError, SourceError

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
FULL = TableDump("things", "full")


def test_a_full_dump_rebuilds_the_table_exactly(database, connection_url, bucket, rows_of):
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
    assert b'"price":10.50' in gzip.decompress(load.files[0].path.read_bytes())
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


def test_rows_come_in_the_order_of_the_primary_key(database, connection_url, bucket, rows_of):
    database.execute("CREATE TABLE things (b int, id int, PRIMARY KEY (id, b))")
    database.execute("INSERT INTO things VALUES (1, 3), (9, 2), (1, 2)")
    found = rows_of(dump_table(connection_url, bucket, "shop", FULL))
    assert [(row["id"], row["b"]) for row in found] == [(2, 1), (2, 9), (3, 1)]


def test_a_table_without_primary_key_can_be_dumped(database, connection_url, bucket, ids_of):
    database.execute("CREATE TABLE things AS SELECT generate_series(1, 3) AS id")
    assert sorted(ids_of(dump_table(connection_url, bucket, "shop", FULL))) == [1, 2, 3]


def test_a_full_dump_of_an_unchanged_table_writes_nothing(things, connection_url, bucket, put, rows_of):
    put(things, 1, 60)
    first = dump_table(connection_url, bucket, "shop", FULL)
    put(things, 1, 60)  # the log moves on, the content does not
    assert dump_table(connection_url, bucket, "shop", FULL) is None
    things.execute("DELETE FROM things")
    last = dump_table(connection_url, bucket, "shop", FULL)
    assert rows_of(last) == []
    assert dump_table(connection_url, bucket, "shop", FULL) is None
    assert list_loads(bucket, "shop", "things").loads == (first, last)


def test_tables_of_one_call_are_seen_at_one_moment(things, connection_url, bucket, monkeypatch, ids_of):
    things.execute("CREATE TABLE others (id bigint PRIMARY KEY)")
    things.execute("INSERT INTO things VALUES (1)")

    def write_and_meddle(*arguments, **named):
        things.execute("INSERT INTO things VALUES (2) ON CONFLICT DO NOTHING")
        things.execute("INSERT INTO others VALUES (1) ON CONFLICT DO NOTHING")
        return write_load(*arguments, **named)

    monkeypatch.setattr("lakehouse.capture.dumps.write_load", write_and_meddle)
    done = dump_tables(connection_url, bucket, "shop", [FULL, TableDump("others", "full")])
    assert ids_of(done["things"]) == [1]
    assert ids_of(done["others"]) == []
    assert done["things"].position == done["others"].position


def test_positions_grow_with_the_log_whatever_the_clock_says(things, connection_url, bucket, put):
    positions = []
    for days in range(3):
        put(things, days, 60 - days)
        load = dump_table(connection_url, bucket, "shop", FULL, now=NOW - timedelta(days=days))
        assert load is not None
        positions.append(load.position)
    assert positions == sorted(set(positions))
    assert [load.position for load in list_loads(bucket, "shop", "things").loads] == positions


def test_a_database_behind_the_bucket_is_refused(things, connection_url, bucket):
    write_load(bucket, "shop", "things", [], kind="full", position=2**60, extracted_at=NOW)
    with pytest.raises(SourceError, match="behind the bucket"):
        dump_table(connection_url, bucket, "shop", FULL)


def test_a_connection_can_be_given_and_is_left_as_it_was(things, bucket, put, ids_of):
    put(things, 1, 60)
    assert ids_of(dump_table(things, bucket, "shop", FULL)) == [1]
    put(things, 2, 60)  # still open, still allowed to write
    with things.transaction():
        things.execute("SELECT 1")
        with pytest.raises(SourceError, match="in a transaction"):
            dump_table(things, bucket, "shop", FULL)


def test_a_schema_can_be_named(database, connection_url, bucket, ids_of):
    database.execute("CREATE SCHEMA shop")
    database.execute("CREATE TABLE shop.things AS SELECT 1 AS id")
    assert ids_of(dump_table(connection_url, bucket, "crm", TableDump("things", "full", schema="shop"))) == [
        1
    ]


def test_a_column_named_like_an_alias_does_not_hide_the_row(database, connection_url, bucket, rows_of):
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
def test_a_dump_declared_wrongly_is_refused(declared):
    with pytest.raises(SourceError):
        TableDump(**declared)


def test_a_missing_table_is_one_sentence_with_a_remedy(connection_url, bucket):
    with pytest.raises(SourceError, match=r'shop\.things: .*relation "things" does not exist.* Remedy: '):
        dump_table(connection_url, bucket, "shop", FULL)
    assert not bucket.exists()


def test_missing_permission_says_what_to_grant(things, connection_url, bucket):
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


def test_no_database_is_one_sentence_without_the_password(server, bucket):
    with pytest.raises(SetupError, match=r"127\.0\.0\.1:1/nothing.*Remedy: ") as caught:
        dump_table("postgresql://me:hush@127.0.0.1:1/nothing", bucket, "shop", FULL)
    assert "hush" not in str(caught.value)
    wrong = server.url.replace(server.url.partition("//")[2].partition("@")[0], "postgres:wrong")
    with pytest.raises(SetupError, match="password authentication failed"):
        dump_table(wrong, bucket, "shop", FULL)


def test_the_road_does_not_need_the_driver_until_it_dumps():
    code = "import sys, lakehouse.capture.dumps; sys.exit('psycopg' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
