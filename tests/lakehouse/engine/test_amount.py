from os import scandir

from lakehouse.engine.amount import holds_less

KIB = 1024


def test_files_of_all_folders_count_by_blocks(tmp_path):
    (tmp_path / "a" / "deep").mkdir(parents=True)
    (tmp_path / "b").mkdir()
    (tmp_path / "a" / "deep" / "one").write_bytes(b"x" * 10 * KIB)
    (tmp_path / "b" / "two").write_bytes(b"x")
    folders = (tmp_path / "a", tmp_path / "b", tmp_path / "not there")

    assert holds_less(folders, 14 * KIB + 1)
    assert not holds_less(folders, 14 * KIB)
    assert holds_less((), 1)


def test_no_more_is_looked_at_than_is_needed(tmp_path, monkeypatch):
    for number in range(50):
        (tmp_path / f"{number}").mkdir()
        (tmp_path / f"{number}" / "file").write_bytes(b"x" * KIB)
    seen = []
    monkeypatch.setattr("lakehouse.engine.amount.os.scandir", lambda path: seen.append(path) or scandir(path))
    assert not holds_less((tmp_path,), 12 * KIB)
    assert len(seen) == 4  # the folder, and three of those in it
