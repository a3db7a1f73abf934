"""What this process and all that descend from it use: processor seconds, and memory."""

import ctypes
import os
import sys
import threading
from pathlib import Path
from typing import Self

__all__ = ["PeakMemory", "adopt_orphans", "family", "tree_cpu_seconds", "wait_for_orphans"]

_TICKS = os.sysconf("SC_CLK_TCK")
_PR_SET_CHILD_SUBREAPER = 36


def adopt_orphans() -> None:
    """Become the parent of whatever outlives its own parent below us, such as Spark's Java.

    Its processor seconds would otherwise be lost, and its memory not be found.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def wait_for_orphans() -> None:
    """Wait until every process below us has ended, so that what it used is counted."""
    while True:
        try:
            os.wait()
        except ChildProcessError:
            return


def family() -> set[int]:
    """The ids of this process and of all that descend from it."""
    parents = {pid: int(fields[1]) for pid, fields in _stats().items()}
    found, grown = {os.getpid()}, True
    while grown:
        more = {pid for pid, parent in parents.items() if parent in found} - found
        found |= more
        grown = bool(more)
    return found


def tree_cpu_seconds() -> float:
    """Processor seconds used so far by this process and all that descend from it, ended ones included."""
    if sys.platform != "linux":
        return sum(os.times()[:4])
    stats = _stats()
    used = (stats[pid][11:15] for pid in family() if pid in stats)
    return sum(int(ticks) for fields in used for ticks in fields) / _TICKS


class PeakMemory:
    """The most memory that the processes below this one held at once, sampled while the block runs.

    Proportional set size: memory that several processes share is counted once. This process itself, which
    only looks on, is left out.
    """

    def __init__(self, every: float = 0.5) -> None:
        self.bytes = 0
        self._every, self._done = every, threading.Event()
        self._thread = threading.Thread(target=self._sample, name="memory", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _sample(self) -> None:
        while not self._done.wait(self._every):
            held = sum(_proportional_bytes(pid) for pid in family() - {os.getpid()})
            self.bytes = max(self.bytes, held)


def _proportional_bytes(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:  # it has ended
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)


def _stats() -> dict[int, list[str]]:
    """The fields of each process's ``stat`` after its name: the second is the parent."""
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            found[int(stat.parent.name)] = stat.read_text().rpartition(")")[2].split()
        except OSError:  # it has ended
            continue
    return found
