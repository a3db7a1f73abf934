"""Loads in the bucket: written whole or not at all, and found whatever people did to them."""

import gzip
import json
import os
import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lakehouse.capture import landing
from lakehouse.capture.loads import Listing, Load, LoadProblem, count_lines, list_loads, write_load
from lakehouse.errors import SetupError, SourceError

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
ROWS = [b'{"id": 1}', b'{"id": 2}']


def write(bucket: Path, lines: list[bytes] = ROWS, **changes: Any) -> Load:
    arguments: dict[str, Any] = {"kind": "full", "position": 7, "extracted_at": NOON} | changes
    return write_load(bucket, "shop", "orders", lines, **arguments)


def listed(bucket: Path, pattern: str = "*") -> Listing:
    return list_loads(bucket, "shop", "orders", pattern)


def folder_of(load: Load) -> Path:
    return load.files[0].path.parent


def only_problem(bucket: Path) -> LoadProblem:
    found = listed(bucket)
    assert found.loads == ()
    (problem,) = found.problems
    assert "Remedy:" in problem.reason
    return problem


def edit_manifest(load: Load, **changes: object) -> None:
    path = folder_of(load) / "_manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_what_is_written_is_listed_as_it_was_returned(bucket: Path) -> None:
    load = write(bucket, high_water="2026-05-01T11:59:00+00:00")
    assert listed(bucket) == Listing((load,), (), ())
    assert (load.source, load.table, load.kind, load.position) == ("shop", "orders", "full", 7)
    assert (load.extracted_at, load.high_water) == (NOON, "2026-05-01T11:59:00+00:00")
    assert load.files[0].rows == 2
    assert gzip.decompress(load.files[0].path.read_bytes()) == b'{"id": 1}\n{"id": 2}\n'


def test_a_missing_folder_has_no_loads(bucket: Path) -> None:
    assert listed(bucket) == Listing((), (), ())


def test_an_empty_table_is_a_load_with_one_empty_file(bucket: Path) -> None:
    load = write(bucket, [])
    assert listed(bucket).loads == (load,)
    assert [file.rows for file in load.files] == [0]
    assert count_lines(load.files[0].path).lines == 0


