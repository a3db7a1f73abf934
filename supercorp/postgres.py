"""A real PostgreSQL server from a Python wheel, in a folder, for as long as it is needed.

Only the wheel's programs are used, not its Python code. The server listens on 127.0.0.1, on a free
port, wants a password (SCRAM, random, kept in a file that only its owner can read) and writes the
logical log that change capture needs. PostgreSQL refuses to run as root; started by root it runs as
another user of the machine, who owns the data and nothing else.
"""

import contextlib
import fcntl
import os
import secrets
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Self

import psycopg

from supercorp.errors import DatabaseError, explain
from supercorp.refusals import disk_refusals
from supercorp.server_home import ServerHome, find_home

if TYPE_CHECKING:
    import subprocess

__all__ = ["URL_VARIABLE", "Postgres", "database_url", "open_database"]

URL_VARIABLE = "SUPERCORP_DATABASE_URL"
_DATABASE = "supercorp"
_START_SECONDS = 30.0
_START_TRIES = 10
_DYING_TRIES = 5  # a killed server may hold its lock file for a moment
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "wal_level": "logical",
    "max_replication_slots": "4",
    "max_wal_senders": "4",
    "max_slot_wal_keep_size": "2GB",
    "max_wal_size": "2GB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "password_encryption": "scram-sha-256",
}


def database_url() -> str | None:
    """The database somebody else runs, from ``SUPERCORP_DATABASE_URL``; None to start our own."""
    return os.environ.get(URL_VARIABLE) or None


@contextmanager
def open_database(data_dir: Path, *, durable: bool = True) -> Iterator[str]:
    """The URL of a running database: the one of the environment, or one started in ``data_dir``.

    A server that was running already is used and left running; one started here is stopped.
    """
    given = database_url()
    if given is None:
        with Postgres(durable=durable) as server:
            server.start(data_dir)
            yield server.url
        return
    try:
        psycopg.connect(given, connect_timeout=10).close()
    except psycopg.Error as error:
        raise DatabaseError(
            explain(
                "the database does not answer",
                where=URL_VARIABLE,
                found=str(error).strip().partition("\n")[0],
                remedy="correct the URL, or unset it to have a database started here",
            )
        ) from None
    yield given


