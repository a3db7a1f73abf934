"""One run of the real engine on a real database: what lands, line by line."""

import dataclasses
import os
import time
from types import SimpleNamespace

import pytest

from lakehouse.capture.changes import slot
from lakehouse.capture.changes.home import Home
from lakehouse.capture.changes.setup import setup_sql
from lakehouse.capture.changes.status import read_status
from lakehouse.errors import CaptureError
from lakehouse.testing import rows_in
from lakehouse.trust.erasure.book import Book, Order
from lakehouse.trust.reconciliation import explaining, reconcile, told
from lakehouse.trust.reconciliation.feed import Feed
from lakehouse.trust.subjects import Identifier, Subject
from lakehouse.writing.path import write
from lakehouse.writing.request import Request
from tests.lakehouse.capture.changes.lake_of_things import DATASETS, lake_on, things

ROLE = "capturer"
PLACEHOLDER = "__debezium_unavailable_value"
TABLES = """
CREATE SCHEMA s;
CREATE TABLE s.things (
    id int PRIMARY KEY, name text, price numeric, at timestamptz, day date, big text,
    colour text DEFAULT 'red'
);
CREATE TABLE s.pairs (a int, b int); ALTER TABLE s.pairs REPLICA IDENTITY FULL;
CREATE TABLE s.empty (id int PRIMARY KEY);
CREATE TABLE s.days (id int, day date, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
CREATE TABLE s.days_2026 PARTITION OF s.days FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE s.secret (id int PRIMARY KEY);
INSERT INTO s.things (id, name, price, at, day, big, colour) VALUES
    (1, E'tab\\t and\\nline', 1.50, '2026-03-01 12:00:00.123456+01', '2026-03-01',
        (SELECT string_agg(gen_random_uuid()::text, '') FROM generate_series(1, 400)), NULL),
    (2, 'two', 'NaN', 'infinity', NULL, NULL, 'blue');
INSERT INTO s.pairs VALUES (1, 1);
INSERT INTO s.days VALUES (1, '2026-05-05');
"""
CHANGES = (
    "INSERT INTO s.things (id, name) VALUES (3, 'three')",
    "UPDATE s.things SET name = 'one' WHERE id = 1",
    "UPDATE s.things SET id = 20 WHERE id = 2",
    "DELETE FROM s.things WHERE id = 3",
    "ALTER TABLE s.things ADD COLUMN weight numeric(10, 3)",
    """BEGIN;
    INSERT INTO s.things (id, weight) VALUES (4, 1.5);
    UPDATE s.pairs SET b = 2;
    INSERT INTO s.secret VALUES (1);
    UPDATE s.things SET weight = 2 WHERE id = 4;
    COMMIT""",
    "BEGIN; INSERT INTO s.things (id) VALUES (99); ROLLBACK",
    "DELETE FROM s.pairs",
    "TRUNCATE s.pairs",
    "INSERT INTO s.days VALUES (2, '2026-06-06')",
)


@pytest.fixture(scope="module")
def story(new_place):
    """The run: snapshot, changes, quiet, a table read again, end; and what was seen on the way."""
    place = new_place(TABLES, ["s.things", "s.pairs", "s.empty", "s.days"])
    seen = SimpleNamespace(place=place)
    with place.capture() as capture:
        with pytest.raises(CaptureError) as caught, place.capture():
            pass
        seen.twice = str(caught.value)
        capture.drain(60)
        seen.after_snapshot = {table: place.loads(table) for table in ("things", "pairs", "empty", "days")}
        for change in CHANGES:
            place.admin.execute(change)
        capture.drain(60)
        seen.things, seen.pairs = place.lines("things"), place.lines("pairs")
        seen.days, seen.transactions = place.lines("days"), place.lines("transactions")
        landed = sorted(place.bucket.rglob("_manifest.json"))
        before, begun = place.slot("confirmed_flush_lsn"), time.monotonic()
        capture.run_until(
            lambda: place.slot("confirmed_flush_lsn") != before or time.monotonic() - begun > 10
        )
        seen.moved = place.slot("confirmed_flush_lsn") != before
        seen.at_rest = sorted(place.bucket.rglob("_manifest.json")) == landed
        seen.in_use = in_use(place)
        with pytest.raises(CaptureError, match=r"s\.pairs: rows cannot be read while changes go on"):
            capture.read_again(["s.things", "s.pairs"])
        capture.read_again(["s.things"])
        begun = time.monotonic()
        capture.run_until(lambda: place.lines("things")[-1]["op"] == "r" or time.monotonic() - begun > 15)
        seen.again = place.lines("things")[len(seen.things) :]
        seen.engine = capture.engine_pid
        place.admin.execute("INSERT INTO s.empty VALUES (1)")
        capture.run_until(lambda: read_status(place.home).lines.get("empty"))
    seen.status, seen.state = read_status(place.home), Home(place.home).state()
    return seen


