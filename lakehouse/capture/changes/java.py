"""What the engine runs on: a Java runtime, the jars, and the launcher, compiled as it starts.

The launcher is one Java file. Janino, the compiler that Spark carries for its own queries, compiles it
in memory in half a second; so a Java runtime is enough, and there is nothing to build or to keep.
"""

from collections.abc import Callable, Sequence
from importlib.resources import files
from pathlib import Path

from lakehouse.engine.jars import Jar, fetch_jars
from lakehouse.engine.machine import java_binary, spark_home
from lakehouse.settings import Settings

__all__ = ["engine_command", "engine_jars", "recorded_jars"]

_PACKAGE = "lakehouse.capture.changes"


def recorded_jars() -> tuple[Jar, ...]:
    """The jars of the engine: Debezium for PostgreSQL and what it loads, 17 MB."""
    lines = files(_PACKAGE).joinpath("jars.txt").read_text().splitlines()
    fields = [line.split() for line in lines if not line.startswith("#")]
    return tuple(
        Jar(group, artifact, version, int(size), sha256) for group, artifact, version, size, sha256 in fields
    )


def engine_jars(settings: Settings, echo: Callable[[str], None]) -> tuple[Path, ...]:
    """The jars, fetched if they are not there yet; ``echo`` is told about each that is fetched."""
    return fetch_jars(settings, echo, recorded_jars())


def engine_command(jars: Sequence[Path], *, heap_mb: int) -> list[str]:
    """The command that starts the launcher."""
    compiler = [
        next(iter((spark_home() / "jars").glob(pattern)))
        for pattern in ("janino-*.jar", "commons-compiler-*.jar")
    ]
    return [
        str(java_binary()),
        f"-Xmx{heap_mb}m",
        "-XX:+UseSerialGC",
        "-XX:+ExitOnOutOfMemoryError",
        "-Duser.timezone=UTC",
        "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
        "-Dorg.slf4j.simpleLogger.showDateTime=true",
        "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSX",
        "-Dorg.codehaus.janino.UnitCompiler.defaultTargetVersion=8",
        *("-cp", ":".join(map(str, (*compiler, *jars)))),
        "org.codehaus.janino.SimpleCompiler",
        str(files(_PACKAGE).joinpath("Launcher.java")),
        "Launcher",
    ]
