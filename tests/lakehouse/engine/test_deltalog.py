"""A table's commits, newest first, each read when it is asked for."""

import pyarrow as pa
import pytest
from deltalake import CommitProperties, DeltaTable, write_deltalake

from lakehouse.engine import deltalog
from lakehouse.engine.commitfiles import commit_file


@pytest.fixture
def table(tmp_path):
    """A table of six commits, each with a mark of its own."""
    for number in range(6):
        append(tmp_path / "table", number)
    return tmp_path / "table"


def append(table, number):
    marked = CommitProperties(custom_metadata={"userMetadata": f"mark {number}"})
    write_deltalake(table, pa.table({"n": [number]}), mode="append", commit_properties=marked)


def versions(commits):
    return [each.version for each in commits]


def test_the_newest_commit_comes_first(table):
    assert versions(deltalog.commits(table)) == [5, 4, 3, 2, 1, 0]
    assert versions(deltalog.commits(table, 2)) == [5, 4]
    assert list(deltalog.marks(table)) == [f"mark {number}" for number in (5, 4, 3, 2, 1, 0)]
    assert next(deltalog.commits(table)).operation == "WRITE"


def test_what_is_not_asked_for_is_not_read(table):
    assert deltalog.version(table) == 5  # the table is open
    for version in range(4):
        commit_file(table, version).write_text("not JSON")
    assert versions(deltalog.commits_since(table, 4)) == [5]
    assert next(deltalog.marks(table)) == "mark 5"


def test_a_commit_made_meanwhile_takes_no_others_place(table):
    newer = deltalog.commits_since(table, 3)
    first = next(newer)
    append(table, 6)
    assert versions([first, *newer]) == [5, 4]
    assert versions(deltalog.commits_since(table, 3)) == [6, 5, 4]


def test_a_log_goes_back_as_far_as_its_commits_are_kept(table):
    DeltaTable(table).create_checkpoint()
    for version in (0, 1):
        commit_file(table, version).unlink()
    assert versions(deltalog.commits(table)) == [5, 4, 3, 2]


def test_what_a_restore_took_back_is_passed_over(table):
    DeltaTable(table).restore(2)
    append(table, 7)
    assert versions(deltalog.commits(table)) == [7, 6, 2, 1, 0]
    assert versions(deltalog.commits_since(table, 4)) == [7, 6]
    assert versions(deltalog.commits_since(table, 1)) == [7, 6, 2]


def test_a_commit_that_says_nothing_of_itself_is_a_commit_all_the_same(table):
    commit = commit_file(table, 3)
    lines = [line for line in commit.read_text().splitlines() if "commitInfo" not in line]
    commit.write_text("\n".join(lines))
    found = {each.version: each for each in deltalog.commits(table)}
    assert sorted(found) == [0, 1, 2, 3, 4, 5]
    assert (found[3].operation, found[3].record, found[3].metrics) == ("", None, {})
