"""The project as Dagster loads it, in processes of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.system

LOAD_AND_LOOK = """
import sys, warnings
from pathlib import Path
import dagster as dg
import definitions
print("assets" in sys.modules)
loaded = definitions.defs()
instance = dg.DagsterInstance.ephemeral()
for name in ("new_loads", "staleness"):
    with dg.build_sensor_context(instance=instance, definitions=loaded) as context:
        print(name, type(loaded.get_sensor_def(name)(context)).__name__)
from pyspark import SparkContext
assert SparkContext._active_spark_context is None and SparkContext._gateway is None
children = [c for t in Path("/proc/self/task").iterdir() for c in (t / "children").read_text().split()]
names = [Path(f"/proc/{c}/comm").read_text().strip() for c in children]
assert "java" not in names, names
for spec in loaded.resolve_all_asset_specs():
    assert spec.owners and spec.description and spec.kinds, spec.key
print("no JVM")
"""


def run(arguments, tmp_path):
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("LAKEHOUSE_", "DAGSTER_"))
    }
    environment |= {"LAKEHOUSE_VAR": str(tmp_path / "var"), "DAGSTER_DISABLE_TELEMETRY": "yes"}
    return subprocess.run(
        arguments, cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.fixture(scope="module")
def looked(tmp_path_factory):
    """What a process says that imports the definitions, loads them and looks for news."""
    done = run([sys.executable, "-c", LOAD_AND_LOOK], tmp_path_factory.mktemp("looked"))
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_importing_the_definitions_reads_nothing(looked):
    assert looked[0] == "False"


def test_loading_the_lake_and_looking_for_news_starts_no_jvm(looked):
    assert looked[-1] == "no JVM"


def test_the_workspace_loads(tmp_path):
    dagster = str(Path(sys.executable).with_name("dagster"))
    home = tmp_path / "home"
    home.mkdir()
    done = run([dagster, "definitions", "validate", "--workspace", "workspace.yaml"], tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
