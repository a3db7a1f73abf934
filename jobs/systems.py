"""The company and the lake at work, each a process of its own that may be killed and is started again.

::

    with Systems(settings, server, speed=2000) as systems:
        systems.start()
        systems.kill("capture")
"""

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from jobs.shop_changes import SOURCE
from jobs.shop_dumps import SOURCE as SHOP
from lakehouse.settings import Settings
from supercorp.clock import midnight
from supercorp.database import connect, progress_of
from supercorp.errors import CompanyError, explain
from supercorp.postgres import Postgres
from supercorp.server_home import find_home

__all__ = ["KILLED", "SYSTEMS", "Systems", "wait_for"]

SYSTEMS = ("capture", "collector", "lake", "company")
"""The processes, in the order in which they are started."""

KILLED = ("company", "capture", "engine", "database", "collector", "lake", "run")
"""What may be killed: ``engine`` is the capture's Java process, ``run`` that of a run of the lake, ``lake``
the Dagster UI with its daemon, code server and runs."""

_LISTENS = "127.0.0.1"
_PATIENCE_SECONDS = 120.0
_EXITS = 20  # of one system, by itself: more are no bad luck


class Systems:
    """The processes, over one database; what each says is in ``said.log`` under ``var``.

    Of :data:`SYSTEMS` those in ``only``; a company without a collector gives neither events nor files. The
    capture closes a load every ``roll_seconds``.
    """

    def __init__(
        self,
        settings: Settings,
        server: Postgres,
        *,
        speed: float,
        only: Collection[str] = SYSTEMS,
        roll_seconds: int = 5,
    ) -> None:
        self.settings, self._server = settings, server
        self.folder = settings.var_dir / "supercorp"
        self._key = secrets.token_hex(8)
        self._ports = dict(zip(("collector", "ui"), _free_ports(2), strict=True))
        collector = f"http://{_LISTENS}:{self._ports['collector']}"
        lakehouse = str(Path(sys.executable).with_name("lakehouse"))
        live = ["supercorp", "live", "--speed", f"{speed:g}", "--folder", str(self.folder)]
        if "collector" in only:
            live += ["--collector", collector, "--write-key", self._key]
            live += ["--exports", str(settings.bucket_dir)]
        module = [sys.executable, "-m"]
        commands = {
            "capture": [*module, "jobs.shop_changes", "run", "--roll-seconds", str(roll_seconds)],
            "collector": [lakehouse, "collector"],
            "lake": [lakehouse, "ui"],
            "company": [*module, *live],
        }
        self._commands = {name: commands[name] for name in SYSTEMS if name in only}
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self.exits = dict.fromkeys(self._commands, 0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for name in self._commands:
            self._end(name, signal.SIGKILL)

    @property
    def said(self) -> Path:
        """What the processes say."""
        return self.settings.var_dir / "said.log"

    @property
    def url(self) -> str:
        """The database, password included."""
        return self._server.url

    def lived(self) -> int:
        """How long the company has lived since its history, in microseconds."""
        with connect(self.url) as connection:
            held = progress_of(connection)
        return max(held.lived_until - midnight(held.last_day + timedelta(days=1)), 0) if held else 0

    def start(self, *names: str) -> None:
        """Start what does not run, of these or of all; what has ended by itself counts as an exit.

        Raises :class:`CompanyError` where something ends again and again.
        """
        self._server.start(self.folder / "postgres")
        for name in names or self._commands:
            process = self._running.get(name)
            if process and process.poll() is None:
                continue
            if process:
                self._end(name, signal.SIGKILL)  # what it left behind of its group
                self.exits[name] += 1
                if self.exits[name] > _EXITS:
                    remedy = f"see {self.said}"
                    raise CompanyError(explain(f"{name} ends again and again", remedy=remedy))
            self._running[name] = self._launch(self._commands[name])

    def kill(self, what: str) -> bool:
        """Kill one of :data:`KILLED` and start it again; False where none of it was there to be killed."""
        if what == "database":
            cluster = find_home(self.folder / "postgres").cluster
            os.kill(int((cluster / "postmaster.pid").read_text().splitlines()[0]), signal.SIGKILL)
            self._server.stop()
        elif what in {"engine", "run"}:
            engines = list(_java_of(self._running["capture" if what == "engine" else "lake"].pid))
            for engine in engines:
                with suppress(ProcessLookupError):
                    os.kill(engine, signal.SIGKILL)
            return bool(engines)
        else:
            self._end(what, signal.SIGKILL)
            del self._running[what]
        self.start()
        return True

    def stop(self, what: str) -> None:
        """End a system in order. Raises :class:`CompanyError` where it ends with an error."""
        code = self._end(what, signal.SIGTERM)
        if code not in {0, -signal.SIGTERM}:  # uvicorn ends in order, then by the signal
            raise CompanyError(
                explain(f"{what} did not end well", found=f"exit code {code}", remedy=f"see {self.said}")
            )

    def kill_for_good(self, what: str) -> None:
        """Kill a system and leave it."""
        self._end(what, signal.SIGKILL)

    def once(self, name: str, *arguments: str) -> None:
        """Run a module of the project to its end. Raises :class:`CompanyError` if it fails."""
        code = self._launch([sys.executable, "-m", name, *arguments]).wait(_PATIENCE_SECONDS)
        if code:
            found, remedy = f"exit code {code}", f"see {self.said}"
            raise CompanyError(explain(f"{name} {' '.join(arguments)} failed", found=found, remedy=remedy))

    def listening(self, what: str) -> bool:
        """Whether ``collector`` or ``ui`` answers."""
        with socket.socket() as probe:
            return probe.connect_ex((_LISTENS, self._ports[what])) == 0

    def _launch(self, command: list[str]) -> subprocess.Popen[bytes]:
        given = {
            "LAKEHOUSE_VAR": str(self.settings.var_dir),
            "LAKEHOUSE_FEEDS": f'{{"{SHOP}": "{SOURCE}"}}',
            "LAKEHOUSE_UI_PORT": str(self._ports["ui"]),
            "LAKEHOUSE_COLLECTOR_PORT": str(self._ports["collector"]),
            "LAKEHOUSE_COLLECTOR_KEYS": f"web={self._key}",
            "LAKEHOUSE_COLLECTOR_ROTATE_MINUTES": "1",
        }
        if self.settings.jars:
            given["LAKEHOUSE_JARS"] = str(self.settings.jars)
        with self.said.open("ab") as words:
            return subprocess.Popen(  # noqa: S603 - our own commands; a group of its own, which is killed whole
                command,
                cwd=self.settings.project,
                env={**os.environ, **given},
                stdin=subprocess.DEVNULL,
                stdout=words,
                stderr=words,
                start_new_session=True,
            )

    def _end(self, name: str, number: signal.Signals) -> int:
        """Signal a system and wait: SIGKILL goes to all of its group, anything else to its first process."""
        process = self._running.get(name)
        if process is None:
            return 0
        with suppress(ProcessLookupError):
            (os.killpg if number is signal.SIGKILL else os.kill)(process.pid, number)
        return process.wait(_PATIENCE_SECONDS)


def wait_for(what: Callable[[], bool], said: Path) -> None:
    """Wait until something holds. Raises :class:`CompanyError` when it does not for two minutes."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not what():
        if time.monotonic() > deadline:
            raise CompanyError(explain("the systems do not come up", remedy=f"see {said}"))
        time.sleep(0.2)


def _java_of(ancestor: int) -> Iterator[int]:
    """The Java processes that descend from a process."""
    parents, engines = dict[int, int](), list[int]()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError, ValueError):
            name, _, fields = stat.read_text().rpartition(")")
            pid = int(stat.parent.name)
            parents[pid] = int(fields.split()[1])
            if name.endswith("(java"):
                engines.append(pid)
    for engine in engines:
        above = engine
        while above in parents and above != ancestor:
            above = parents[above]
        if above == ancestor:
            yield engine


def _free_ports(count: int) -> list[int]:
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind((_LISTENS, 0))
    ports = [int(probe.getsockname()[1]) for probe in probes]
    for probe in probes:
        probe.close()
    return ports
