import socket

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from lakehouse import doctor
from lakehouse.doctor import Verdict, examine, mend, quick
from lakehouse.engine.commitfiles import commit_file
from lakehouse.engine.durability import acknowledge
from lakehouse.errors import SetupError

GIB = 1024**3


def finding(settings, check):
    return next(finding for finding in examine(settings) if finding.check == check)


@pytest.fixture
def java(tmp_path, monkeypatch):
    """Make a stand-in for Java that says it is of a version and has modules."""

    def make(version, modules="jdk.incubator.vector"):
        file = tmp_path / "java"
        file.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\"' >&2\necho '{modules}'\n")
        file.chmod(0o755)
        monkeypatch.setattr(doctor, "java_binary", lambda: file)

    return make


def test_this_machine_is_fit(settings):
    assert {
        finding.check: finding.found for finding in examine(settings) if finding.verdict is Verdict.FAIL
    } == {}


def test_every_problem_comes_with_a_remedy_of_one_line(settings, java, monkeypatch):
    java("11.0.2")
    monkeypatch.setattr(doctor, "memory_bytes", lambda: GIB)
    broken = settings.model_copy(
        update={"minimum_free_gib": 1e9, "spark_profile": "none", "pseudonym_key": None, "jars": settings.var}
    )
    problems = [finding for finding in examine(broken) if finding.verdict is not Verdict.OK]
    assert {"java", "memory", "disk", "profile", "key", "jars"} <= {problem.check for problem in problems}
    assert all(problem.remedy and "\n" not in problem.remedy for problem in problems)


@pytest.mark.parametrize(
    ("version", "verdict"), [("1.8.0_402", "fail"), ("11.0.2", "fail"), ("17.0.15", "ok")]
)
def test_java_must_be_17_or_newer(settings, java, version, verdict):
    java(version)
    assert finding(settings, "java").verdict == verdict


def test_java_must_have_the_vector_module(settings, java):
    java("17.0.15", modules="java.base")
    assert "jdk.incubator.vector" in finding(settings, "java").found


@pytest.mark.parametrize(("gib", "verdict"), [(1, "fail"), (3, "warn"), (8, "ok")])
def test_memory_is_judged(settings, monkeypatch, gib, verdict):
    monkeypatch.setattr(doctor, "memory_bytes", lambda: gib * GIB)
    assert finding(settings, "memory").verdict == verdict


def test_a_taken_port_is_a_warning(settings):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        found = finding(settings.model_copy(update={"ui_port": taken.getsockname()[1]}), "port")
    assert found.verdict is Verdict.WARN
    assert "LAKEHOUSE_UI_PORT" in found.remedy


def test_a_key_that_others_can_read_is_a_warning(settings, tmp_path):
    file = tmp_path / ".env"
    file.touch()
    file.chmod(0o644)
    found = finding(settings.model_copy(update={"project": tmp_path}), "key")
    assert (found.verdict, found.remedy) == (Verdict.WARN, f"chmod 600 {file}")


def test_a_lake_in_memory_or_on_a_network_is_a_warning(settings, monkeypatch):
    monkeypatch.setattr(doctor, "_file_system", lambda _: "nfs4")
    assert finding(settings, "lake").verdict is Verdict.WARN


def test_a_lake_that_cannot_be_written_fails(settings, monkeypatch):
    def refuse(**_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(doctor.tempfile, "NamedTemporaryFile", refuse)
    assert finding(settings, "lake").found.endswith("Permission denied")


def test_quick_passes_on_a_machine_that_is_fit(settings):
    quick(settings)
    assert not settings.var_dir.exists()


def test_quick_names_everything_that_is_wrong_at_once(settings, monkeypatch):
    monkeypatch.setattr(doctor, "_file_system", lambda _: "nfs4")
    with pytest.raises(SetupError, match=r"^disk: .* GiB free .*Remedy: free 1e\+09 GiB"):
        quick(settings.model_copy(update={"minimum_free_gib": 1e9}))


def test_quick_asks_for_java(settings, monkeypatch, tmp_path):
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(SetupError, match="Java was not found"):
        quick(settings)


@pytest.fixture
def torn(tmp_lake):
    """A table with one acknowledged commit, and a second that breaks off."""
    table = tmp_lake / "silver" / "orders"
    for version in (0, 1):
        write_deltalake(table, pa.table({"id": [version]}), mode="append")
    acknowledge(table, 0)
    commit = commit_file(table, 1)
    commit.write_bytes(commit.read_bytes()[:-20])
    return table


def test_a_table_that_a_power_cut_has_torn_is_named(settings, torn):
    found = finding(settings, "tables")
    assert (found.verdict, found.found[:15]) == (Verdict.FAIL, "silver.orders: ")
    assert "`lakehouse doctor --repair`" in found.remedy


def test_it_is_mended_and_loses_nothing_that_was_acknowledged(settings, torn):
    (mended,) = mend(settings)
    assert mended.found.startswith("silver.orders: version 1 was moved to ")
    assert finding(settings, "tables").found == "1, each on disk up to its newest commit"
    assert DeltaTable(torn).version() == 0
    assert mend(settings) == []


def test_what_was_acknowledged_and_is_lost_is_not_mended(settings, torn):
    commit_file(torn, 0).unlink()
    (refused,) = mend(settings)
    assert refused.verdict is Verdict.FAIL
    assert "on disk up to version 0, and is not as it was" in refused.found
    assert commit_file(torn, 1).exists()


def test_a_whole_commit_that_nobody_acknowledged_is_acknowledged(settings, tmp_lake):
    write_deltalake(tmp_lake / "silver" / "orders", pa.table({"id": [1]}))
    assert finding(settings, "tables").verdict is Verdict.WARN
    assert [each.found for each in mend(settings)] == [
        "silver.orders: version 0 is whole, and acknowledged now"
    ]
    assert finding(settings, "tables").verdict is Verdict.OK
