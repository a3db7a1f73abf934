"""Jars: fetched once, checked against a recorded checksum, found cheaply ever after.

Nothing is resolved when a session starts. The two Delta jars are fetched at set-up, other sets when
they are first asked for, with the Ivy that comes inside Spark, from wherever Ivy is set to look; a
jar is believed only if its SHA-256 is the recorded one. On a machine without network, put the jars
into a folder and name it ``LAKEHOUSE_JARS``. Every function means the Delta jars unless told others.
"""

import hashlib
import os
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import quoteattr

from lakehouse.engine.machine import java_binary, spark_home
from lakehouse.errors import SetupError, explain
from lakehouse.settings import Settings

__all__ = ["JARS", "Jar", "cache_folder", "fetch_jars", "jar_folder", "jar_paths", "verify_jars"]

_FETCH_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Jar:
    """A jar by its Maven coordinates, with the size in bytes and checksum it must have."""

    group: str
    artifact: str
    version: str
    size: int
    sha256: str

    @property
    def filename(self) -> str:
        """The name of the file in the cache."""
        return f"{self.artifact}-{self.version}.jar"


JARS = (
    Jar(
        group="io.delta",
        artifact="delta-spark_4.2_2.13",
        version="4.4.0",
        size=9515916,
        sha256="27d4fd8b1f879535c573ed1c718177d6a27f24d3e626ba02e216369725721ead",
    ),
    Jar(
        group="io.delta",
        artifact="delta-storage",
        version="4.4.0",
        size=113863,
        sha256="c46735481fa8e326b0957be02b4420cbcab4b325bb08009b7f2045a95133f1cc",
    ),
)


def cache_folder() -> Path:
    """The road's folder in the user's cache: shared by every checkout, safe to delete."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "paved-lakehouse"


def jar_folder(settings: Settings) -> Path:
    """Where the jars are: the setting ``jars``, or a folder in the user's cache."""
    return settings.jars or cache_folder() / "jars"


def jar_paths(settings: Settings, jars: Sequence[Jar] | None = None) -> tuple[Path, ...]:
    """The jars for a class path; a :class:`SetupError` if one is missing or cut short.

    Looks at sizes only, so that it may be called before every session.
    """
    folder, wanted = jar_folder(settings), JARS if jars is None else jars
    for jar in wanted:
        path = folder / jar.filename
        size = path.stat().st_size if path.is_file() else None
        if size != jar.size:
            raise _unusable(path, f"{jar.size} bytes", "no file" if size is None else f"{size} bytes")
    return tuple(folder / jar.filename for jar in wanted)


def verify_jars(settings: Settings, jars: Sequence[Jar] | None = None) -> tuple[Path, ...]:
    """As :func:`jar_paths`, and reads every byte: the checksums are the recorded ones."""
    wanted = JARS if jars is None else jars
    paths = jar_paths(settings, wanted)
    for jar, path in zip(wanted, paths, strict=True):
        found = _sha256(path)
        if found != jar.sha256:
            raise _unusable(path, f"SHA-256 {jar.sha256}", found)
    return paths


def fetch_jars(
    settings: Settings, echo: Callable[[str], None], jars: Sequence[Jar] | None = None
) -> tuple[Path, ...]:
    """Fetch the jars that are missing or damaged; returns all of them, verified.

    ``echo`` is told about each jar that is fetched, and nothing if none has to be. A jar appears
    under its name only when it is complete and its checksum holds, so that two set-ups at once, or
    one that is interrupted, leave nothing half done.
    """
    folder, wanted = jar_folder(settings), JARS if jars is None else jars
    missing = [jar for jar in wanted if not _is_good(folder / jar.filename, jar)]
    if missing:
        folder.mkdir(parents=True, exist_ok=True)
        for jar in missing:
            echo(f"fetching {jar.filename} ({jar.size / 1e6:.1f} MB)")
        with tempfile.TemporaryDirectory(dir=folder, prefix=".fetch-") as scratch:
            for jar, path in zip(missing, _fetch(missing, Path(scratch)), strict=True):
                path.replace(folder / jar.filename)
    return tuple(folder / jar.filename for jar in wanted)


def _fetch(jars: Sequence[Jar], scratch: Path) -> list[Path]:
    """Fetch jars into ``scratch`` by Spark's own Ivy, in one start of Java, and check them."""
    ivy = next(iter((spark_home() / "jars").glob("ivy-*.jar")))
    module = scratch / "ivy.xml"
    module.write_text(_ivy_module(jars))
    command = [
        *(str(java_binary()), "-jar", str(ivy), "-confs", "default", "-cache", str(scratch / "ivy")),
        *("-ivy", str(module), "-types", "jar", "bundle"),
        *("-retrieve", str(scratch / "[artifact]-[revision](-[classifier]).[ext]")),
    ]
    try:
        result = subprocess.run(  # noqa: S603  the command is made of our own constants and paths
            command, capture_output=True, text=True, check=False, timeout=_FETCH_SECONDS, cwd=scratch
        )
        said = (result.stderr + result.stdout).strip().splitlines()[-12:]
    except subprocess.TimeoutExpired:
        said = [f"gave up after {_FETCH_SECONDS} s"]
    paths = [scratch / jar.filename for jar in jars]
    for jar, path in zip(jars, paths, strict=True):
        if not path.is_file():
            raise SetupError(
                explain(
                    "the jar could not be fetched",
                    where=jar.filename,
                    remedy="check the network and run it again; without network, put the jars"
                    " into a folder and set LAKEHOUSE_JARS to it",
                )
                + "".join(f"\n  {line}" for line in said)
            )
        if not _is_good(path, jar):
            raise _unusable(Path(jar.filename), f"SHA-256 {jar.sha256}", _sha256(path))
    return paths


def _ivy_module(jars: Sequence[Jar]) -> str:
    """Ivy's list of what to fetch: these jars and nothing that they depend on."""
    lines = [
        f"<dependency org={quoteattr(jar.group)} name={quoteattr(jar.artifact)}"
        f' rev={quoteattr(jar.version)} conf="default-&gt;default" transitive="false"/>'
        for jar in jars
    ]
    return (
        '<ivy-module version="2.0"><info organisation="lakehouse" module="jars"/>'
        '<configurations><conf name="default"/></configurations>'
        f"<dependencies>{''.join(lines)}</dependencies></ivy-module>"
    )


def _is_good(path: Path, jar: Jar) -> bool:
    return path.is_file() and path.stat().st_size == jar.size and _sha256(path) == jar.sha256


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _unusable(path: Path, expected: str, found: str) -> SetupError:
    return SetupError(
        explain(
            "the jar is not usable",
            where=str(path),
            expected=expected,
            found=found,
            remedy="run `make setup`",
        )
    )
