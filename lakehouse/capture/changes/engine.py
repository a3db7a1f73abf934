"""The engine's process: started, listened to, told what is on disk, stopped.

It cannot outlive us: it ends when its standard input does. Nor can it end unnoticed: ``ended`` is set
as soon as its output is read to the end, and :meth:`Engine.last_words` says why.
"""

import contextlib
import os
import select
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

__all__ = ["Engine"]

_CHUNK = 1 << 20
_LARGEST_LOG = 10 << 20


class Engine:
    """One run of the launcher (see ``Launcher.java`` for what passes between us)."""

    def __init__(self, command: Sequence[str], properties: str, log: Path) -> None:
        keep = log.is_file() and log.stat().st_size < _LARGEST_LOG
        with log.open("ab" if keep else "wb") as words:
            self._log, self._log_begin = log, words.tell()
            self._process = subprocess.Popen(  # noqa: S603  the command is made of our own parts
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=words,
                bufsize=0,
                pipesize=_CHUNK,
                start_new_session=True,  # Ctrl-C reaches us first, and we stop it
            )
        assert self._process.stdin  # noqa: S101  as asked for above
        assert self._process.stdout  # noqa: S101
        self._in, self._out = self._process.stdin, self._process.stdout
        self._rest = b""
        self._failure = ""
        self.ended = False
        # The password goes this way, so that neither a file nor a list of processes shows it.
        self._say(f"{properties}\n")

    @property
    def pid(self) -> int:
        """The process."""
        return self._process.pid

    def lines(self, timeout: float) -> list[bytes]:
        """The lines that have come, at most a few thousand; none after ``timeout`` seconds."""
        if self.ended or not select.select([self._out], [], [], timeout)[0]:
            return []
        chunk = os.read(self._out.fileno(), _CHUNK)
        if not chunk:
            self.ended = True
            return []
        *whole, self._rest = (self._rest + chunk).split(b"\n") if self._rest else chunk.split(b"\n")
        for line in whole[-1:]:
            if line.startswith(b"failed\t"):
                self._failure = line.partition(b"\t")[2].decode(errors="replace")
        return whole

    def acknowledge(self, batch: int) -> None:
        """Everything up to the end of this batch is on disk."""
        self._say(f"ack {batch}\n")

    def stop(self, seconds: float) -> None:
        """Let it finish what was acknowledged, and end it, by force after ``seconds``."""
        deadline = time.monotonic() + seconds
        self._say("stop\n")
        while not self.ended and time.monotonic() < deadline:
            self.lines(0.1)
        self.kill()

    def kill(self) -> None:
        """End it now. Nothing acknowledged is lost by it, only repeated."""
        self._process.kill()
        self._process.wait()
        self.ended = True
        with contextlib.suppress(OSError):
            self._in.close()
        self._out.close()

    def last_words(self) -> str:
        """Why it ended: what it said itself, else the end of its log."""
        if self._failure:
            return self._failure[:1000]
        with self._log.open("rb") as words:
            words.seek(self._log_begin)
            last = words.read()[-1000:].decode(errors="replace").split()
        code = self._process.poll()
        return " ".join(last) or (f"exit code {code}" if code is not None else "it fell silent")

    def _say(self, text: str) -> None:
        with contextlib.suppress(OSError):  # it has ended, which the next reading notices
            os.write(self._in.fileno(), text.encode())
