import json
import os
from pathlib import Path

import pytest

from lakehouse.engine.commitfiles import commit_file
from lakehouse.engine.durability import acknowledge, acknowledged
from lakehouse.errors import TableError

VECTOR = "deletion_vector_d2c639aa-8816-431a-aaf6-d3fe2512ff61.bin"  # the protocol's own example
FILES = ["day=1/b=2/a b.parquet", "_change_data/day=1/c.parquet", VECTOR]
ACTIONS = [
    {"commitInfo": {}},
    {
        "add": {
            "path": "day=1/b=2/a%20b.parquet",
            "size": 0,
            "deletionVector": {
                "storageType": "u",
                "pathOrInlineDv": "^-aqEH.-t@S}K{vb[*k^",
                "offset": 1,
                "sizeInBytes": 36,
            },
        }
    },
    {"cdc": {"path": "_change_data/day=1/c.parquet", "size": 0}},
    {"remove": {"path": "gone.parquet"}},
]


@pytest.fixture
def synced(monkeypatch):
    """The paths synced so far, in their order."""
    paths = []
    monkeypatch.setattr(os, "fsync", lambda handle: paths.append(Path(f"/proc/self/fd/{handle}").readlink()))
    return paths


def commit(table, version, files=FILES, actions=ACTIONS):
    for name in [*files, *(f"_delta_log/{version:020d}{end}" for end in (".crc", ".checkpoint.parquet"))]:
        (table / name).parent.mkdir(parents=True, exist_ok=True)
        (table / name).touch()
    commit_file(table, version).write_text("\n".join(json.dumps(action) for action in actions))


def test_everything_a_commit_needs_is_synced_before_it_is_noted_and_the_note_last(tmp_path, synced):
    table = tmp_path / "silver" / "t"
    commit(table, 0)
    for hidden in (".a b.parquet.crc", "_last_checkpoint"):
        folder = "_delta_log" if hidden.startswith("_") else "day=1/b=2"
        (table / folder / hidden).touch()

    acknowledge(table, 0)

    log = f"_delta_log/{0:020d}"
    expected = {*FILES, "day=1/b=2/.a b.parquet.crc", "_delta_log/_last_checkpoint"}
    expected |= {f"{log}.json", f"{log}.crc", f"{log}.checkpoint.parquet"}
    expected |= {".", "_delta_log", "day=1", "day=1/b=2", "_change_data", "_change_data/day=1"}
    note = table / "_delta_log" / "_acknowledged"
    before = synced[: synced.index(note)]
    assert {str(path.relative_to(table)) for path in before if path.is_relative_to(table)} == expected
    assert set(table.parents) <= set(before)
    assert synced[synced.index(note) + 1 :] == [table / "_delta_log"]
    assert acknowledged(table).version == 0


def test_commits_that_nobody_acknowledged_are_synced_with_the_next_one_and_once(tmp_path, synced):
    for version in (0, 1, 2):
        commit(tmp_path, version, [f"{version}"], [{"add": {"path": f"{version}", "size": 0}}])
        if version != 1:
            acknowledge(tmp_path, version)
    assert sorted(path.name for path in synced if path.name.isdigit()) == ["0", "1", "2"]
    del synced[:]
    acknowledge(tmp_path, 2)
    assert synced == []


def test_a_commit_that_adds_a_file_which_is_not_there_is_not_acknowledged(tmp_path):
    commit(tmp_path, 0, [], [{"add": {"path": "a", "size": 0}}])
    with pytest.raises(TableError, match=r"a commit adds a file that is not there.*found no a"):
        acknowledge(tmp_path, 0)
    assert acknowledged(tmp_path) is None
