"""What every test may ask for: one Spark session for the whole run, settings, an empty lake."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

from lakehouse.settings import Settings, load_settings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

PROJECT = Path(__file__).resolve().parent.parent
PSEUDONYM_KEY = "a fixed key, for the tests alone: 0123456789"


def pytest_configure() -> None:
    """Properties have no deadline of their own: how long a case takes says how busy the machine is."""
    hypothesis.settings.register_profile("tests", deadline=None)
    hypothesis.settings.load_profile("tests")


@pytest.fixture(scope="session")
def machine() -> Iterator[dict[str, object]]:
    """What this machine sets for itself (where the jars are); all else is hidden from the tests."""
    jars = load_settings(PROJECT).jars
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("LAKEHOUSE_")]:
            patch.delenv(name)
        patch.setenv("DAGSTER_DISABLE_TELEMETRY", "yes")
        yield {"jars": jars}


def _settings(var: Path, machine: dict[str, object]) -> Settings:
    return Settings(
        _env_file=None,
        project=PROJECT,
        var=var,
        spark_profile="test",
        pseudonym_key=PSEUDONYM_KEY,
        **machine,
    )


@pytest.fixture
def settings(tmp_path: Path, machine: dict[str, object]) -> Settings:
    """Settings for a lake in this test's own folder, with a fixed key for pseudonyms."""
    return _settings(tmp_path / "var", machine)


@pytest.fixture
def tmp_lake(settings: Settings) -> Path:
    """The empty folder of this test's lake."""
    settings.lake_dir.mkdir(parents=True)
    return settings.lake_dir


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory, machine: dict[str, object]) -> "Iterator[SparkSession]":
    """The one Spark session of the run, in the ``test`` profile."""
    from lakehouse.engine.spark import start_session

    session = start_session(_settings(tmp_path_factory.mktemp("spark"), machine))
    yield session
    session.stop()
