"""Two ways of doing one thing, in turns, in one run: the ratio is what counts, not the seconds.

The machine is noisy and other programs run on it, so the two ways alternate (the one that begins changes
from round to round) and each round gives one ratio; the median of the rounds is the result, with the
least and the greatest beside it. Processor seconds of the whole process tree are noted too: they
depend less on what else is running.
"""

import os
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Timing", "Way", "side_by_side", "timed", "tree_cpu_seconds"]

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Way:
    """One way: its name, and what does it once. ``run`` is given the number of the round, from 0 on."""

    name: str
    run: Callable[[int], object]


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds on the wall and on the processors, of this process and all its children."""

    wall: float
    cpu: float


def side_by_side(
    name: str,
    ours: Way,
    theirs: Way,
    *,
    target: float | None,
    rounds: int = 5,
    warm_ups: int = 1,
    beside: Sequence[Way] = (),
) -> float:
    """Run both ways in turns and print the seconds of each round, then the line with the ratio.

    Args:
        name: of the benchmark, in the last line.
        ours, theirs: the ratio is ours ÷ theirs.
        target: the ratio aimed for; None for a figure without one.
        rounds: measured ones; ``warm_ups`` go before and are thrown away.
        beside: further ways, run once a round after the two and shown for comparison.
    """
    ways = (ours, theirs, *beside)
    seen: dict[str, list[Timing]] = {way.name: [] for way in ways}
    for number in range(-warm_ups, rounds):
        pair = (ours, theirs) if number % 2 == 0 else (theirs, ours)
        for way in (*pair, *beside):
            timing = timed(lambda way=way, number=number: way.run(number))
            if number >= 0:
                seen[way.name].append(timing)
        if number >= 0:
            told = ", ".join(f"{way.name} {seen[way.name][-1].wall:.2f} s" for way in ways)
            print(f"{name} round {number + 1}: {told}", flush=True)
    for way in ways[1:]:
        wall = _ratios(seen[ours.name], seen[way.name], "wall")
        cpu = _ratios(seen[ours.name], seen[way.name], "cpu")
        print(
            f"  {ours.name} ÷ {way.name}: wall {statistics.median(wall):.2f},"
            f" processor {statistics.median(cpu):.2f} ({_median_cpu(seen[ours.name]):.1f} s"
            f" ÷ {_median_cpu(seen[way.name]):.1f} s)"
        )
    ratios = _ratios(seen[ours.name], seen[theirs.name], "wall")
    median = statistics.median(ratios)
    aim = f"{target:.2f}" if target is not None else "none"
    print(f"{name} ratio={median:.2f} ({min(ratios):.2f}–{max(ratios):.2f}) target={aim}", flush=True)  # noqa: RUF001 - a range has an en dash
    return median


def timed(work: Callable[[], object]) -> Timing:
    """Do it once and say what it took."""
    os.sync()  # what the way before left to be written is not this one's to pay for
    cpu, began = tree_cpu_seconds(), time.perf_counter()
    work()
    wall = time.perf_counter() - began
    return Timing(wall, tree_cpu_seconds() - cpu)


def tree_cpu_seconds() -> float:
    """Processor seconds used so far by this process and all that descend from it, ended ones included."""
    if sys.platform != "linux":
        return sum(os.times()[:4])
    parents, used = dict[int, int](), dict[int, float]()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        pid = int(stat.parent.name)
        parents[pid] = int(fields[1])
        used[pid] = sum(int(ticks) for ticks in fields[11:15]) / _TICKS
    family, grown = {os.getpid()}, True
    while grown:
        more = {pid for pid, parent in parents.items() if parent in family} - family
        family |= more
        grown = bool(more)
    return sum(used.get(pid, 0.0) for pid in family)


def _ratios(ours: Sequence[Timing], theirs: Sequence[Timing], what: str) -> list[float]:
    return [getattr(a, what) / getattr(b, what) for a, b in zip(ours, theirs, strict=True)]


def _median_cpu(timings: Sequence[Timing]) -> float:
    return statistics.median(timing.cpu for timing in timings)
