"""Lines counted by plain reading, also where gzip breaks off."""

import gzip
import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lakehouse.capture.loads import LineCount, count_lines

TEXT = b"".join(b'{"id": %d, "noise": %d}\n' % (n, random.Random(n).getrandbits(64)) for n in range(40_000))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(members=st.lists(st.binary(max_size=60), min_size=1, max_size=4))
def test_packed_and_plain_files_count_alike(tmp_path: Path, members: list[bytes]) -> None:
    text = b"".join(members)
    expected = text.count(b"\n") + (not text.endswith(b"\n") and text != b"")
    (tmp_path / "a.jsonl").write_bytes(text)
    (tmp_path / "a.jsonl.gz").write_bytes(b"".join(map(gzip.compress, members)))
    assert count_lines(tmp_path / "a.jsonl") == LineCount(expected, True)
    assert count_lines(tmp_path / "a.jsonl.gz") == LineCount(expected, True)


def test_large_files_are_counted_in_pieces(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(TEXT * 3))
    assert count_lines(tmp_path / "a.jsonl.gz") == LineCount(120_000, True)


def test_of_a_truncated_file_what_can_be_unpacked_is_counted(tmp_path: Path) -> None:
    packed = gzip.compress(TEXT)
    (tmp_path / "a.jsonl.gz").write_bytes(packed[: len(packed) // 2])
    found = count_lines(tmp_path / "a.jsonl.gz")
    assert not found.complete
    assert 19_000 < found.lines < 21_000


def test_only_the_end_mark_missing_loses_no_line(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(TEXT)[:-8])
    assert count_lines(tmp_path / "a.jsonl.gz") == LineCount(40_000, False)


def test_of_a_damaged_file_what_comes_before_the_damage_is_counted(tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(TEXT))
    packed[-6] ^= 0xFF  # the checksum at the end
    (tmp_path / "a.jsonl.gz").write_bytes(packed)
    assert count_lines(tmp_path / "a.jsonl.gz") == LineCount(40_000, False)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", LineCount(0, False)),
        (b"plain text\n", LineCount(0, False)),
        (gzip.compress(b"a\n") + b"\0" * 600, LineCount(1, True)),
        (gzip.compress(b"a\n") + b"rest", LineCount(1, False)),
        (gzip.compress(b"a\n") + gzip.compress(b"b\nc")[:-9], LineCount(3, False)),
    ],
    ids=["empty", "not gzip", "padded", "trailing rubbish", "second member cut"],
)
def test_odd_gzip_files(tmp_path: Path, content: bytes, expected: LineCount) -> None:
    (tmp_path / "a.jsonl.gz").write_bytes(content)
    assert count_lines(tmp_path / "a.jsonl.gz") == expected