class Postgres:
    """A server in a folder. As a context manager it stops, on leaving, the server it started.

    ``durable=False`` leaves out the syncing to disk: several times faster, for tests only.
    """

    def __init__(self, *, durable: bool = True) -> None:
        self._durable = durable
        self._home: ServerHome | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._port = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process:
            self.stop()

    @property
    def url(self) -> str:
        """The connection URL, password included: not for logs."""
        return self._url(_DATABASE)

    def start(self, data_dir: Path) -> Self:
        """Start the server of ``data_dir``, which is made at the first start; or use the running one.

        Raises :class:`DatabaseError` when the wheel is missing, no user can be found to run it, or the
        server does not come up; the message ends with the server's own last words.
        """
        with disk_refusals(data_dir):
            return self._start(data_dir)

    def _start(self, data_dir: Path) -> Self:
        self._home = home = find_home(data_dir)
        with (home.base / "start.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # who waited here finds it running
            return self._start_alone(home)

    def _start_alone(self, home: ServerHome) -> Self:
        port = self._running()
        if port:
            self._port = port
            return self
        if not home.cluster.exists():
            self._initialise(home)
        self._port = _free_port(_stored_port(home))
        for attempt in range(_START_TRIES):
            words = self._launch(home)
            if words is None:
                home.port_file.write_text(f"{self._port}\n")
                self._create_database()
                return self
            if "pre-existing shared memory block" in words:  # of a killed server; gone in a moment
                time.sleep(0.2 * (attempt + 1))
            elif '"postmaster.pid" already exists' in words and attempt < _DYING_TRIES:
                time.sleep(0.2)
            elif "could not bind" in words:  # somebody was faster
                self._port = _free_port(0)
            else:
                break
        raise DatabaseError(
            explain(
                "PostgreSQL does not start", where=str(home.cluster), found=words, remedy=f"see {home.log}"
            )
        )

    def stop(self) -> None:
        """Stop the server, whoever started it, after rolling back what is open. Idempotent."""
        home, process = self._home, self._process
        self._process = None
        if process:
            process.send_signal(signal.SIGINT)  # "fast" shutdown; nothing if it has ended already
            process.wait(_START_SECONDS)
            return
        if home is None or (pid := _server_pid(home)) is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGINT)
        deadline = time.monotonic() + _START_SECONDS
        while _server_pid(home) is not None and time.monotonic() < deadline:
            time.sleep(0.05)

    def stop_running(self, data_dir: Path) -> bool:
        """Stop the server of a folder, if there is one; whether there was."""
        if not (data_dir.is_dir() and (home := find_home(data_dir)).cluster.exists()):
            return False
        self._home = home
        running = _server_pid(home) is not None
        self.stop()
        return running

    def _url(self, database: str) -> str:
        if self._home is None or not self._port:
            raise DatabaseError(explain("PostgreSQL is not running", remedy="call start() first"))
        password = self._home.password_file.read_text().strip()
        return f"postgresql://postgres:{password}@127.0.0.1:{self._port}/{database}"

    def _running(self) -> int:
        """The port of a server that runs on this folder already and lets us in; 0 if there is none."""
        home = self._home
        if home is None or _server_pid(home) is None:
            return 0
        self._port = _stored_port(home)
        return self._port if self._port and self._answers() else 0

    def _answers(self) -> bool:
        try:
            psycopg.connect(self._url("postgres"), connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def _initialise(self, home: ServerHome) -> None:
        """Make the data folder beside its place first: a killed initdb leaves nothing to trip over."""
        home.password_file.touch(mode=0o600)
        home.password_file.write_text(secrets.token_urlsafe(24) + "\n")
        with home.private_copy(home.password_file) as password, home.new_cluster() as fresh:
            made = home.run(
                ["initdb", "-D", str(fresh), "-U", "postgres", "--auth=scram-sha-256", f"--pwfile={password}"]
                + ["--encoding=UTF8", "--locale=C", "--data-checksums", "--no-instructions"]
                + ([] if self._durable else ["--no-sync"])
            )
            if made.returncode:
                raise DatabaseError(
                    explain(
                        "the database's folder cannot be made",
                        where=str(home.cluster),
                        found=made.stderr.decode(errors="replace").strip().rpartition("\n")[2],
                        remedy="free some disk space or choose another folder",
                    )
                )

    def _launch(self, home: ServerHome) -> str | None:
        """Start and wait until it answers: None then, else the server's last words."""
        settings = _SETTINGS | ({} if self._durable else {"fsync": "off", "full_page_writes": "off"})
        options = [f"--{name}={value}" for name, value in settings.items()]
        with home.log.open("ab") as log:
            begin = log.tell()
            self._process = home.spawn(
                ["postgres", "-D", str(home.cluster), "-p", str(self._port), *options], log
            )
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                break
            if self._answers():
                return None
            time.sleep(0.05)
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self._process = None
        words = home.log.read_bytes()[begin:].decode(errors="replace")
        return " ".join(words.split())[-500:] or "nothing"

    def _create_database(self) -> None:
        with psycopg.connect(self._url("postgres"), autocommit=True) as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [_DATABASE]).fetchone()
            if not found:
                connection.execute(f"CREATE DATABASE {_DATABASE}")


def _stored_port(home: ServerHome) -> int:
    try:
        return int(home.port_file.read_text())
    except (OSError, ValueError):
        return 0


def _free_port(wanted: int) -> int:
    """``wanted`` if it is free on 127.0.0.1, else one that the system picks."""
    for port in (wanted, 0):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return int(probe.getsockname()[1])
    raise DatabaseError(explain("no free port on 127.0.0.1", remedy="stop some servers and run it again"))


def _server_pid(home: ServerHome) -> int | None:
    """The process that holds the data folder, if it is alive and a PostgreSQL."""
    try:
        pid = int((home.cluster / "postmaster.pid").read_text().partition("\n")[0])
        name = Path(f"/proc/{pid}/comm").read_text() if Path("/proc").is_dir() else "postgres"
        os.kill(pid, 0)
    except (OSError, ValueError):
        return None
    state = Path(f"/proc/{pid}/stat")
    zombie = state.exists() and state.read_text().rpartition(")")[2].split()[0] == "Z"
    return pid if name.startswith("postgres") and not zombie else None
