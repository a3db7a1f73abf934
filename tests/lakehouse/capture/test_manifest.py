"""Manifests that others wrote, changed or lost: a problem of their load, never of the listing."""

import json
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lakehouse.capture.loads import Load
from tests.lakehouse.capture.orders_bucket import folder_of, listed, only_problem, write


def edit_manifest(load: Load, **changes: object) -> None:
    path = folder_of(load) / "_manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


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


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
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
