import hashlib
import shutil
import stat

import pytest

from lakehouse.engine import jars
from lakehouse.engine.jars import JARS, Jar, cache_folder, fetch_jars, jar_folder, jar_paths, verify_jars
from lakehouse.errors import SetupError

SMALL = Jar("org.example", "small", "1.0", size=5, sha256=hashlib.sha256(b"small").hexdigest())


@pytest.fixture
def here(settings, tmp_path, monkeypatch):
    """Settings that keep jars in the test's folder, and a list of jars that is one of five bytes."""
    monkeypatch.setattr(jars, "JARS", (SMALL,))
    return settings.model_copy(update={"jars": tmp_path / "jars"})


def java_that_retrieves(monkeypatch, tmp_path, content):
    """A stand-in for Java that puts ``content`` where Ivy was told to retrieve to."""
    java = tmp_path / "java"
    write = (
        f'printf \'{content}\' > "$(dirname "${{@: -1}}")/{SMALL.filename}"'
        if content
        else "echo no route; false"
    )
    java.write_text(f"#!/bin/bash\n{write}\n")
    java.chmod(java.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr(jars, "java_binary", lambda: java)


def test_the_installed_jars_have_the_recorded_checksums(settings):
    assert [path.name for path in verify_jars(settings)] == [jar.filename for jar in JARS]


def test_jars_lie_in_the_users_cache_unless_a_setting_says_where(settings, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "paved-lakehouse"
    assert jar_folder(settings.model_copy(update={"jars": None})) == tmp_path / "paved-lakehouse" / "jars"
    assert jar_folder(settings.model_copy(update={"jars": tmp_path / "mine"})) == tmp_path / "mine"


def test_a_missing_jar_is_an_error_with_the_remedy(here):
    with pytest.raises(SetupError, match=r"small-1\.0\.jar.*5 bytes.*no file.*make setup"):
        jar_paths(here)


def test_a_jar_cut_short_is_noticed_by_its_size(here):
    here.jars.mkdir()
    (here.jars / SMALL.filename).write_bytes(b"sma")
    with pytest.raises(SetupError, match="found 3 bytes"):
        jar_paths(here)


def test_a_jar_with_other_bytes_is_noticed_by_its_checksum(here):
    here.jars.mkdir()
    (here.jars / SMALL.filename).write_bytes(b"SMALL")
    assert jar_paths(here)
    with pytest.raises(SetupError, match="expected SHA-256"):
        verify_jars(here)


def test_fetching_puts_a_verified_jar_in_place_and_says_so(here, tmp_path, monkeypatch):
    java_that_retrieves(monkeypatch, tmp_path, "small")
    said = []
    assert fetch_jars(here, said.append) == verify_jars(here)
    assert said == ["fetching small-1.0.jar (0.0 MB)"]
    assert [path.name for path in here.jars.iterdir()] == [SMALL.filename]


def test_fetching_again_fetches_nothing(here, tmp_path, monkeypatch):
    java_that_retrieves(monkeypatch, tmp_path, "small")
    fetch_jars(here, print)
    said = []
    fetch_jars(here, said.append)
    assert said == []


def test_fetching_replaces_a_damaged_jar(here, tmp_path, monkeypatch):
    java_that_retrieves(monkeypatch, tmp_path, "small")
    here.jars.mkdir()
    (here.jars / SMALL.filename).write_bytes(b"SMALL")
    fetch_jars(here, print)
    assert (here.jars / SMALL.filename).read_bytes() == b"small"


def test_a_jar_that_is_not_the_recorded_one_is_refused_and_not_kept(here, tmp_path, monkeypatch):
    java_that_retrieves(monkeypatch, tmp_path, "SMALL")
    with pytest.raises(SetupError, match=f"expected SHA-256 {SMALL.sha256}"):
        fetch_jars(here, print)
    assert list(here.jars.iterdir()) == []


def test_a_fetch_that_fails_shows_what_was_said_and_how_to_do_without(here, tmp_path, monkeypatch):
    java_that_retrieves(monkeypatch, tmp_path, None)
    with pytest.raises(SetupError, match=r"LAKEHOUSE_JARS(.|\n)*no route"):
        fetch_jars(here, print)


def test_jars_put_into_a_folder_by_hand_need_no_network(settings, tmp_path, monkeypatch):
    for path in jar_paths(settings):
        shutil.copy(path, tmp_path)
    monkeypatch.setattr(jars, "java_binary", lambda: pytest.fail("nothing is to be fetched"))
    assert len(fetch_jars(settings.model_copy(update={"jars": tmp_path}), print)) == len(JARS)
