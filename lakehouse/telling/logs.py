"""Structured log lines, in one place, from the first day: what ``ops.logs`` is made of.

A line is one JSON object in ``log_dir/YYYY-MM-DD/RUN.PID.jsonl`` (the day is UTC), a file per run and
process, so that processes never interleave. Each line is one unbuffered write: a crash can tear only
the last one, and the reader passes over it.

A message carries counts, names and positions, **never a value from the data**: the log is no place
for personal data. What the road did not write itself (third-party lines, foreign exceptions) is
masked as far as its form shows: quoted text, mail addresses and long numbers become ``…``.

::

    with start_logging(settings, run_id), bind(dataset="silver.orders", window="2026-01-01"):
        journal.info("batch.published", "12 rows published", rows=12)
"""

import json
import logging
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from lakehouse.errors import LakehouseError, explain
from lakehouse.settings import Settings

__all__ = ["Logger", "bind", "bound", "get_logger", "masked", "start_logging"]

_CONTEXT = ("run", "dataset", "window", "batch", "source")
_ROOT = "lakehouse"
_OURS = "lakehouse_line"
_LONGEST = 4000  # characters of a foreign message
_bound: ContextVar[dict[str, str] | None] = ContextVar("lakehouse_log_context", default=None)
_PERSONAL = re.compile(r"'[^']*'|\"[^\"]*\"|\S+@\S+|\+?\d[\d ()/-]{6,}\d")


class Logger:
    """Writes structured lines under one name. Get one with :func:`get_logger`.

    ``event`` is a dotted name that never changes (``batch.published``); ``message`` is for people.
    Further words become ``fields``, except ``dataset``, ``window``, ``batch`` and ``source`` (a
    position: file and line, a load, or an input's version), which take the place of the bound ones.
    """

    def __init__(self, name: str) -> None:
        self._log = logging.getLogger(name if name.partition(".")[0] == _ROOT else f"{_ROOT}.{name}")

    def debug(self, event: str, message: str, **fields: object) -> None:
        """Detail that helps to find a mistake."""
        self._write(logging.DEBUG, event, message, fields)

    def info(self, event: str, message: str, **fields: object) -> None:
        """Something happened, as it should."""
        self._write(logging.INFO, event, message, fields)

    def warning(self, event: str, message: str, **fields: object) -> None:
        """Somebody should look at this, today or tomorrow."""
        self._write(logging.WARNING, event, message, fields)

    def error(self, event: str, message: str, error: BaseException | None = None, **fields: object) -> None:
        """Something failed; ``error`` adds its kind, its message and where it was raised."""
        self._write(logging.ERROR, event, message, fields | (_told(error) if error else {}))

    def _write(self, level: int, event: str, message: str, fields: dict[str, object]) -> None:
        if self._log.isEnabledFor(level):
            self._log.log(level, "%s", message, extra={_OURS: (event, fields)})


def get_logger(name: str) -> Logger:
    """The journal of a module. Opens nothing.

    ``journal = get_logger(__name__)``; not called ``log``, which linters take for the standard library's.
    """
    return Logger(name)


@contextmanager
def bind(**context: str | None) -> Iterator[None]:
    """Put ``run``, ``dataset``, ``window``, ``batch``, ``source`` on the lines inside; None takes one off."""
    if unknown := set(context) - set(_CONTEXT):
        message = f"bind() knows {', '.join(_CONTEXT)}; found {', '.join(sorted(unknown))}"
        raise TypeError(message)
    merged = bound() | {name: value for name, value in context.items() if value is not None}
    token = _bound.set(
        {name: value for name, value in merged.items() if context.get(name, value) is not None}
    )
    try:
        yield
    finally:
        _bound.reset(token)


def bound() -> dict[str, str]:
    """What is bound here, to hand to a thread that does not inherit it: ``bind(**bound())``."""
    return dict(_bound.get() or {})


