"""The Spark session: its configuration computed from the settings, its environment prepared.

What is the same everywhere stands in ``spark-conf/PROFILE/spark-defaults.conf``, Spark's own file;
what depends on the machine or the project is computed here and yields to that file. There are two
ways to a session, with the same result: :func:`start_session`, or :func:`prepare_environment` and
then ``SparkSession.builder`` with :func:`spark_config` (what Dagster's PySpark resource does).
"""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from lakehouse.engine.cds import use_archive
from lakehouse.engine.jars import jar_paths
from lakehouse.engine.machine import available_cores, java_binary, memory_bytes, spark_home
from lakehouse.errors import SettingsError, SetupError, explain
from lakehouse.settings import Settings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

__all__ = ["class_path", "prepare_environment", "profile_config", "spark_config", "start_session"]

_APPLICATION = "lakehouse"
_MIB = 1024**2
# Spark itself needs some 500 MiB to do anything; beyond 2 GiB a small machine's page cache and
# Python have better use for the memory. A profile that knows better says spark.driver.memory.
_LEAST_MEMORY, _MOST_MEMORY = 768 * _MIB, 2048 * _MIB
_LAUNCHER_JAVA_OPTIONS = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"


def profile_config(settings: Settings) -> dict[str, str]:
    """What the profile's ``spark-defaults.conf`` says, as Spark would read it."""
    file = settings.spark_conf_dir / "spark-defaults.conf"
    if not file.is_file():
        profiles = sorted(path.parent.name for path in file.parent.parent.glob("*/spark-defaults.conf"))
        raise SettingsError(
            explain(
                "there is no such Spark profile",
                where="LAKEHOUSE_SPARK_PROFILE",
                expected=f"one of: {', '.join(profiles) or 'a folder in spark-conf/'}",
                found=settings.spark_profile,
                remedy=f"name a profile that exists, or add {file}",
            )
        )
    lines = (line.strip() for line in file.read_text().splitlines())
    pairs = (line.split(maxsplit=1) for line in lines if line and not line.startswith("#"))
    return {pair[0]: pair[1] if len(pair) > 1 else "" for pair in pairs}


def spark_config(settings: Settings, **overrides: str) -> dict[str, str]:
    """The configuration a session is built with, beside the profile's file.

    Computed: application name, master with this machine's cores, driver memory (a quarter of what
    there is, at most 2 GiB), shuffle partitions, class path with the Delta jars, start-up archive
    where there is one, and folders under ``var``. A computed value yields to the profile's, and
    both to ``overrides``, whose keys have ``__`` for each dot: ``spark__sql__ansi__enabled="false"``.

    Raises :class:`SetupError` if a Delta jar is missing, :class:`SettingsError` if the profile is.
    """
    profile = profile_config(settings)
    cores = available_cores()
    computed = {
        "spark.app.name": _APPLICATION,
        "spark.master": f"local[{cores}]",
        "spark.driver.memory": f"{_driver_memory() // _MIB}m",
        "spark.sql.shuffle.partitions": str(cores),
        "spark.sql.warehouse.dir": str(settings.var_dir / "spark" / "warehouse"),
        "spark.local.dir": str(settings.var_dir / "spark" / "scratch"),
        "spark.driver.extraClassPath": class_path(settings),
        "spark.driver.extraJavaOptions": use_archive(settings),
    }
    config = {key: value for key, value in computed.items() if value and key not in profile}
    return config | {key.replace("__", "."): value for key, value in overrides.items()}


def class_path(settings: Settings) -> str:
    """The driver's class path: the Delta jars, then Spark's own.

    Spark adds its own jars anyway, but behind its configuration folder; a start-up archive holds
    only for a class path that begins as it did when the archive was built.
    """
    return os.pathsep.join([*map(str, jar_paths(settings)), str(spark_home() / "jars" / "*")])


def prepare_environment(settings: Settings) -> None:
    """Set the environment variables that Spark and its Python workers are started with.

    To be called when a session is about to start, never at import. Variables that the user has
    set win, except those that would start another Python or another Spark than this one.
    """
    java_binary()
    os.environ["SPARK_HOME"] = str(spark_home())
    os.environ["SPARK_CONF_DIR"] = str(settings.spark_conf_dir)
    os.environ["PYSPARK_PYTHON"] = os.environ["PYSPARK_DRIVER_PYTHON"] = sys.executable
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    os.environ.setdefault("SPARK_LAUNCHER_OPTS", _LAUNCHER_JAVA_OPTIONS)
    _writable(settings.var_dir / "spark" / "scratch")


def start_session(settings: Settings, **overrides: str) -> "SparkSession":
    """Start the process's Spark session, or return the one that runs.

    ``overrides`` are as in :func:`spark_config`. Takes seconds the first time.
    """
    config = spark_config(settings, **overrides)
    prepare_environment(settings)

    from pyspark.sql import SparkSession

    builder = SparkSession.builder
    for key, value in config.items():
        builder = builder.config(key, value)
    return builder.getOrCreate()


def _driver_memory() -> int:
    return max(_LEAST_MEMORY, min(_MOST_MEMORY, memory_bytes() // 4))


def _writable(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SetupError(
            explain(
                "the folder cannot be made",
                where=str(folder),
                found=error.strerror,
                remedy="make it writable, or set LAKEHOUSE_VAR to a folder that is",
            )
        ) from error
