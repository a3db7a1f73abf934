"""The start-up archive: Spark's classes parsed and verified once, at set-up, then mapped.

A Java virtual machine can write the classes it has loaded into an archive (application class data
sharing, JEP 350) and map it at the next start instead of reading them from the jars again: about a
quarter of the processor time of a short run. The archive is built by a rehearsal, a short session
that creates, appends to, merges into and reads a Delta table. It holds for exactly one Java, one
Spark and one set of jars; its name says which, and where none fits, sessions start without.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from lakehouse.engine.jars import cache_folder, jar_folder, jar_paths
from lakehouse.engine.machine import java_binary, java_release, spark_home
from lakehouse.errors import SetupError, explain
from lakehouse.settings import Settings

__all__ = ["archive_path", "build_archive", "use_archive"]

_BUILD_SECONDS = 300


def archive_path(settings: Settings) -> Path:
    """Where the archive for this Java, this Spark and these jars is, or would be.

    The name is a hash of what the virtual machine itself checks when it opens an archive: the Java
    release and, in order, path, size and time of every jar on the class path.
    """
    digest = hashlib.sha256()
    for part in _identity(settings):
        digest.update(part.encode())
        digest.update(b"\0")
    return cache_folder() / "cds" / f"{digest.hexdigest()[:24]}.jsa"


def use_archive(settings: Settings) -> str:
    """The Java options that use the archive, or nothing if there is none.

    A virtual machine that cannot use the archive after all runs without it; of its log, only
    errors are let through.
    """
    archive = archive_path(settings)
    if not archive.is_file():
        return ""
    return f"-XX:SharedArchiveFile={archive} -Xlog:disable -Xlog:all=error:stderr"


def build_archive(settings: Settings, echo: Callable[[str], None]) -> Path:
    """Build the archive if it is missing; returns its path.

    Takes half a minute and 200 MB in the user's cache. Archives for other
    Sparks and jars are left alone: other checkouts may use them.
    """
    archive = archive_path(settings)
    if archive.is_file():
        return archive
    echo("building the start-up archive for Java (once, about half a minute)")
    archive.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=archive.parent, prefix=".build-") as scratch:
        made = Path(scratch) / archive.name
        said = _rehearse(settings, made)
        if not made.is_file():
            raise SetupError(
                explain(
                    "the start-up archive could not be built; everything works without it, starting slower",
                    where=str(archive),
                    remedy="run `make setup` again when there is memory and disk to spare",
                )
                + "".join(f"\n  {line}" for line in said)
            )
        made.replace(archive)
    return archive


def _identity(settings: Settings) -> Iterator[str]:
    java = java_binary()
    yield str(java)
    yield java_release(java)
    with os.scandir(spark_home() / "jars") as entries:
        spark_jars = [Path(entry.path) for entry in entries]
    for jar in (*jar_paths(settings), *sorted(spark_jars)):
        stat = jar.stat()
        yield f"{jar}:{stat.st_size}:{stat.st_mtime_ns}"


def _rehearse(settings: Settings, archive: Path) -> list[str]:
    """Run the rehearsal in a process of its own; returns the last lines it printed."""
    environment = os.environ | {
        "LAKEHOUSE_PROJECT": str(settings.project),
        "LAKEHOUSE_JARS": str(jar_folder(settings)),
        "LAKEHOUSE_VAR": str(archive.parent),
        "LAKEHOUSE_SPARK_PROFILE": settings.spark_profile,
    }
    command = [sys.executable, "-m", "lakehouse.engine.rehearsal", str(archive)]
    try:
        result = subprocess.run(  # noqa: S603  our own module and path
            command,
            capture_output=True,
            text=True,
            check=False,
            timeout=_BUILD_SECONDS,
            env=environment,
            cwd=settings.project,
        )
    except subprocess.TimeoutExpired:
        return [f"gave up after {_BUILD_SECONDS} s"]
    lines = (result.stdout + result.stderr).splitlines()
    return [line for line in lines if "[warning][cds]" not in line][-12:]
