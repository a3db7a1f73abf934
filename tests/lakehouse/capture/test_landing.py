"""Writing a load into the bucket: there whole or not at all."""

import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from lakehouse.capture import landing
from lakehouse.capture.loads import Listing, count_lines, write_load
from lakehouse.errors import SetupError, SourceError
from tests.lakehouse.capture.orders_bucket import NOON, listed, write


def test_a_large_load_is_cut_into_files(bucket: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(landing, "_PART_BYTES", 1)
    monkeypatch.setattr(landing, "_BUFFER_BYTES", 15)
    load = write(bucket, [b'{"id": %d}' % number for number in range(5)])
    assert [file.rows for file in load.files] == [2, 2, 1]
    assert sum(count_lines(file.path).lines for file in listed(bucket).loads[0].files) == 5


def test_an_empty_table_is_a_load_with_one_empty_file(bucket: Path) -> None:
    load = write(bucket, [])
    assert listed(bucket).loads == (load,)
    assert [file.rows for file in load.files] == [0]
    assert count_lines(load.files[0].path).lines == 0


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


def test_a_line_feed_inside_a_line_is_refused(bucket: Path) -> None:
    with pytest.raises(SourceError, match="line feed"):
        write(bucket, [b"{}\n"])


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
