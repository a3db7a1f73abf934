"""Loads in the bucket: found whatever people did to them."""

import gzip
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lakehouse.capture.loads import Listing, list_loads, write_load
from lakehouse.errors import SourceError
from tests.lakehouse.capture.orders_bucket import NOON, folder_of, listed, only_problem, write


def test_what_is_written_is_listed_as_it_was_returned(bucket: Path) -> None:
    load = write(bucket, high_water="2026-05-01T11:59:00+00:00")
    assert listed(bucket) == Listing((load,), (), ())
    assert (load.source, load.table, load.kind, load.position) == ("shop", "orders", "full", 7)
    assert (load.extracted_at, load.high_water) == (NOON, "2026-05-01T11:59:00+00:00")
    assert load.files[0].rows == 2
    assert gzip.decompress(load.files[0].path.read_bytes()) == b'{"id": 1}\n{"id": 2}\n'


def test_a_missing_folder_has_no_loads(bucket: Path) -> None:
    assert listed(bucket) == Listing((), (), ())


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
    manifest = folder_of(other) / "_manifest.json"
    manifest.write_text(manifest.read_text().replace(other.load_id, load.load_id))
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
    (folder / "orders.parquet").write_bytes(b"")
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
