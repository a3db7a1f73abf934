"""What a power cut leaves of a commit is recognised and mended, wherever the commit breaks off."""

import os
import shutil
from pathlib import Path

import pytest
from deltalake import DeltaTable
from pyspark.sql.types import StructType

from lakehouse.engine import deltalog
from lakehouse.engine.asking import ask
from lakehouse.engine.commitfiles import actions as actions_of
from lakehouse.engine.commitfiles import commit_file, data_files, log_folder, sums_of
from lakehouse.engine.durability import acknowledge, acknowledged
from lakehouse.engine.repair import aside, examine, settle
from lakehouse.engine.tables import create_table
from lakehouse.errors import TableError

LAST = 3  # the version whose writer the power cut stopped


@pytest.fixture(scope="module")
def made(spark, tmp_path_factory):
    """A table of three acknowledged commits and a fourth that is not: a delete by deletion vector."""
    path = tmp_path_factory.mktemp("torn") / "t"
    create_table(spark, path, StructType.fromDDL("id long, day string"), comment="", partitioned_by=["day"])
    rows = spark.range(8).selectExpr("id", "if(id < 4, 'a b', 'c') day").coalesce(1)
    for version in (1, 2):
        rows.write.format("delta").mode("append").save(str(path))
        acknowledge(path, version)
    spark.sql(f"DELETE FROM delta.`{path}` WHERE id = 1")
    return path


@pytest.fixture
def table(made, tmp_path, monkeypatch):
    """A copy to damage. What is synced here reaches the disk a little later, and the test sooner."""
    monkeypatch.setattr(os, "fsync", lambda _: None)
    monkeypatch.setattr("lakehouse.engine.repair._RENAMING", 0)
    return Path(shutil.copytree(made, tmp_path / "t"))


def ids(table):
    return [row["id"] for row in ask(DeltaTable(table), "SELECT id FROM t ORDER BY id")]


BEFORE = sorted([*range(8), *range(8)])
AFTER = [id_ for id_ in BEFORE if id_ != 1]


def test_a_whole_commit_that_was_not_acknowledged_is_kept(table):
    assert examine(table).above == (LAST,)
    assert settle(table).kept == (LAST,)
    assert acknowledged(table).version == LAST
    assert ids(table) == AFTER


@pytest.mark.parametrize("sums", ["there", "lost"])
def test_a_commit_that_breaks_off_at_any_byte_is_recognised_and_moved_aside(table, sums):
    commit, whole = commit_file(table, LAST), commit_file(table, LAST).read_bytes()
    hidden = sums_of(commit).read_bytes()
    ends = {at + shift for at, byte in enumerate(whole) if byte == ord("\n") for shift in (0, 1)}
    for length in range(len(whole)) if sums == "there" else ends:
        commit.write_bytes(whole[:length])
        sums_of(commit).unlink(missing_ok=True)
        if sums == "there":
            sums_of(commit).write_bytes(hidden)
        assert examine(table).torn, length
        assert settle(table).aside == (LAST,), length
        shutil.rmtree(aside(table))
    assert examine(table).settled
    assert deltalog.version(table) == LAST - 1
    assert ids(table) == BEFORE


@pytest.mark.parametrize("length", [0, 1, 700])
def test_whoever_reads_a_torn_table_is_told_what_it_is_and_what_to_do(table, length):
    commit = commit_file(table, LAST)
    commit.write_bytes(commit.read_bytes()[:length])
    with pytest.raises(TableError, match=r"/t: the last commit is torn.*Remedy: .*lakehouse doctor --repair"):
        deltalog.version(table)


def test_a_table_that_was_mended_reads_alike_in_both_engines_and_goes_on(spark, table):
    for length in (0, 300, len(commit_file(table, LAST).read_bytes()) - 1):
        spark.sql(f"DELETE FROM delta.`{table}` WHERE id = 2")
        newest = max(examine(table).above)
        commit = commit_file(table, newest)
        commit.write_bytes(commit.read_bytes()[:length])
        assert newest in settle(table).aside
        spark._jvm.org.apache.spark.sql.delta.DeltaLog.clearCache()
        rows = spark.read.format("delta").load(str(table)).collect()
        assert sorted(row["id"] for row in rows) == ids(table) == AFTER


def damage(file, how):
    content = file.read_bytes()
    if how == "missing":
        file.unlink()
    else:
        file.write_bytes({"empty": b"", "zeros": bytes(len(content)), "short": content[:-9]}[how])


