"""What the machine must have, each with a one-line fix: all of it on request, a little every time.

:func:`examine` looks thoroughly (it starts Java and reads the jars); :func:`quick` looks at what
most often goes wrong, in a few milliseconds, before a command that needs Spark. :func:`mend` brings in
order what a power cut left of tables.
"""

import os
import re
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path

from lakehouse.engine import repair
from lakehouse.engine.cds import archive_path
from lakehouse.engine.inventory import Stored, stored_tables
from lakehouse.engine.jars import jar_paths, verify_jars
from lakehouse.engine.machine import available_cores, java_binary, memory_bytes
from lakehouse.engine.spark import profile_config
from lakehouse.engine.storage import is_locked, table_lock
from lakehouse.errors import LakehouseError, SetupError
from lakehouse.settings import Settings

__all__ = ["Finding", "Verdict", "examine", "mend", "quick"]

_GIB = 1024**3
_LEAST_JAVA = 17
_LEAST_MEMORY, _ENOUGH_MEMORY = 2 * _GIB, 4 * _GIB
_JAVA_SECONDS = 30
# File systems whose rename is not known to be atomic for every client, or that forget.
_DOUBTFUL_FILE_SYSTEMS = {"9p", "cifs", "fuse.sshfs", "nfs", "nfs4", "ramfs", "smb3", "tmpfs", "vboxsf"}


class Verdict(StrEnum):
    """How a check came out; a warning lets everything run."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: what was found, and in one line how to put it right."""

    check: str
    verdict: Verdict
    found: str
    remedy: str = ""


def examine(settings: Settings) -> list[Finding]:
    """Look at everything; a failing check is a finding, never an exception."""
    checks = (_java, _memory, _disk, _lake, _tables, _jars, _archive, _profile, _key, _port)
    return [finding for check in checks for finding in _guarded(check, settings)]


def quick(settings: Settings) -> None:
    """Raise :class:`SetupError` if a run could not even start: Java, jars, disk, the lake's folder."""
    java_binary()
    jar_paths(settings)
    failures = [
        finding for check in (_disk, _lake) for finding in check(settings) if finding.verdict is Verdict.FAIL
    ]
    if failures:
        lines = [f"{failure.check}: {failure.found}. Remedy: {failure.remedy}." for failure in failures]
        raise SetupError("\n".join(lines))


def mend(settings: Settings) -> list[Finding]:
    """Settle every table that a crash has left unsettled, one finding each; needs no JVM.

    What was acknowledged is never touched; what was not goes where the next run would have put it.
    """
    return [
        finding
        for table in stored_tables(settings.lake_dir)
        if not repair.examine(table.path).settled
        for finding in _guarded(partial(_mended, table), settings)
    ]


def _mended(table: Stored, _: Settings) -> Iterator[Finding]:
    from lakehouse.writing.conserve import doubt

    with table_lock(table.lock, table.name, wait=0):
        settled = repair.settle(table.path, doubt)
    if settled.kept:
        kept = ", ".join(map(str, settled.kept))
        yield Finding("repair", Verdict.OK, f"{table.name}: version {kept} is whole, and acknowledged now")
    if settled.aside:
        aside = f"version {', '.join(map(str, settled.aside))} was moved to {repair.aside(table.path)}"
        yield Finding("repair", Verdict.OK, f"{table.name}: {aside}, since {settled.reason}", "run it again")


def _guarded(check: Callable[[Settings], Iterable[Finding]], settings: Settings) -> list[Finding]:
    """The findings of a check; an error it raises on purpose becomes a finding too."""
    try:
        return list(check(settings))
    except LakehouseError as error:
        found, _, remedy = str(error).partition(" Remedy: ")
        name = getattr(check, "__name__", "repair").strip("_")
        return [Finding(name, Verdict.FAIL, found.rstrip("."), remedy.rstrip("."))]


def _java(_: Settings) -> Iterator[Finding]:
    java = java_binary()
    result = subprocess.run(  # noqa: S603  the user's own Java
        [java, "-version"],
        capture_output=True,
        text=True,
        check=False,
        timeout=_JAVA_SECONDS,
    )
    match = re.search(r'version "(\d+)([^"]*)"', result.stderr)
    remedy = (
        "install OpenJDK 17 (Debian, Ubuntu: `apt install openjdk-17-jre-headless`), or set JAVA_HOME to it"
    )
    if match is None:
        yield Finding("java", Verdict.FAIL, f"{java} does not say its version", remedy)
    elif int(match.group(1)) < _LEAST_JAVA:
        yield Finding(
            "java",
            Verdict.FAIL,
            f"{java} is Java {match.group(1)}; expected {_LEAST_JAVA}",
            remedy,
        )
    elif not _has_module(java, "jdk.incubator.vector"):
        yield Finding("java", Verdict.FAIL, f"{java} lacks the module jdk.incubator.vector", remedy)
    else:
        yield Finding("java", Verdict.OK, f"Java {match.group(1)}{match.group(2)} at {java}")


def _has_module(java: Path, module: str) -> bool:
    result = subprocess.run(  # noqa: S603  the user's own Java
        [java, "--list-modules"],
        capture_output=True,
        text=True,
        check=False,
        timeout=_JAVA_SECONDS,
    )
    return module in result.stdout