def test_a_large_load_is_cut_into_files(bucket: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(landing, "_PART_BYTES", 1)
    monkeypatch.setattr(landing, "_BUFFER_BYTES", 15)
    load = write(bucket, [b'{"id": %d}' % number for number in range(5)])
    assert [file.rows for file in load.files] == [2, 2, 1]
    assert sum(count_lines(file.path).lines for file in listed(bucket).loads[0].files) == 5


def test_equal_lines_make_two_loads_with_equal_files(bucket: Path) -> None:
    first, second = write(bucket), write(bucket)
    assert first.load_id != second.load_id
    assert first.files[0].sha256 == second.files[0].sha256
    assert len(listed(bucket).loads) == 2
    assert listed(bucket).duplicates == ()


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(positions=st.lists(st.integers(0, 2**62), min_size=1, max_size=6))
def test_loads_are_ordered_by_position_and_id(bucket: Path, positions: list[int]) -> None:
    shutil.rmtree(bucket, ignore_errors=True)
    for position in positions:
        write(bucket, position=position)
    keys = [(load.position, load.load_id) for load in listed(bucket).loads]
    assert keys == sorted(keys)
    assert [position for position, _ in keys] == sorted(positions)


def test_a_renamed_folder_is_the_same_load(bucket: Path) -> None:
    load = write(bucket)
    folder_of(load).rename(folder_of(load).with_name("from-last-week"))
    (found,) = listed(bucket).loads
    assert found.load_id == load.load_id
    assert found.files[0].path.is_file()


def test_a_copied_folder_is_listed_once_and_reported(bucket: Path) -> None:
    load = write(bucket)
    copy = folder_of(load).with_name("a-copy")
    shutil.copytree(folder_of(load), copy)
    found = listed(bucket)
    assert found.loads == (load,)
    assert [(problem.path, problem.load_id) for problem in found.duplicates] == [(copy, load.load_id)]
    assert found.problems == ()


def test_a_copy_takes_the_place_of_a_damaged_original(bucket: Path) -> None:
    load = write(bucket)
    shutil.copytree(folder_of(load), folder_of(load).with_name("a-copy"))
    load.files[0].path.unlink()
    found = listed(bucket)
    assert [other.load_id for other in found.loads] == [load.load_id]
    assert len(found.problems) == 1


def test_two_loads_with_one_id_and_different_data_are_a_conflict(bucket: Path) -> None:
    load, other = write(bucket), write(bucket, [b'{"id": 3}'])
    edit_manifest(other, load_id=load.load_id)
    found = listed(bucket)
    assert [kept.files for kept in found.loads] == [load.files]
    assert [problem.path for problem in found.problems] == [folder_of(other)]


def test_a_file_renamed_inside_its_folder_is_found_by_checksum(bucket: Path) -> None:
    load = write(bucket)
    (folder_of(load) / "aaa.jsonl.gz").write_bytes(b"x" * (load.files[0].bytes or 0))
    renamed = load.files[0].path.rename(folder_of(load) / "orders.jsonl.gz")
    (found,) = listed(bucket).loads
    assert found.files[0].path == renamed


def test_a_missing_file_is_a_problem(bucket: Path) -> None:
    load = write(bucket)
    load.files[0].path.unlink()
    assert only_problem(bucket).load_id == load.load_id


def test_a_truncated_file_is_a_problem_until_it_is_whole_again(bucket: Path) -> None:
    load = write(bucket)
    whole = load.files[0].path.read_bytes()
    load.files[0].path.write_bytes(whole[:-5])
    assert f"{len(whole) - 5} bytes" in only_problem(bucket).reason
    load.files[0].path.write_bytes(whole)
    assert [found.load_id for found in listed(bucket).loads] == [load.load_id]


def test_a_folder_without_manifest_is_a_problem(bucket: Path) -> None:
    load = write(bucket)
    (folder_of(load) / "_manifest.json").unlink()
    assert "without a manifest" in only_problem(bucket).reason


@pytest.mark.parametrize(
    "changes",
    [
        {"format": 2},
        {"kind": "file"},
        {"kind": []},
        {"position": "7"},
        {"position": True},
        {"position": -1},
        {"rows": 3},
        {"load_id": ""},
        {"load_id": "../../x"},
        {"extracted_at": "yesterday"},
        {"extracted_at": "2026-05-01T12:00:00"},
        {"files": []},
        {"files": [{"name": "../secret", "rows": 2, "bytes": 1, "sha256": "0" * 64}]},
        {"files": [{"name": "part-00000.jsonl.gz", "rows": 2, "bytes": 1, "sha256": "?"}]},
        {"files": "part-00000.jsonl.gz"},
        {"source": "other"},
        {"table": None},
        {"high_water": 3},
    ],
)
def test_a_manifest_with_wrong_fields_is_a_problem(bucket: Path, changes: dict[str, object]) -> None:
    edit_manifest(write(bucket), **changes)
    only_problem(bucket)


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"null", b"\xff\xfe{}", b'{"format": 1}'])
def test_a_manifest_that_is_not_one_is_a_problem(bucket: Path, text: bytes) -> None:
    (folder_of(write(bucket)) / "_manifest.json").write_bytes(text)
    only_problem(bucket)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    field=st.sampled_from(["load_id", "kind", "position", "rows", "files"]),
    value=st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.integers() | st.text()),
)
def test_no_manifest_breaks_the_listing(bucket: Path, field: str, value: object) -> None:
    shutil.rmtree(bucket, ignore_errors=True)
    good, bad = write(bucket), write(bucket)
    edit_manifest(bad, **{field: value})
    assert good.load_id in {load.load_id for load in listed(bucket).loads}


def test_a_later_writers_extra_fields_are_let_pass(bucket: Path) -> None:
    edit_manifest(write(bucket), compression="gzip")
    assert len(listed(bucket).loads) == 1


def test_bare_files_are_loads_of_their_own(bucket: Path) -> None:
    folder = bucket / "shop" / "orders"
    folder.mkdir(parents=True)
    for number, name in enumerate(["b.jsonl", "a.jsonl.gz", "c.csv"], start=1):
        (folder / name).write_bytes(b"x\n")
        os.utime(folder / name, ns=(0, number * 1_000_000_007))
    found = listed(bucket)
    assert [load.load_id for load in found.loads] == [
        "shop/orders/b.jsonl",
        "shop/orders/a.jsonl.gz",
        "shop/orders/c.csv",
    ]
    assert [load.position for load in found.loads] == [1_000_000, 2_000_000, 3_000_000]
    assert {load.kind for load in found.loads} == {"file"}
    assert found.loads[0].files[0].sha256 is None
    assert found.loads[0].arrived_at == datetime.fromtimestamp(1, UTC)