@pytest.mark.parametrize("how", ["missing", "empty", "zeros", "short"])
def test_a_commit_whose_files_are_not_there_in_full_is_moved_aside(table, how):
    kinds = {file.path.suffix: file.path for file in data_files(table, actions_of(commit_file(table, LAST)))}
    assert set(kinds) == {".parquet", ".bin"}
    damage(kinds[".bin"], how)
    settled = settle(table)
    assert settled.aside == (LAST,)
    assert settled.reason == f"{kinds['.bin'].name} is missing or damaged"
    assert ids(table) == BEFORE


@pytest.mark.parametrize("how", ["missing", "empty", "zeros", "short"])
def test_so_is_one_that_adds_rows(spark, table, how):
    settle(table)
    spark.range(9, 10).selectExpr("id", "'new' day").write.format("delta").mode("append").save(str(table))
    (file,) = data_files(table, actions_of(commit_file(table, LAST + 1)))
    damage(file.path, how)
    assert settle(table).aside == (LAST + 1,)
    assert ids(table) == AFTER


def test_checksums_that_were_torn_keep_nobody_from_reading_what_is_whole(spark, table):
    for file in data_files(table, actions_of(commit_file(table, LAST))):
        damage(sums_of(file.path), "short")
    damage(sums_of(commit_file(table, LAST).with_suffix(".crc")), "short")
    assert settle(table).kept == (LAST,)
    rows = spark.read.format("delta").load(str(table)).collect()
    assert sorted(row["id"] for row in rows) == AFTER


@pytest.fixture(scope="module")
def checkpointed(spark, made, tmp_path_factory):
    """The table at its first checkpoint, which nobody has acknowledged."""
    path = Path(shutil.copytree(made, tmp_path_factory.mktemp("checkpointed") / "t"))
    spark.sql(f"ALTER TABLE delta.`{path}` SET TBLPROPERTIES ('delta.checkpointInterval' = '5')")
    settle(path)
    spark.range(1).selectExpr("id", "'a b' day").write.format("delta").mode("append").save(str(path))
    return path


@pytest.mark.parametrize("name", ["_last_checkpoint", f"{5:020d}.checkpoint.parquet"])
@pytest.mark.parametrize("how", ["missing", "empty", "short"])
def test_a_torn_checkpoint_costs_nothing(spark, table, checkpointed, name, how):
    shutil.rmtree(table)
    shutil.copytree(checkpointed, table)
    damage(log_folder(table) / name, how)
    assert settle(table).kept == (5,)
    rows = spark.read.format("delta").load(str(table)).collect()
    assert sorted(row["id"] for row in rows) == ids(table) == sorted([0, *AFTER])


@pytest.mark.parametrize("how", ["missing", "empty", "short"])
def test_an_acknowledged_commit_that_is_lost_is_named_and_never_touched(table, how):
    damage(commit_file(table, 2), how)
    before = {file: file.read_bytes() for file in table.rglob("*") if file.is_file()}
    for each in (settle, deltalog.version):
        with pytest.raises(TableError, match=r"on disk up to version 2, and is not as it was.*00002\.json"):
            each(table)
    assert before == {file: file.read_bytes() for file in table.rglob("*") if file.is_file()}


def test_a_writer_killed_between_renaming_a_commit_and_its_checksums_has_published(table):
    commit = commit_file(table, LAST)
    sums_of(commit).rename(commit.with_name(f"..{commit.name}.0f0f.tmp.crc"))
    assert settle(table).kept == (LAST,)
    assert sums_of(commit).exists()


def test_a_table_copied_without_hidden_files_is_judged_by_its_looks(table):
    for hidden in table.rglob(".*.crc"):
        hidden.unlink()
    assert settle(table).kept == (LAST,)
    damage(commit_file(table, LAST), "short")
    assert examine(table).lost


def test_what_came_after_a_commit_that_is_missing_goes_with_it(spark, table):
    spark.sql(f"DELETE FROM delta.`{table}` WHERE id = 2")
    commit_file(table, LAST).unlink()
    assert settle(table).aside == (LAST, LAST + 1)
    assert ids(table) == BEFORE


def test_the_note_outlives_a_torn_write_of_itself(table):
    settle(table)
    note = log_folder(table) / "_acknowledged"
    whole = note.read_bytes()
    for length in range(len(whole)):
        note.write_bytes(whole[:length])
        kept = acknowledged(table)
        assert kept is None or kept.version in (LAST - 1, LAST)
        note.write_bytes(whole[:length] + bytes(len(whole) - length))
        assert acknowledged(table) == kept


def test_a_table_without_a_note_is_judged_by_its_newest_commit(table):
    (log_folder(table) / "_acknowledged").unlink()
    assert examine(table).acknowledged is None
    assert settle(table).kept == (LAST,)
    (log_folder(table) / "_acknowledged").unlink()
    damage(commit_file(table, LAST), "short")
    assert settle(table).aside == (LAST,)
    assert ids(table) == BEFORE