def _memory(_: Settings) -> Iterator[Finding]:
    memory = memory_bytes()
    found = f"{memory / _GIB:.1f} GiB for {available_cores()} cores"
    if memory < _LEAST_MEMORY:
        yield Finding("memory", Verdict.FAIL, found, "give the machine or container at least 4 GiB")
    elif memory < _ENOUGH_MEMORY:
        yield Finding(
            "memory",
            Verdict.WARN,
            found,
            "4 GiB are better; close other programs before large runs",
        )
    else:
        yield Finding("memory", Verdict.OK, found)


def _disk(settings: Settings) -> Iterator[Finding]:
    folder = _nearest(settings.var_dir)
    free = shutil.disk_usage(folder).free / _GIB
    found = f"{free:.1f} GiB free for {settings.var_dir}"
    if free < settings.minimum_free_gib:
        wanted = f"free {settings.minimum_free_gib:g} GiB, or set LAKEHOUSE_VAR to a folder on a larger disk"
        yield Finding("disk", Verdict.FAIL, found, wanted)
    else:
        yield Finding("disk", Verdict.OK, found)


def _lake(settings: Settings) -> Iterator[Finding]:
    folder = _nearest(settings.lake_dir)
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".doctor-"):
            pass
    except OSError as error:
        remedy = f"make {folder} writable, or set LAKEHOUSE_VAR to a folder that is"
        yield Finding("lake", Verdict.FAIL, f"cannot write in {folder}: {error.strerror}", remedy)
        return
    kind = _file_system(folder)
    if kind in _DOUBTFUL_FILE_SYSTEMS:
        remedy = (
            "set LAKEHOUSE_VAR to a folder on a local disk; commits need a rename that is atomic and lasts"
        )
        yield Finding("lake", Verdict.WARN, f"{settings.lake_dir} is on {kind}", remedy)
    else:
        yield Finding("lake", Verdict.OK, f"{settings.lake_dir} is writable, on {kind}")


def _tables(settings: Settings) -> Iterator[Finding]:
    tables = list(stored_tables(settings.lake_dir))
    sound = True
    for table in tables:
        standing = repair.examine(table.path)
        if told := repair.told(table.name, standing):
            found, _, remedy = told.partition(" Remedy: ")
            yield Finding("tables", Verdict.FAIL, found.rstrip("."), remedy.rstrip("."))
        elif standing.above and not is_locked(table.lock):
            found = f"{table.name}: a writer was stopped before it acknowledged version {standing.above[-1]}"
            remedy = "the next run does it, or `lakehouse doctor --repair`"
            yield Finding("tables", Verdict.WARN, found, remedy)
        else:
            continue
        sound = False
    if sound:
        yield Finding("tables", Verdict.OK, f"{len(tables)}, each on disk up to its newest commit")


def _jars(settings: Settings) -> Iterator[Finding]:
    paths = verify_jars(settings)
    yield Finding("jars", Verdict.OK, f"{len(paths)} in {paths[0].parent}, checksums as recorded")


def _archive(settings: Settings) -> Iterator[Finding]:
    archive = archive_path(settings)
    if archive.is_file():
        yield Finding("archive", Verdict.OK, f"start-up archive {archive.name} in {archive.parent}")
    else:
        yield Finding(
            "archive",
            Verdict.WARN,
            "no start-up archive: sessions start slower",
            "run `make setup`",
        )


def _profile(settings: Settings) -> Iterator[Finding]:
    config = profile_config(settings)
    yield Finding("profile", Verdict.OK, f"{settings.spark_profile}, {len(config)} settings")


def _key(settings: Settings) -> Iterator[Finding]:
    settings.require_pseudonym_key()
    file = settings.project / ".env"
    if file.is_file() and file.stat().st_mode & 0o077:
        yield Finding("key", Verdict.WARN, f"{file} can be read by others", f"chmod 600 {file}")
    else:
        yield Finding("key", Verdict.OK, "the key for pseudonyms is set")


def _port(settings: Settings) -> Iterator[Finding]:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", settings.ui_port))
        except OSError as error:
            found = f"{settings.ui_port} cannot be bound: {error.strerror}"
            remedy = "fine if the UI is running; else stop what listens there, or set LAKEHOUSE_UI_PORT"
            yield Finding("port", Verdict.WARN, found, remedy)
            return
    yield Finding("port", Verdict.OK, f"{settings.ui_port} is free for the UI")


def _nearest(folder: Path) -> Path:
    """The folder, or the nearest above it that exists."""
    return next(path for path in (folder, *folder.parents) if path.is_dir())


def _file_system(folder: Path) -> str:
    """The kind of file system a folder is on, by the longest mount point above it (Linux)."""
    mounts = Path("/proc/self/mounts")
    if not mounts.is_file():
        return "an unknown file system"
    real = os.path.realpath(folder)
    kinds = {fields[1]: fields[2] for line in mounts.read_text().splitlines() if (fields := line.split())}
    above = [point for point in kinds if real == point or real.startswith(point.rstrip("/") + "/")]
    return kinds[max(above, key=len)] if above else "an unknown file system"
