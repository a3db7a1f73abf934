"""Processor seconds of `lakehouse run` of one small table, cold, against Spark's own defaults.

Each round runs the command in a process of its own, into a lake that is empty but for one load of three
rows. The other way is the same command with a Spark profile that says nothing but what Delta needs.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from process_tree import adopt_orphans, wait_for_orphans
from side_by_side import Way, side_by_side

from lakehouse import load_settings
from lakehouse.capture.loads import write_load
from lakehouse.engine.jars import jar_folder, jar_paths

DATASET = '''"""Readings of a meter."""

import pyspark.sql.types as T
from pyspark.sql import DataFrame

from lakehouse import Contract, Field, Files, bronze


class Readings(Contract):
    """One row per reading."""

    meter: T.StringType() = Field(key=True)
    value: T.DoubleType() = Field(ge=0)


@bronze(contract=Readings, source=Files("meters", "readings"), owner="team:bench")
def readings(load: DataFrame) -> DataFrame:
    return load
'''
LINES = [b'{"meter":"a","value":1.5}', b'{"meter":"b","value":2.0}', b'{"meter":"c","value":0.5}']
DEFAULTS = """\
spark.sql.extensions             io.delta.sql.DeltaSparkSessionExtension
spark.sql.catalog.spark_catalog  org.apache.spark.sql.delta.catalog.DeltaCatalog
spark.jars                       {jars}
# What the road would compute where a profile says nothing, as Spark has it by itself.
spark.master                     local[*]
spark.driver.memory              1g
spark.sql.shuffle.partitions     200
spark.driver.extraClassPath
spark.driver.extraJavaOptions
"""


class Project:
    """A project of one dataset, with this project's Spark profile and one that leaves all to Spark."""

    def __init__(self, folder: Path) -> None:
        here = load_settings()
        self.folder, self.jars = folder, jar_folder(here)
        bronze = folder / "assets" / "bronze"
        bronze.mkdir(parents=True)
        for package in (bronze.parent, bronze):
            (package / "__init__.py").touch()
        (bronze / "readings.py").write_text(DATASET)
        (folder / "workspace.yaml").touch()
        shutil.copytree(here.project / "spark-conf", folder / "spark-conf")
        defaults = folder / "spark-conf" / "defaults"
        defaults.mkdir()
        jars = ",".join(map(str, jar_paths(here)))
        (defaults / "spark-defaults.conf").write_text(DEFAULTS.format(jars=jars))

    def empty_lake(self, _: int) -> None:
        """Nothing but one load in the bucket."""
        shutil.rmtree(self.folder / "var", ignore_errors=True)
        bucket = self.folder / "var" / "bucket" / "dev"
        now = datetime(2026, 1, 1, tzinfo=UTC)
        write_load(
            bucket, "meters", "readings", LINES, kind="incremental", position=1, extracted_at=now, load_id="1"
        )

    def run(self, profile: str, **environment: str) -> None:
        """Run the command, and wait for whatever it leaves behind."""
        told = {
            "PROJECT": self.folder,
            "JARS": self.jars,
            "SPARK_PROFILE": profile,
            "PSEUDONYM_KEY": "0" * 64,
        }
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("LAKEHOUSE_")}
        done = subprocess.run(
            [Path(sys.executable).with_name("lakehouse"), "run", "readings"],
            env=inherited | {f"LAKEHOUSE_{name}": str(value) for name, value in told.items()} | environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        wait_for_orphans()
        if done.returncode or "1 written" not in done.stdout:
            raise SystemExit(f"{profile}: {done.stdout}{done.stderr}")


def main(rounds: Annotated[int, typer.Option(help="Measured rounds.")] = 5) -> None:
    """Measure."""
    adopt_orphans()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        project = Project(Path(folder))
        road = Way("road", lambda _: project.run("local"), project.empty_lake)
        defaults = Way(
            "Spark's defaults", lambda _: project.run("defaults", SPARK_LAUNCHER_OPTS=""), project.empty_lake
        )
        side_by_side("start", road, defaults, target=0.4, rounds=rounds, by="cpu")


if __name__ == "__main__":
    typer.run(main)
