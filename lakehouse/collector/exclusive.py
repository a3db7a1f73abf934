"""What one process alone may have: its spool, and its port."""

import errno
import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lakehouse.errors import SetupError, explain
from lakehouse.files import sync_folder

__all__ = ["held", "listening_at"]

_BACKLOG = 2048  # connections


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold the spool: two processes would ship each other's open segments."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for parent in (folder.parent, folder.parent.parent):
            sync_folder(parent)
        handle = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, 0o640)
    except OSError as error:
        raise SetupError(
            explain(
                f"the spool cannot be written: {error.strerror}",
                where=str(folder),
                expected="a folder that this user may write to",
                remedy="correct its permissions, or set LAKEHOUSE_VAR to a folder of this user",
            )
        ) from None
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SetupError(
                explain(
                    "another collector is running on this spool",
                    where=str(folder),
                    remedy="stop it, or give this one another LAKEHOUSE_ENVIRONMENT or LAKEHOUSE_VAR",
                )
            ) from None
        yield
    finally:
        os.close(handle)


@contextmanager
def listening_at(host: str, port: int) -> Iterator[socket.socket]:
    """A listening socket, before anything else happens; port 0 takes any free one."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((host, port))
            listening.listen(_BACKLOG)  # who comes before the server is ready waits, and is not refused
        except OSError as error:
            taken = error.errno == errno.EADDRINUSE
            raise SetupError(
                explain(
                    "the port is taken" if taken else f"cannot listen here: {error.strerror}",
                    where=f"{host}:{port}",
                    remedy="stop what listens there, or set LAKEHOUSE_COLLECTOR_PORT to a free port"
                    if taken
                    else "correct LAKEHOUSE_COLLECTOR_HOST and LAKEHOUSE_COLLECTOR_PORT",
                )
            ) from None
        listening.set_inheritable(True)
        yield listening
