import os
from pathlib import Path

import pytest

from lakehouse.engine import cds
from lakehouse.engine.cds import archive_path, build_archive, use_archive
from lakehouse.errors import SetupError


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch, settings):
    """An empty cache; the jars are still found, by their setting."""
    jars = cds.jar_folder(settings)
    monkeypatch.setattr(cds, "cache_folder", lambda: tmp_path)
    monkeypatch.setattr("lakehouse.engine.jars.jar_folder", lambda _: jars)


def test_without_an_archive_a_session_starts_without(settings):
    assert use_archive(settings) == ""


def test_an_archive_that_fits_is_used(settings):
    archive_path(settings).parent.mkdir()
    archive_path(settings).touch()
    assert f"-XX:SharedArchiveFile={archive_path(settings)}" in use_archive(settings)


def test_another_java_asks_for_another_archive(settings, monkeypatch):
    before = archive_path(settings)
    monkeypatch.setattr(cds, "java_release", lambda _: "17.0.99")
    assert archive_path(settings) != before


def test_a_changed_jar_asks_for_another_archive(settings, tmp_path, monkeypatch):
    (tmp_path / "jars").mkdir()
    jar = tmp_path / "jars" / "spark.jar"
    jar.write_bytes(b"1")
    monkeypatch.setattr(cds, "spark_home", lambda: tmp_path)
    before = archive_path(settings)
    os.utime(jar, (1, 1))
    assert archive_path(settings) != before


def test_an_archive_that_is_there_is_not_built_again(settings, monkeypatch):
    archive_path(settings).parent.mkdir()
    archive_path(settings).touch()
    monkeypatch.setattr(cds, "_rehearse", lambda *_: pytest.fail("it was built again"))
    assert build_archive(settings, print) == archive_path(settings)


def test_a_finished_archive_appears_whole_under_its_name(settings, monkeypatch):
    def rehearse(_, archive: Path):
        archive.write_bytes(b"classes")
        return []

    monkeypatch.setattr(cds, "_rehearse", rehearse)
    assert build_archive(settings, print).read_bytes() == b"classes"
    assert len(list(archive_path(settings).parent.iterdir())) == 1


def test_a_failed_rehearsal_says_what_it_said_and_leaves_nothing(settings, monkeypatch):
    monkeypatch.setattr(cds, "_rehearse", lambda *_: ["no memory left"])
    with pytest.raises(SetupError, match=r"works without it(.|\n)*no memory left"):
        build_archive(settings, print)
    assert list(archive_path(settings).parent.iterdir()) == []