def test_a_pattern_limits_bare_files_only(bucket: Path) -> None:
    load = write(bucket)
    folder = bucket / "shop" / "orders"
    for name in ("orders-1.csv", "notes.csv", "_coming.csv", ".hidden.csv"):
        (folder / name).write_bytes(b"")
    found = listed(bucket, "orders-*.csv")
    assert {other.load_id for other in found.loads} == {load.load_id, "shop/orders/orders-1.csv"}
    assert found.problems == ()


def test_a_bare_file_of_an_unknown_format_is_a_problem(bucket: Path) -> None:
    folder = bucket / "shop" / "orders"
    folder.mkdir(parents=True)
    (folder / "orders.xlsx").write_bytes(b"")
    assert "not a known format" in only_problem(bucket).reason


def test_listing_opens_no_data_file(bucket: Path) -> None:
    load = write(bucket)
    path = load.files[0].path
    path.write_bytes(b"?" * (load.files[0].bytes or 0))  # a read would notice
    assert listed(bucket).loads == (load,)


@pytest.mark.parametrize("name", ["Orders", "", "1st", "a/b", "..", "orders\n", "a-b"])
def test_names_that_cannot_be_folders_are_refused(bucket: Path, name: str) -> None:
    with pytest.raises(SourceError, match="not a valid table name"):
        list_loads(bucket, "shop", name)
    with pytest.raises(SourceError, match="not a valid source name"):
        write_load(bucket, name, "orders", [], kind="full", position=1, extracted_at=NOON)
    assert not bucket.exists()


@pytest.mark.parametrize(
    "changes",
    [{"kind": "file"}, {"extracted_at": datetime(2026, 5, 1)}, {"load_id": "../x"}, {"position": -1}],  # noqa: DTZ001
)
def test_loads_that_cannot_be_are_refused(bucket: Path, changes: dict[str, Any]) -> None:
    with pytest.raises(SourceError):
        write(bucket, **changes)
    assert not bucket.exists()


def test_a_load_id_that_is_there_already_is_refused(bucket: Path) -> None:
    load = write(bucket, load_id="mine")
    with pytest.raises(SourceError, match="there is a load mine already"):
        write(bucket, [], load_id="mine")
    assert listed(bucket).loads == (load,)


def test_a_writer_that_fails_leaves_nothing(bucket: Path) -> None:
    def lines() -> Any:
        yield b'{"id": 1}'
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_load(bucket, "shop", "orders", lines(), kind="full", position=1, extracted_at=NOON)
    assert listed(bucket) == Listing((), (), ())
    assert list((bucket / "_incoming").iterdir()) == []


def test_a_writer_that_is_killed_leaves_no_load(bucket: Path) -> None:
    code = (
        "import sys; from datetime import *; from itertools import repeat; from pathlib import Path;"
        "from lakehouse.capture.loads import write_load;"
        "write_load(Path(sys.argv[1]), 'shop', 'orders', repeat(b'{}'), kind='full', position=1,"
        " extracted_at=datetime.now(UTC))"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(bucket)]) as writer:
        deadline = time.monotonic() + 20
        while not list(bucket.glob("_incoming/*/part-*")) and time.monotonic() < deadline:
            time.sleep(0.02)
        writer.kill()
    assert list(bucket.glob("_incoming/*/part-*"))
    assert listed(bucket) == Listing((), (), ())


def test_a_line_feed_inside_a_line_is_refused(bucket: Path) -> None:
    with pytest.raises(SourceError, match="line feed"):
        write(bucket, [b"{}\n"])


def test_what_a_killed_writer_left_is_swept_after_a_day(bucket: Path) -> None:
    for name, age in (("old", 100_000), ("young", 10)):
        folder = bucket / "_incoming" / name
        folder.mkdir(parents=True)
        (folder / "part-00000.jsonl.gz").write_bytes(b"half")
        then = datetime.now(UTC).timestamp() - age
        for path in (folder / "part-00000.jsonl.gz", folder):
            os.utime(path, (then, then))
    write(bucket)
    assert [path.name for path in (bucket / "_incoming").iterdir()] == ["young"]
    assert len(listed(bucket).loads) == 1


def test_a_bucket_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "bucket").write_text("a file, not a folder")
    with pytest.raises(SetupError, match="cannot be written"):
        write(tmp_path / "bucket")