def in_use(place) -> str:
    """What is said to somebody who comes with a copy of the home while the engine runs."""
    copy = place.home.with_name("copy")
    copy.mkdir()
    for name in ("offsets", "state.json"):
        (copy / name).write_bytes((place.home / name).read_bytes())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(slot, "_RELEASE_SECONDS", 0.2)
        with pytest.raises(CaptureError) as caught:
            place.capture(home=copy).__enter__()
    return str(caught.value)


def ops(lines):
    return [(line["op"], line["key"]) for line in lines]


def test_the_snapshot_of_a_table_is_one_full_load_with_every_row(story):
    rows = {table: [load.files[0].rows for load in loads] for table, loads in story.after_snapshot.items()}
    assert rows == {"things": [2], "pairs": [1], "empty": [0], "days": [1]}
    assert {load.kind for loads in story.after_snapshot.values() for load in loads} == {"full"}
    assert ops(story.things[:2]) == [("r", {"id": 1}), ("r", {"id": 2})]
    assert story.days[0]["source"]["table"] == "days"


def test_values_keep_their_exact_form(story):
    one, two = story.things[0]["after"], story.things[1]["after"]
    assert one["name"] == "tab\t and\nline"
    assert (one["price"], two["price"]) == ("1.50", "NAN")
    assert (one["at"], two["at"]) == ("2026-03-01T11:00:00.123456Z", "infinity")
    assert one["day"] == 20513  # days since 1970
    assert one["colour"] is None  # not the column's default


def test_changes_follow_in_the_order_of_their_commits(story):
    assert ops(story.things[2:]) == [
        ("c", {"id": 3}),
        ("u", {"id": 1}),
        ("d", {"id": 2}),
        ("c", {"id": 20}),
        ("d", {"id": 3}),
        ("c", {"id": 4}),
        ("u", {"id": 4}),
    ]
    positions = [int(line["source"]["lsn"]) for line in story.things]
    assert positions == sorted(positions)


def test_a_large_value_that_did_not_change_is_a_placeholder(story):
    assert len(story.things[0]["after"]["big"]) > 10_000
    update = story.things[3]
    assert (update["after"]["name"], update["after"]["big"]) == ("one", PLACEHOLDER)
    assert update["before"] is None


def test_a_delete_is_known_by_its_key_and_with_full_identity_by_its_row(story):
    assert story.things[4]["before"]["id"] == 2
    assert story.things[4]["before"]["name"] is None  # not what it was
    deleted = story.pairs[2]
    assert (deleted["op"], deleted["key"], deleted["before"]) == ("d", None, {"a": 1, "b": 2})


def test_a_truncate_is_a_line_without_key_and_row(story):
    truncate = story.pairs[-1]
    assert (truncate["op"], truncate["key"]) == ("t", None)
    assert truncate.get("before") is truncate.get("after") is None


def test_a_new_column_is_in_the_next_row(story):
    assert "weight" not in story.things[6]["before"]
    assert story.things[7]["after"]["weight"] == "1.500"


def test_a_transaction_can_be_put_together_again(story):
    (whole,) = [line for line in story.transactions if line["event_count"] == 3]
    counts = {each["data_collection"]: each["event_count"] for each in whole["data_collections"]}
    assert counts == {"s.things": 2, "s.pairs": 1}
    number = int(whole["id"].partition(":")[0])
    members = [line for line in story.things + story.pairs if line["source"]["txId"] == number]
    assert sorted(line["transaction"]["total_order"] for line in members) == [1, 2, 3]
    assert not any(line["after"] and line["after"].get("id") == 99 for line in story.things)


def test_a_partitioned_table_is_one_table(story):
    assert [line["source"]["table"] for line in story.days] == ["days", "days"]


def test_an_idle_database_keeps_no_log_and_makes_no_loads(story):
    assert story.moved
    assert story.at_rest


def test_rows_read_again_come_between_the_changes_and_stand_nowhere_in_the_log(story):
    assert ops(story.again) == [("r", {"id": 1}), ("r", {"id": 4}), ("r", {"id": 20})]
    assert {line["source"]["lsn"] for line in story.again} == {None}
    assert {line["source"]["snapshot"] for line in story.again} == {"incremental"}
    assert len(story.again[0]["after"]["big"]) > 10_000
    assert story.state.unread == ()


def test_what_had_come_is_landed_when_the_capture_ends(story):
    assert story.place.lines("empty")[-1]["after"] == {"id": 1}
    assert story.place.slot("active_pid") is None
    with pytest.raises(ProcessLookupError):
        os.kill(story.engine, 0)


