import subprocess
import sys
from importlib import import_module
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from lakehouse import cli, doctor
from lakehouse.cli import COMMANDS, app, main
from lakehouse.cli.setup import prepare
from lakehouse.engine import cds
from lakehouse.errors import BatchRefused, SetupError

run = CliRunner().invoke


@pytest.fixture
def command(monkeypatch):
    """Make ``lakehouse sql`` do what the test says."""

    def make(function):
        monkeypatch.setattr(cli, "import_module", lambda _: SimpleNamespace(command=function))
        monkeypatch.setattr(sys, "argv", ["lakehouse", "sql"])

    return make


@pytest.mark.parametrize("name", COMMANDS)
def test_every_listed_command_is_there(name):
    module = import_module(f"lakehouse.cli.{name}")
    assert hasattr(module, "command") or hasattr(module, "app")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(name):
    result = run(app, [name, "--help"])
    assert result.exit_code == 0
    assert "Usage" in result.output


def test_help_lists_every_command():
    assert all(name in run(app, ["--help"]).output for name in COMMANDS)


@pytest.mark.parametrize("arguments", ["--help", "sql --help", "doctor --help"])
def test_neither_help_nor_sql_loads_spark_or_dagster(arguments):
    code = (
        "import sys\nfrom lakehouse.cli import main\n"
        f"sys.argv[1:] = {arguments.split()!r}\n"
        "try:\n    main()\nfinally:\n    assert not {'pyspark', 'dagster'} & sys.modules.keys()"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, capture_output=True).returncode == 0


def test_an_unknown_command_is_wrong_usage():
    assert run(app, ["sqll"]).exit_code == 2


@pytest.mark.parametrize(("error", "code"), [(SetupError, 2), (BatchRefused, 1)])
def test_an_error_of_the_road_is_one_message_and_an_exit_code(command, capsys, error, code):
    def fail() -> None:
        raise error("no Java")

    command(fail)
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == code
    assert capsys.readouterr().err == "no Java\n"


def test_an_interrupted_command_ends_with_130(command):
    def interrupted() -> None:
        raise KeyboardInterrupt

    command(interrupted)
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 130


def test_a_command_that_needs_spark_looks_at_the_machine_first(monkeypatch, command, settings):
    command(lambda: None)
    monkeypatch.setattr("lakehouse.settings.load_settings", lambda: settings)
    looked = []
    monkeypatch.setattr(doctor, "quick", looked.append)
    run(app, ["sql"])
    assert looked == []
    run(app, ["run"])
    assert looked == [settings]


@pytest.fixture
def fresh(settings, tmp_path, monkeypatch):
    """A project that was never set up, on a machine that has the jars and the archive."""
    monkeypatch.setattr(cds, "_rehearse", lambda *_: pytest.fail("the archive was built again"))
    monkeypatch.setattr("lakehouse.cli.setup.build_archive", lambda *_: None)
    return settings.model_copy(update={"project": tmp_path, "pseudonym_key": None})


def test_set_up_makes_folders_a_private_key_and_dagsters_configuration(fresh):
    prepare(fresh)
    env = fresh.project / ".env"
    assert env.stat().st_mode & 0o777 == 0o600
    assert len(env.read_text().removeprefix("LAKEHOUSE_PSEUDONYM_KEY=").strip()) == 64
    assert fresh.lake_dir.is_dir()
    assert "enabled: false" in (fresh.dagster_home / "dagster.yaml").read_text()


def test_set_up_keeps_what_is_there(fresh):
    (fresh.project / ".env").write_text("LAKEHOUSE_UI_PORT=4000")
    prepare(fresh)
    lines = (fresh.project / ".env").read_text().splitlines()
    assert lines[0] == "LAKEHOUSE_UI_PORT=4000"
    assert lines[1].startswith("LAKEHOUSE_PSEUDONYM_KEY=")


def test_a_second_set_up_says_and_changes_nothing(fresh, settings, capsys):
    prepare(fresh)
    before = (fresh.project / ".env").read_text()
    capsys.readouterr()
    prepare(fresh.model_copy(update={"pseudonym_key": settings.pseudonym_key}))
    assert capsys.readouterr().out == ""
    assert (fresh.project / ".env").read_text() == before
