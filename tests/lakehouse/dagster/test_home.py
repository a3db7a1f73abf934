import os

from lakehouse.dagster.home import at_home


def test_history_lies_in_the_lakes_own_folder_and_telemetry_is_off(settings, monkeypatch):
    monkeypatch.setenv("DAGSTER_HOME", "elsewhere")
    with at_home(settings):
        assert os.environ["DAGSTER_HOME"] == str(settings.dagster_home)
        assert "enabled: false" in (settings.dagster_home / "dagster.yaml").read_text()
    assert os.environ["DAGSTER_HOME"] == "elsewhere"


def test_a_configuration_that_is_there_stays(settings):
    settings.dagster_home.mkdir(parents=True)
    (settings.dagster_home / "dagster.yaml").write_text("# mine\n")
    with at_home(settings):
        assert (settings.dagster_home / "dagster.yaml").read_text() == "# mine\n"
