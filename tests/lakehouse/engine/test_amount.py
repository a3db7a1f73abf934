"""How much lies in some folders."""

from os import scandir

import pytest

from lakehouse.engine.amount import holds_less

KIB = 1024


@pytest.fixture
def folder(tmp_path):
    """Ten KiB and one byte, in two folders of one."""
    (tmp_path / "a" / "deep").mkdir(parents=True)
    (tmp_path / "b").mkdir()
    (tmp_path / "a" / "deep" / "one").write_bytes(b"x" * 10 * KIB)
    (tmp_path / "b" / "two").write_bytes(b"x")
    return tmp_path


def test_a_small_file_counts_as_what_reading_it_costs(folder):
    folders = (folder / "a", folder / "b", folder / "not there")

    assert holds_less(folders, 14 * KIB + 1)
    assert not holds_less(folders, 14 * KIB)
    assert holds_less((), 1)


def test_a_packed_file_counts_as_what_it_unpacks_to(folder):
    (folder / "a" / "deep" / "one").rename(folder / "a" / "one.jsonl.gz")
    assert holds_less((folder / "a",), 81 * KIB)
    assert not holds_less((folder / "a",), 79 * KIB)


def test_what_is_elsewhere_or_cannot_be_read_may_be_anything(folder, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (folder / "link").symlink_to(elsewhere, target_is_directory=True)
    assert not holds_less((folder,), 2**40)
    (folder / "link").unlink()
    assert holds_less((folder,), 2**40)
    (folder / "link").symlink_to(folder / "link")
    assert not holds_less((folder,), 2**40)


def test_no_more_is_looked_at_than_is_needed(tmp_path, monkeypatch):
    for number in range(50):
        (tmp_path / f"{number}").mkdir()
        (tmp_path / f"{number}" / "file").write_bytes(b"x" * KIB)
    seen = []
    monkeypatch.setattr("lakehouse.engine.amount.os.scandir", lambda path: seen.append(path) or scandir(path))
    assert not holds_less((tmp_path,), 12 * KIB)
    assert len(seen) == 4  # the folder, and three of those in it
