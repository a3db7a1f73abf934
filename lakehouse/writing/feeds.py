"""Which folder of the bucket feeds a source, and what its loads hold: rows, or changes.

A source system has one way in at a time. Dumps land in a folder of the system's own name; where the setting
``feeds`` names another folder, such as that of a change capture, the same bronze tables are fed from there.
"""

import re
from collections.abc import Sequence

from lakehouse.capture.loads import Listing, Load, LoadProblem, list_loads
from lakehouse.dataset import Dataset
from lakehouse.engine import deltalog
from lakehouse.engine.asking import ask
from lakehouse.errors import explain
from lakehouse.lake import Lake
from lakehouse.sources import Files

__all__ = ["epochs", "hidden_behind", "holds_changes", "loads_in", "newest_taken"]

_CAPTURED = re.compile(r"[a-z][a-z0-9_]*-[0-9a-f]{16}-(?:snapshot|changes)")


def loads_in(lake: Lake, source: Files) -> Listing:
    """The loads of what a dataset reads, from the folder that feeds its system."""
    folder = lake.settings.feeds.get(source.system, source.system)
    return list_loads(lake.settings.bucket_dir, folder, source.table)


def holds_changes(load: Load) -> bool:
    """Whether a load's lines are envelopes of a change capture, as its id says."""
    return _captured(load.load_id)


def epochs(loads: Sequence[Load]) -> tuple[int, ...]:
    """The positions of the snapshots among a feed's loads: from each of them on, the table begins anew."""
    return tuple(sorted(load.position for load in loads if holds_changes(load) and load.kind == "full"))


def newest_taken(lake: Lake, dataset: Dataset, listing: Listing) -> int | None:
    """The position up to which a table was taken, from whatever fed it then; None where nothing was.

    Told from the listing, unless the last load taken is not there: then from the rows, without Spark.
    """
    last = set(_last_taken(lake, dataset))
    known = [load.position for load in listing.loads if load.load_id in last]
    if known or not last:
        return max(known, default=None)
    newest: int | None = ask(lake.table(dataset), "SELECT max(_position) AS newest FROM t")[0]["newest"]
    return newest


def hidden_behind(lake: Lake, dataset: Dataset, listing: Listing, newest: int) -> LoadProblem | None:
    """Why changes cannot follow the dumps that a table took up to ``newest``; None where they can.

    They follow with a snapshot made since: an older one would hide behind the newer rows that are there.
    """
    if any(map(_captured, _last_taken(lake, dataset))) or not any(map(holds_changes, listing.loads)):
        return None
    last, snapshots = listing.loads[-1], epochs(listing.loads)
    if max(snapshots, default=-1) > newest:
        return None
    reason = explain(
        "the table was fed by dumps, and these changes begin before what it has taken of them",
        where=f"{last.source}.{last.table}",
        expected=f"a snapshot (a load of kind full) after position {newest}",
        found=f"snapshots at {', '.join(map(str, snapshots)) or 'no position'}",
        remedy="start the capture over, which makes a new snapshot; or build this table and what reads it"
        f" from the changes alone: `lakehouse run {dataset.name} --rebuild`, then the readers",
    )
    return LoadProblem(last.files[0].path.parent.parent, None, reason)


def _last_taken(lake: Lake, dataset: Dataset) -> tuple[str, ...]:
    last = deltalog.latest_record(lake.table(dataset), advancing=True)
    return last.record.loads if last and last.record else ()


def _captured(load_id: str) -> bool:
    return bool(_CAPTURED.fullmatch(load_id))
