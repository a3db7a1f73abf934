"""What is wrong has a name and a way out, before an engine starts."""

import dataclasses
import json
import os
import resource
import shutil
import signal
import tempfile
import threading
from pathlib import Path

import psycopg
import pytest

from lakehouse.capture.changes import supervisor
from lakehouse.capture.changes.declaration import Captured
from lakehouse.capture.changes.rolls import Rolls
from lakehouse.capture.changes.setup import setup_sql, teardown_sql
from lakehouse.capture.changes.slot import read_slot
from lakehouse.capture.changes.status import read_status
from lakehouse.capture.changes.supervisor import Pace
from lakehouse.errors import CaptureError, SetupError, SlotLost, SourceError
from supercorp import postgres
from supercorp.postgres import Postgres

THINGS = "CREATE SCHEMA s; CREATE TABLE s.things (id int PRIMARY KEY, name text)"
NOBODY = 1  # a port that nobody listens on


@pytest.fixture(scope="module")
def shared(new_place):
    """A database that the tests here leave as they found it."""
    return new_place(THINGS, ["s.things"])


@pytest.fixture(scope="module")
def forgetful():
    """A server of its own whose slots may keep next to nothing."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        Path(folder).chmod(0o755)
        patch.setitem(postgres._SETTINGS, "max_slot_wal_keep_size", "1MB")
        patch.setitem(postgres._SETTINGS, "max_replication_slots", "1")
        with Postgres(durable=False) as server:
            yield server.start(Path(folder))


def refused(place, **differently) -> str:
    """What opening the capture says."""
    with pytest.raises((SetupError, CaptureError)) as caught:
        place.capture(**differently).__enter__()
    assert "Remedy: " in str(caught.value)
    assert "made up" not in str(caught.value)
    return f"{type(caught.value).__name__} {caught.value}"


def streaming(place) -> None:
    """As if a capture had run: a slot, and a home that goes on from it."""
    place.admin.execute("SELECT pg_create_logical_replication_slot(%s, 'pgoutput')", [place.captured.slot])
    slot = read_slot(place.admin, place.captured.slot)
    ((system,),) = place.admin.execute("SELECT system_identifier FROM pg_control_system()").fetchall()
    state = {"system": str(system), "database": slot.database, "slot": slot.name, "tables": ["s.things"]}
    state["unread"] = []
    place.home.mkdir(exist_ok=True)
    (place.home / "state.json").write_text(json.dumps(state))
    (place.home / "offsets").write_text(f'["x",{{"server":"x"}}]\t{{"lsn":{slot.confirmed}}}\n')


@pytest.fixture
def stream(shared):
    streaming(shared)
    yield shared
    shared.capture().start_over()
    assert read_slot(shared.admin, shared.captured.slot) is None
    assert not (shared.home / "offsets").exists()


def test_a_database_that_is_not_there(shared):
    port = shared.url.rpartition(":")[2].partition("/")[0]
    said = refused(shared, url=shared.url.replace(port, str(NOBODY)))
    assert "SetupError" in said
    assert f"127.0.0.1:{NOBODY}" in said


def test_a_wrong_password(shared):
    assert "password authentication failed" in refused(shared, url=shared.url.replace("made%20up", "wrong"))


def test_a_role_that_may_not_replicate(shared):
    shared.admin.execute("ALTER ROLE capturer NOREPLICATION")
    try:
        assert "the role capturer may not read the log; expected the attribute REPLICATION" in refused(shared)
    finally:
        shared.admin.execute("ALTER ROLE capturer REPLICATION")


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        ("REVOKE SELECT ON s.things FROM capturer", "s.things: the role capturer lacks rights"),
        ("REVOKE USAGE ON SCHEMA s FROM capturer", "s.things: the role capturer lacks rights"),
        ("ALTER TABLE s.things RENAME TO gone", "s.things: there is no such table"),
        ("ALTER TABLE s.things ENABLE ROW LEVEL SECURITY", "policy would hide rows"),
        ("ALTER TABLE s.things DROP CONSTRAINT things_pkey", "refuses updates and deletes"),
        ("ALTER PUBLICATION {publication} DROP TABLE s.things", "leaves out tables or rows"),
        ("ALTER PUBLICATION {publication} SET TABLE s.things WHERE (id > 1)", "leaves out tables or rows"),
        ("ALTER PUBLICATION {publication} SET (publish = 'insert')", "does not tell all"),
        ("DROP PUBLICATION {publication}", "there is no publication"),
    ],
)
def test_a_database_that_is_not_prepared(shared, harm, said):
    publication = shared.captured.publication
    shared.admin.execute(harm.format(publication=publication))
    try:
        assert said in refused(shared)
    finally:
        shared.admin.execute(f"DROP PUBLICATION IF EXISTS {publication}; DROP SCHEMA s CASCADE; {THINGS}")
        shared.admin.execute(setup_sql(shared.captured, "capturer"))


def test_a_log_that_does_not_hold_enough(new_place):
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        Path(folder).chmod(0o755)
        patch.setitem(postgres._SETTINGS, "wal_level", "replica")
        with Postgres(durable=False) as server:
            place = new_place(THINGS, ["s.things"], server.start(Path(folder)))
            assert "expected logical; found replica" in refused(place)
            place.admin.close()


def test_no_java(shared, tmp_path, monkeypatch):
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    assert "Java was not found" in refused(shared)


def test_a_slot_that_is_gone_is_a_gap_and_says_the_way_out(stream):
    stream.admin.execute("SELECT pg_drop_replication_slot(%s)", [stream.captured.slot])
    said = refused(stream)
    assert said.startswith("SlotLost")
    assert "start over with a new snapshot" in said


def test_a_slot_that_was_made_anew_is_a_gap(stream):
    stream.admin.execute("SELECT pg_drop_replication_slot(%s)", [stream.captured.slot])
    stream.admin.execute("INSERT INTO s.things VALUES (7)")
    stream.admin.execute("SELECT pg_create_logical_replication_slot(%s, 'pgoutput')", [stream.captured.slot])
    assert "moved on, or made anew, by somebody else" in refused(stream)


def test_a_slot_of_another_plugin_is_another_ones(stream):
    stream.admin.execute("SELECT pg_drop_replication_slot(%s)", [stream.captured.slot])
    (stream.home / "offsets").write_text('x\t{"lsn":9000000000000000}\n')
    stream.admin.execute(
        "SELECT pg_create_logical_replication_slot(%s, 'test_decoding')", [stream.captured.slot]
    )
    assert "the database is behind the bucket" in refused(stream)
    position = read_slot(stream.admin, stream.captured.slot).confirmed
    (stream.home / "offsets").write_text(f'x\t{{"lsn":{position}}}\n')
    assert "expected pgoutput" in refused(stream)


def test_a_slot_that_this_home_does_not_know_is_not_touched(stream):
    shutil.move(stream.home / "offsets", stream.home / "kept")
    shutil.move(stream.home / "state.json", stream.home / "kept.json")
    assert "this home knows nothing of" in refused(stream)
    assert read_slot(stream.admin, stream.captured.slot)


@pytest.mark.parametrize("name", ["offsets", "state.json"])
def test_a_home_that_is_damaged(stream, name):
    (stream.home / name).write_text("{}")
    assert f"{name}: what the capture remembers is damaged" in refused(stream)


def test_another_database_is_not_taken_for_the_same(stream):
    state = json.loads((stream.home / "state.json").read_text())
    (stream.home / "state.json").write_text(json.dumps(state | {"system": "42"}))
    assert "another database than the one captured so far" in refused(stream)


def test_a_slot_that_kept_too_much_log_is_lost_by_name(new_place, forgetful):
    place = new_place(THINGS, ["s.things"], forgetful)
    streaming(place)
    for number in range(3):
        place.admin.execute("INSERT INTO s.things VALUES (%s)", [number])
        place.admin.execute("SELECT pg_switch_wal()")
    slot = read_slot(place.admin, place.captured.slot)
    assert slot.retained > slot.lag > 1 << 20
    assert slot.in_danger
    place.admin.execute("CHECKPOINT")
    with pytest.raises(SlotLost, match=r"kept too much of the log; found status lost, wal_removed"):
        place.capture().__enter__()
    other = dataclasses.replace(place, captured=Captured("other", ["s.things"]), home=place.home / "other")
    place.admin.execute(setup_sql(other.captured, "capturer"))
    assert "all replication slots of the server are taken" in refused(other)
    place.admin.close()


def test_a_bucket_that_cannot_be_written(shared, tmp_path):
    (tmp_path / "file").write_text("")
    place = dataclasses.replace(shared, bucket=tmp_path / "file")
    with pytest.raises(SetupError, match="the changes cannot be written: Not a directory"):
        Rolls(place.bucket, place.captured).change("things", b"{}")


def test_a_disk_that_is_full(shared, tmp_path):
    """As far as a process can be told: no file may grow beyond a few bytes."""
    rolls = Rolls(tmp_path, shared.captured)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with pytest.raises(SetupError, match=r"cannot be written: File too large.*nothing is lost"):
            rolls.change("things", os.urandom(600_000).replace(b"\n", b" "))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    rolls.discard()
    assert not list(tmp_path.rglob("part-*"))


def test_a_database_that_goes_away_is_waited_for_and_not_for_ever(new_place, monkeypatch):
    with tempfile.TemporaryDirectory() as folder, Postgres(durable=False) as server:
        Path(folder).chmod(0o755)
        place = new_place(THINGS, ["s.things"], server.start(Path(folder)))
        monkeypatch.setattr(supervisor, "engine_command", lambda *_, **__: ["sleep", "60"])
        place.admin.close()
        with pytest.raises(SetupError, match="no connection to the database"):
            while_the_database_goes(place, server, Path(folder))
    assert read_status(place.home).phase == "failed"


def while_the_database_goes(place, server, folder) -> None:
    with place.capture(pace=Pace(patience_seconds=2, heartbeat_seconds=60)) as capture:
        first = capture.engine_pid
        server.stop()
        os.kill(first, signal.SIGKILL)
        back = threading.Timer(0.5, server.start, (folder,))
        back.start()
        capture.run_until(lambda: capture.engine_pid not in {None, first})
        back.join()
        server.stop()
        os.kill(capture.engine_pid, signal.SIGKILL)
        capture.run()


def test_the_setup_leaves_a_table_alone_that_it_would_break(shared):
    nameless = Captured("nameless", ["s.things", "s.rows"])
    shared.admin.execute("CREATE TABLE s.rows (a int)")
    with pytest.raises(psycopg.errors.RaiseException, match=r"no primary key: s\.rows"):
        shared.admin.execute(setup_sql(nameless, "capturer"))
    shared.admin.execute("ROLLBACK")
    found = shared.admin.execute("SELECT FROM pg_publication WHERE pubname = 'nameless_capture'").fetchall()
    assert not found


def test_the_role_may_read_what_is_captured_and_write_its_own_and_nothing_else(shared):
    shared.admin.execute("CREATE TABLE IF NOT EXISTS s.secret (id int)")
    with psycopg.connect(shared.url, autocommit=True) as role:
        role.execute("SELECT * FROM s.things")
        role.execute(shared.captured.beat)
        for statement in ("SELECT * FROM s.secret", "DELETE FROM s.things", "CREATE TABLE s.mine (id int)"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                role.execute(statement)


def test_what_was_set_up_can_be_taken_down(new_place):
    place = new_place(THINGS, ["s.things"])
    place.admin.execute("CREATE ROLE passing LOGIN REPLICATION")
    place.admin.execute(setup_sql(place.captured, "passing"))
    place.admin.execute(f"REVOKE ALL ON SCHEMA {place.captured.schema} FROM capturer")
    place.admin.execute(teardown_sql(place.captured, "passing"))
    assert not place.admin.execute("SELECT FROM pg_publication").fetchall()
    assert not place.admin.execute("SELECT FROM pg_roles WHERE rolname = 'passing'").fetchall()


@pytest.mark.parametrize(
    ("tables", "said"),
    [
        ([], "no table to capture"),
        (["things"], "not a valid schema name"),
        (["s.Things"], "not a valid table name"),
        (["a.things", "b.things"], "two things would land under the name things"),
        (["s.transactions"], "two things would land under the name transactions"),
    ],
)
def test_tables_that_cannot_land(tables, said):
    with pytest.raises(SourceError, match=said):
        Captured("x", tables)
