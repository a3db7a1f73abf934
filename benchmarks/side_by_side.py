"""Two ways of doing one thing, in turns, in one run: the ratio is what counts, not the seconds.

The machine is noisy and other programs run on it, so the two ways alternate (the one that begins changes
from round to round) and each round gives one ratio; the median of the rounds is the result, with the
least and the greatest beside it. Processor seconds of the whole process tree are noted too: they
depend less on what else is running.
"""

import os
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from process_tree import tree_cpu_seconds

__all__ = ["Timing", "Way", "said", "side_by_side", "timed"]


def _nothing(_: int) -> None:
    """What most ways need before they are timed."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way: its name, and what does it once.

    ``run`` is given the number of the round, negative while warming up; so is ``prepare``, which goes
    before and is not timed.
    """

    name: str
    run: Callable[[int], object]
    prepare: Callable[[int], object] = _nothing


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
    by: Literal["wall", "cpu"] = "wall",
    or_seconds: float = 0.0,
) -> float:
    """Run both ways in turns and print the seconds of each round, then the line with the ratio.

    Args:
        name: of the benchmark, in the last line.
        ours, theirs: the ratio is ours ÷ theirs.
        target: the ratio aimed for; None for a figure without one.
        rounds: measured ones; ``warm_ups`` go before and are thrown away.
        beside: further ways, run once a round after the two and shown for comparison.
        by: which seconds the last line is about: on the wall, or on the processors.
        or_seconds: so many seconds more than theirs are let pass too, where that is more than ``target``.
    """
    ways = (ours, theirs, *beside)
    seen: dict[str, list[Timing]] = {way.name: [] for way in ways}
    for number in range(-warm_ups, rounds):
        pair = (ours, theirs) if number % 2 == 0 else (theirs, ours)
        for way in (*pair, *beside):
            way.prepare(number)
            timing = timed(lambda way=way, number=number: way.run(number))
            if number >= 0:
                seen[way.name].append(timing)
        if number >= 0:
            told = ", ".join(f"{way.name} {getattr(seen[way.name][-1], by):.2f} s" for way in ways)
            print(f"{name} round {number + 1}: {told}", flush=True)
    for way in ways[1:]:
        wall = _ratios(seen[ours.name], seen[way.name], "wall")
        cpu = _ratios(seen[ours.name], seen[way.name], "cpu")
        print(
            f"  {ours.name} ÷ {way.name}: wall {statistics.median(wall):.2f},"
            f" processor {statistics.median(cpu):.2f} ({_median_cpu(seen[ours.name]):.1f} s"
            f" ÷ {_median_cpu(seen[way.name]):.1f} s)"
        )
    ratios = _ratios(seen[ours.name], seen[theirs.name], by)
    if target is not None and or_seconds:
        usual = statistics.median(getattr(timing, by) for timing in seen[theirs.name])
        target = max(target, 1 + or_seconds / usual)
    said(name, "ratio", ratios, target)
    return statistics.median(ratios)


def said(name: str, what: str, values: Sequence[float], target: float | None) -> None:
    """The line that a benchmark ends with: the median, the least and the greatest, what was aimed for."""
    aim = f"{target:.2f}" if target is not None else "none"
    median = statistics.median(values)
    print(f"{name} {what}={median:.2f} ({min(values):.2f}–{max(values):.2f}) target={aim}", flush=True)  # noqa: RUF001 - a range has an en dash


def timed(work: Callable[[], object]) -> Timing:
    """Do it once and say what it took."""
    os.sync()  # what the way before left to be written is not this one's to pay for
    cpu, began = tree_cpu_seconds(), time.perf_counter()
    work()
    wall = time.perf_counter() - began
    return Timing(wall, tree_cpu_seconds() - cpu)


def _ratios(ours: Sequence[Timing], theirs: Sequence[Timing], what: str) -> list[float]:
    return [getattr(a, what) / getattr(b, what) for a, b in zip(ours, theirs, strict=True)]


def _median_cpu(timings: Sequence[Timing]) -> float:
    return statistics.median(timing.cpu for timing in timings)