@contextmanager
def start_logging(settings: Settings, run_id: str) -> Iterator[Path]:
    """Keep this process's lines in the run's file until the context ends; gives the log's folder.

    Takes the road's and the project's own lines from ``settings.log_level`` on, and everyone's at
    warning and above. Runs that overlap in one process each get what their own context says.
    """
    handler = _RunFile(settings.log_dir, run_id)
    root = logging.getLogger()
    logging.getLogger(_ROOT).setLevel(settings.log_level.upper())
    root.addHandler(handler)
    try:
        with bind(run=run_id):
            yield settings.log_dir
    finally:
        root.removeHandler(handler)
        handler.close()


def masked(text: str) -> str:
    """A foreign text with quoted parts, mail addresses and long numbers taken out: best effort, not proof."""
    return _PERSONAL.sub("…", text)


class _RunFile(logging.Handler):
    """Appends lines to the run's file; opens another when the day or the process (a fork) changes."""

    def __init__(self, folder: Path, run_id: str) -> None:
        super().__init__()
        self._folder, self._run = folder, run_id
        self._name = re.sub(r"[^A-Za-z0-9_.-]", "_", run_id).lstrip(".") or "run"
        self._open_for: tuple[str, int] | None = None
        self._file = -1
        self._told = False

    def emit(self, record: logging.LogRecord) -> None:
        ours = hasattr(record, _OURS)
        if not ours and record.levelno < logging.WARNING:
            return
        if bound().get("run", self._run) != self._run:
            return
        try:
            line = json.dumps(_line(record, self._run), ensure_ascii=False, default=str) + "\n"
            os.write(self._descriptor(), line.encode("utf-8", "backslashreplace"))
        except Exception:  # noqa: BLE001 - a full disk must not stop the run
            self.handleError(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """A line that the disk does not take is lost, which is said once, on stderr."""
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            super().handleError(record)
        elif not self._told and sys.stderr:
            self._told = True
            lost = explain(
                f"log lines are lost, and the run goes on without them: {error.strerror or error}",
                where=str(self._folder),
                remedy="free some space or fix the permissions",
            )
            sys.stderr.write(f"{lost}\n")

    def _descriptor(self) -> int:
        today = (datetime.now(UTC).date().isoformat(), os.getpid())
        if self._open_for != today:
            if self._open_for and self._open_for[1] == os.getpid():
                os.close(self._file)
            path = self._folder / today[0] / f"{self._name}.{today[1]}.jsonl"
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
            self._open_for = today
        return self._file

    def close(self) -> None:
        if self._open_for and self._open_for[1] == os.getpid():
            os.close(self._file)
        self._open_for = None
        super().close()


def _line(record: logging.LogRecord, run_id: str) -> dict[str, Any]:
    event, extra = getattr(record, _OURS, ("foreign", {}))
    fields: dict[str, Any] = dict(extra)
    message = record.getMessage()
    if not hasattr(record, _OURS):
        message = masked(message[:_LONGEST])
        if record.exc_info and record.exc_info[1]:
            fields |= _told(record.exc_info[1])
    context = {"run": run_id} | bound() | {name: fields.pop(name) for name in _CONTEXT if name in fields}
    return {
        "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="microseconds"),
        "level": record.levelname.lower(),
        "event": event,
        "message": message,
        "run_id": context["run"],
        "dataset": context.get("dataset"),
        "window": context.get("window"),
        "batch_id": context.get("batch"),
        "source": context.get("source"),
        "logger": record.name,
        "process": record.process,
        "fields": fields,
    }


def _told(error: BaseException) -> dict[str, object]:
    """An exception in fields: its kind, its message (masked unless it is the road's), where it was raised."""
    message = str(error) if isinstance(error, LakehouseError) else masked(str(error)[:_LONGEST])
    return {
        "error": type(error).__name__,
        "error_message": message,
        "raised_at": _frames(error.__traceback__),
    }


def _frames(trace: TracebackType | None) -> list[str]:
    frames = []
    while trace is not None:
        code = trace.tb_frame.f_code
        frames.append(f"{Path(code.co_filename).name}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return frames[-8:]