def test_the_status_says_how_far_it_is(story):
    status = story.status
    assert (status.phase, status.error, status.wal_status) == ("stopped", None, "reserved")
    assert status.lag_bytes is not None
    assert 0 <= status.lag_seconds < 60
    assert status.lines["things"] == len(story.things) + len(story.again)
    assert status.safe_bytes > status.retained_bytes


def test_two_captures_cannot_share_a_home_or_a_slot(story):
    assert f"process {os.getpid()}" in story.twice
    assert "the replication slot is in use" in story.in_use


@pytest.fixture(scope="module")
def held(story, spark, tmp_path_factory):
    """What holding silver against the database gives: at once, and after changes that nobody captures."""
    lake = lake_on(story.place.bucket, story.place.captured.source, tmp_path_factory.mktemp("lake"))
    for dataset in DATASETS:
        write(lake, spark, dataset, Request("run"))

    def hold(**how):
        return {each.table: each for each in reconcile(lake, story.place.admin_url, "s", schema="s", **how)}

    seen = SimpleNamespace(lake=lake, hold=hold, at_once=hold(drained=True))
    story.place.admin.execute("INSERT INTO s.days VALUES (3, '2026-07-07')")
    story.place.admin.execute("DELETE FROM s.days WHERE id = 1")
    story.place.admin.execute("UPDATE s.things SET name = 'other' WHERE id = 4")
    seen.on_its_way, seen.lost = hold(patience=0.1), hold(drained=True)
    with pytest.MonkeyPatch.context() as patch:
        (now,) = story.place.admin.execute("SELECT pg_current_xact_id()::xid::text").fetchone()
        patch.setattr(Feed, "horizon", lambda _: now)
        seen.old = hold()
    third = Order("an erasure", "person", {"number": ["3"]}, [], by="test", asked_at="now")
    Book(lake.settings).put_on_list(third)
    with pytest.MonkeyPatch.context() as patch:
        person = Subject("person", (Identifier("number", columns=("s_days.id",)),))
        patch.setattr(explaining, "load_subjects", lambda *_: {"person": person})
        seen.erased = hold(drained=True, names=["days"])
    return seen


def test_silver_is_the_database_down_to_values_that_the_log_did_not_repeat(held, story):
    rows = dict(rows_in(held.lake.table(things), "thing", "big"))
    there = dict(story.place.admin.execute("SELECT id, big FROM s.things WHERE id <> 20").fetchall())
    assert rows == there
    assert len(rows[1]) > 10_000


def test_what_waits_in_quarantine_explains_why_a_row_is_missing(held):
    # Number 20 has a price that is not a number, and a time without end.
    report = held.at_once["s.things"]
    assert told(report) == "s.things keys=3 differ=0 lost=0 doubled=0 explained=1 (1 in quarantine)"
    assert report.clean
    assert report.left_out == ("at",)
    assert told(held.at_once["s.days"]) == "s.days keys=2 differ=0 lost=0 doubled=0"


def test_what_was_committed_after_the_last_load_may_be_on_its_way(held):
    assert told(held.on_its_way["s.days"]).endswith("differ=0 lost=0 doubled=0 explained=2 (2 in the log)")


def test_a_row_written_before_what_has_landed_is_not_on_its_way_but_one_removed_may_be(held):
    line = "s.days keys=2 differ=0 lost=1 doubled=0 explained=1 (1 in the log)"
    assert told(held.old["s.days"]) == line
    assert held.old["s.days"].examples == ("3, 20641 (lost)",)


def test_what_never_arrived_is_named_by_its_key_and_a_pseudonym_is_compared_too(held):
    assert told(held.lost["s.days"]) == "s.days keys=2 differ=1 lost=1 doubled=0"
    assert held.lost["s.days"].examples == ("1, 20578 (differ)", "3, 20641 (lost)")
    assert told(held.lost["s.things"]).startswith("s.things keys=3 differ=1 lost=0")


def test_what_is_about_somebody_erased_is_not_lost(held):
    line = "s.days keys=2 differ=1 lost=0 doubled=0 explained=1 (1 erased)"
    assert [told(each) for each in held.erased.values()] == [line]


def test_a_table_that_is_added_later_arrives_with_its_rows_and_what_landed_by_then_is_told_key_by_key(
    story, held
):
    wider = dataclasses.replace(story.place.captured, tables=(*story.place.captured.tables, "s.secret"))
    place = dataclasses.replace(story.place, captured=wider)
    place.admin.execute(setup_sql(wider, ROLE))
    with place.capture() as capture:
        begun = time.monotonic()
        capture.run_until(lambda: place.loads("secret") or time.monotonic() - begun > 20)
        capture.drain(60)
    assert [(line["op"], line["after"]) for line in place.lines("secret")] == [("r", {"id": 1})]
    days = held.hold(names=["days"])["s.days"]
    assert told(days) == "s.days keys=2 differ=0 lost=0 doubled=0 explained=2 (2 in the bucket)"
