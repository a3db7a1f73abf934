"""Telling the person in front of the terminal what is going on: it is never silent for long.

::

    progress = Progress()
    with progress.step("silver.orders") as step:
        ...
        step.result("1,204 rows")

On a terminal one line lives: its seconds run until the step ends. Elsewhere (CI, a file) plain
lines come: one when a step begins, one every few seconds while it lasts, one when it ends.
"""

import shutil
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

__all__ = ["Progress", "Step"]

_HEARTBEAT = 8.0
_TICK = 0.5
_ERASE = "\r\x1b[2K"


class Step:
    """One thing that is being done; :meth:`result` and :meth:`note` say how it goes."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.began = time.monotonic()
        self.doing = ""
        self.outcome = ""

    @property
    def seconds(self) -> float:
        """How long it has been going."""
        return time.monotonic() - self.began

    def note(self, doing: str) -> None:
        """What is being done right now, shown beside the name while the step lasts."""
        self.doing = doing

    def result(self, outcome: str) -> None:
        """What came of it, in a few words, shown when the step ends."""
        self.outcome = outcome


class Progress:
    """Prints steps as they begin, last and end. Steps may lie inside each other.

    ``stream`` is standard error unless told, so that results on standard output stay clean;
    ``heartbeat`` is the longest silence in seconds.
    """

    def __init__(self, stream: TextIO | None = None, heartbeat: float = _HEARTBEAT) -> None:
        self._stream = stream or sys.stderr
        self._heartbeat = heartbeat
        self._live = self._stream.isatty()
        self._steps: list[Step] = []
        self._lock = threading.Lock()
        self._spoke = time.monotonic()

    def say(self, line: str) -> None:
        """A line of its own, above the live one."""
        with self._lock:
            self._print(line)

    @contextmanager
    def step(self, name: str) -> Iterator[Step]:
        """Do something that has a name; a failure is told and passed on."""
        step = Step(name)
        over = threading.Event()
        with self._lock:
            self._steps.append(step)
            if not self._live:
                self._print(f"→ {name}")
        pulse = threading.Thread(target=self._beat, args=(step, over), daemon=True, name=f"progress {name}")
        pulse.start()
        try:
            yield step
        except BaseException as error:
            self._end(step, over, f"✗ {name}  failed: {type(error).__name__}")
            raise
        else:
            self._end(step, over, f"✓ {name}" + (f"  {step.outcome}" if step.outcome else ""))
        finally:
            pulse.join()

    def _end(self, step: Step, over: threading.Event, line: str) -> None:
        with self._lock:
            over.set()
            self._steps.remove(step)
            self._print(f"{line} ({step.seconds:.1f} s)")

    def _beat(self, step: Step, over: threading.Event) -> None:
        """Speak for a step while it is the innermost one."""
        tick = min(_TICK, self._heartbeat / 4)
        while not over.wait(tick):
            with self._lock:
                if over.is_set() or self._steps[-1:] != [step]:
                    continue
                doing = f": {step.doing}" if step.doing else ""
                if self._live:
                    width = shutil.get_terminal_size().columns - 1
                    self._write(_ERASE + f"… {step.name}{doing} ({step.seconds:.0f} s)"[:width])
                elif time.monotonic() - self._spoke >= self._heartbeat:
                    self._print(f"… still {step.name}{doing} ({step.seconds:.0f} s)")

    def _print(self, line: str) -> None:
        self._write((_ERASE if self._live else "") + line + "\n")
        self._spoke = time.monotonic()

    def _write(self, text: str) -> None:
        """Write what the stream's encoding can hold; a closed stream must not stop the work."""
        encoding = self._stream.encoding or "utf-8"
        try:
            self._stream.write(text.encode(encoding, "replace").decode(encoding))
            self._stream.flush()
        except (OSError, ValueError):
            return
