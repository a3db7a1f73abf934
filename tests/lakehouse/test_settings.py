from pathlib import Path

import pytest
from pydantic import ValidationError

from lakehouse.errors import SettingsError
from lakehouse.layers import Layer
from lakehouse.settings import Settings, find_project, load_settings

KEY = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def project(tmp_path, machine):
    """A project's folder; ``machine`` hides this machine's own variables."""
    (tmp_path / "workspace.yaml").touch()
    return tmp_path


def test_the_defaults_make_a_development_lake_in_the_project(project):
    settings = load_settings(project)
    assert settings.environment == "dev"
    assert settings.lake_dir == project / "var" / "lake" / "dev"
    assert (
        settings.table_dir(Layer.SILVER, "orders") == project / "var" / "lake" / "dev" / "silver" / "orders"
    )


def test_environments_are_folders_apart(project):
    dev, prod = load_settings(project), load_settings(project, environment="prod")
    for name in ("lake_dir", "bucket_dir", "log_dir", "dagster_home"):
        assert getattr(dev, name) != getattr(prod, name)


def test_the_env_file_is_read_and_real_variables_win(project, monkeypatch):
    (project / ".env").write_text("LAKEHOUSE_UI_PORT=4000\nLAKEHOUSE_ENVIRONMENT=prod\n")
    monkeypatch.setenv("LAKEHOUSE_UI_PORT", "5000")
    settings = load_settings(project)
    assert (settings.ui_port, settings.environment) == (5000, "prod")


def test_var_may_lie_outside_the_project(project):
    assert load_settings(project, var=Path("/data")).lake_dir == Path("/data/lake/dev")


def test_every_mistake_is_told_at_once(project, monkeypatch):
    monkeypatch.setenv("LAKEHOUSE_UI_PORT", "99999")
    monkeypatch.setenv("LAKEHOUSE_PSEUDONYM_KEY", "short")
    with pytest.raises(SettingsError, match=r"LAKEHOUSE_PSEUDONYM_KEY(.|\n)*LAKEHOUSE_UI_PORT"):
        load_settings(project)


def test_a_mistake_in_a_secret_does_not_show_it(project, monkeypatch):
    monkeypatch.setenv("LAKEHOUSE_PSEUDONYM_KEY", "short-and-secret")
    with pytest.raises(SettingsError) as error:
        load_settings(project)
    assert "short-and-secret" not in str(error.value)


def test_secrets_are_not_printed(project):
    assert KEY not in repr(load_settings(project, pseudonym_key=KEY))


def test_an_alert_by_mail_needs_a_server(project):
    with pytest.raises(SettingsError, match="needs smtp_host"):
        load_settings(project, alert_mail_to="owner@example.com")


def test_a_missing_key_is_asked_for_with_the_way_to_make_one(project):
    with pytest.raises(SettingsError, match="make setup"):
        load_settings(project).require_pseudonym_key()


def test_an_unknown_time_zone_is_an_error(project):
    assert load_settings(project, company_timezone="Asia/Kathmandu").company_timezone == "Asia/Kathmandu"
    with pytest.raises(SettingsError, match="there is no time zone Europe/Berlln"):
        load_settings(project, company_timezone="Europe/Berlln")


def test_settings_do_not_change(settings):
    with pytest.raises(ValidationError, match="frozen"):
        settings.environment = "prod"


def test_the_project_is_found_from_a_folder_below(project):
    below = project / "assets" / "silver"
    below.mkdir(parents=True)
    assert find_project(below) == project


def test_outside_a_project_the_error_says_so(tmp_path):
    with pytest.raises(SettingsError, match="not inside a lakehouse project"):
        find_project(tmp_path)


def test_importing_the_settings_reads_nothing(monkeypatch, project):
    monkeypatch.setenv("LAKEHOUSE_ENVIRONMENT", "prod")
    assert Settings.model_fields["environment"].default == "dev"
    assert load_settings(project).environment == "prod"
