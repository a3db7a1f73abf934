import pyarrow as pa
import pytest
from deltalake import CommitProperties, DeltaTable, write_deltalake

from lakehouse.engine import deltalog
from lakehouse.writing.record import CommitRecord
from lakehouse.writing.taken import loads_taken


class Anything:
    """A lake of one table, in a folder."""

    def __init__(self, folder):
        self.folder = folder

    def table(self, _):
        return self.folder


@pytest.fixture
def lake(tmp_path):
    return Anything(tmp_path / "table")


def take(lake, *loads):
    record = CommitRecord(
        "batch", "run", "bronze.t", "Append", "incremental", "code", "contract", loads=loads
    )
    rows = pa.table({"id": [len(loads)]})
    properties = CommitProperties(custom_metadata={"userMetadata": record.to_json()})
    write_deltalake(lake.folder, rows, mode="append", commit_properties=properties)


def test_the_loads_of_all_commits_count_and_only_new_commits_are_read(lake, monkeypatch):
    assert loads_taken(lake, None) == set()
    for number in range(3):
        take(lake, f"load {number}")
    assert loads_taken(lake, None) == {"load 0", "load 1", "load 2"}

    asked = []
    honest = deltalog.commits
    monkeypatch.setattr(
        deltalog, "commits", lambda table, limit=None: asked.append(limit) or honest(table, limit)
    )
    assert len(loads_taken(lake, None)) == 3
    assert asked == []
    take(lake, "load 3", "load 4")
    assert loads_taken(lake, None) == {f"load {number}" for number in range(5)}
    assert asked == [1]


def test_a_load_whose_commit_was_taken_back_is_not_taken(lake):
    take(lake, "kept")
    take(lake, "undone")
    assert "undone" in loads_taken(lake, None)
    DeltaTable(lake.folder).restore(0)
    take(lake, "after")
    assert loads_taken(lake, None) == {"kept", "after"}
