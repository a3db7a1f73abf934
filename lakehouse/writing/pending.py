"""Step 1, read, first half: what is new, told from Delta logs and bucket listings alone.

Needs no JVM and reads no data, so ``plan`` and sensors ask the same function that the write path
asks: they cannot disagree.
"""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from lakehouse.capture.loads import Listing, Load, LoadProblem
from lakehouse.dataset import Dataset
from lakehouse.engine import deltalog, repair
from lakehouse.engine.deltalog import Commit
from lakehouse.engine.storage import is_locked
from lakehouse.errors import SourceChanged, TableError, explain
from lakehouse.lake import Lake
from lakehouse.reading import Read, Whole
from lakehouse.sources import Files, FullDumps
from lakehouse.writing import feeds, seen
from lakehouse.writing.record import ERASURE, CommitRecord, InputRead
from lakehouse.writing.request import Pending, Request, Trigger
from lakehouse.writing.taken import loads_taken

__all__ = ["first_unread", "inputs_read", "loads_taken", "pending", "without_loads"]

_VACUUM = "VACUUM START"
_MAINTENANCE = (
    "OPTIMIZE",
    _VACUUM,
    "VACUUM END",
    "SET TBLPROPERTIES",
    "CREATE TABLE",
    "REORG",
    "ADD COLUMNS",
    "CLUSTER BY",
)


def pending(lake: Lake, dataset: Dataset, request: Request) -> Pending:
    """What a request would read. ``reasons`` is empty where there is nothing to do."""
    if _unsettled(lake, dataset):
        return Pending(("a writer was stopped before it acknowledged its commit",))
    last = deltalog.latest_record(lake.table(dataset), advancing=True)
    record = last.record if last else None
    if request.trigger is Trigger.REPLAY:
        return Pending(("rows replayed from quarantine",), inputs=_as_they_stand(lake, dataset))
    if dataset.source:
        return _pending_loads(lake, dataset, dataset.source, request)
    return _pending_inputs(lake, dataset, request, record)


def without_loads(todo: Pending, dataset: Dataset, changed: SourceChanged) -> Pending:
    """What is left to do without the loads that a frozen contract holds back; of full dumps, up to the first.

    Raises ``changed`` itself where it names none that could be left out, so that nothing goes round.
    """
    held = [load for load in todo.loads if load.load_id in changed.loads]
    if not held:
        raise changed
    if isinstance(dataset.source, FullDumps) or feeds.holds_changes(held[0]):
        # What differs is told by the dump before, and changes build on a snapshot: the rest waits too.
        first = min(load.position for load in held)
        held = [load for load in todo.loads if load.position >= first]
    problems = [LoadProblem(load.files[0].path.parent, load.load_id, str(changed)) for load in held[:1]]
    left = tuple(load for load in todo.loads if load not in held)
    return replace(
        todo, reasons=todo.reasons if left else (), loads=left, problems=(*todo.problems, *problems)
    )


def inputs_read(lake: Lake, dataset: Dataset) -> dict[str, InputRead]:
    """Up to which versions a table has consumed its inputs; empty where it was never built."""
    last = deltalog.latest_record(lake.table(dataset), advancing=True)
    return {**last.record.inputs, **seen.inputs_seen(lake, dataset)} if last and last.record else {}


def first_unread(table: Path, after: int) -> Commit | None:
    """The oldest commit after a version that a reader of changes has yet to read; maintenance is none."""
    newer = deltalog.commits_since(table, after)
    return min(
        (each for each in newer if not _is_maintenance(each)), key=lambda each: each.version, default=None
    )


def _is_maintenance(commit: Commit) -> bool:
    if commit.record is not None:
        return commit.record.mode == ERASURE
    return commit.operation in _MAINTENANCE


def _as_they_stand(lake: Lake, dataset: Dataset) -> dict[str, InputRead]:
    """The inputs at their newest versions: a replay reads none, and looks references up in them."""
    tables = {name: lake.table(lake.catalog[name]) for name in dataset.inputs}
    return {
        name: InputRead(dataset.reads[name].how, deltalog.readable_version(table))
        for name, table in tables.items()
        if deltalog.exists(table)
    }


def _unsettled(lake: Lake, dataset: Dataset) -> bool:
    """Whether a writer that is gone has left something for the next one to bring in order."""
    places = (lake.table(dataset), lake.quarantine(dataset), lake.tombstones(dataset))
    return any(repair.examine(place).above for place in places) and not is_locked(lake.lock(dataset))


def _pending_loads(lake: Lake, dataset: Dataset, source: Files, request: Request) -> Pending:
    listing = feeds.loads_in(lake, source)
    if request.trigger is Trigger.RELOAD:
        return _loads_again(dataset, source, listing, request)
    whole = request.trigger is Trigger.REBUILD
    taken = frozenset[str]() if whole else loads_taken(lake, dataset)
    new = tuple(load for load in listing.loads if load.load_id not in taken)
    reasons = [f"{len(new)} new load{'s' if len(new) != 1 else ''} of {source.name}"] if new else []
    if whole:
        reasons.append("rebuild asked for")
    elif not taken and new:
        reasons.insert(0, "never built")
    problems = listing.problems
    newest = feeds.newest_taken(lake, dataset, listing) if new and taken else None
    if newest is not None and (hidden := feeds.hidden_behind(lake, dataset, listing, newest)):
        return Pending((), problems=(*problems, hidden))
    if newest is not None and isinstance(source, FullDumps):
        late = [load for load in new if load.position < newest and not feeds.holds_changes(load)]
        problems = (*problems, *(_came_late(load) for load in late))
        new = tuple(load for load in new if load not in late)
        reasons = reasons if new else []
    snapshots = feeds.epochs(listing.loads)
    return Pending(tuple(reasons), loads=new, problems=problems, whole=whole, snapshots=snapshots)


def _loads_again(dataset: Dataset, source: Files, listing: Listing, request: Request) -> Pending:
    """Loads that were taken before, to be read again and put in place of their rows."""
    there = {load.load_id: load for load in listing.loads}
    if isinstance(source, FullDumps) or any(map(feeds.holds_changes, listing.loads)):
        raise TableError(
            explain(
                "its loads build on each other, so none can be taken again by itself",
                where=dataset.full_name,
                remedy=f"reload it for all time: `lakehouse reload {dataset.name}`",
            )
        )
    if gone := sorted(set(request.loads) - set(there)):
        raise TableError(
            explain(
                "loads that were taken are no longer in the bucket",
                where=dataset.full_name,
                found=", ".join(gone[:5]),
                remedy="put them back, or name a range without them",
            )
        )
    again = tuple(load for load in listing.loads if load.load_id in set(request.loads))
    return Pending((f"{len(again)} loads again",) if again else (), loads=again, problems=listing.problems)


def _came_late(load: Load) -> LoadProblem:
    reason = explain(
        "the full dump is older than one that was taken, so it is left in the bucket",
        where=f"{load.source}.{load.table}, load {load.load_id}",
        remedy="rebuild the table to take the dumps in their order, or move the load out of the bucket",
    )
    return LoadProblem(load.files[0].path.parent, load.load_id, reason)


def _pending_inputs(lake: Lake, dataset: Dataset, request: Request, record: CommitRecord | None) -> Pending:
    reasons: list[str] = []
    inputs: dict[str, InputRead] = {}
    whole = record is None or request.trigger is Trigger.REBUILD
    if record is None:
        reasons.append("never built")
    elif whole:
        reasons.append("rebuild asked for")
    known = inputs_read(lake, dataset)
    for name, read in dataset.reads.items():
        table = lake.table(lake.catalog[name])
        if not deltalog.exists(table):
            raise TableError(
                explain(
                    f"the input {name} has no table yet",
                    where=dataset.full_name,
                    remedy=f"run {lake.catalog[name].full_name} first: `lakehouse run +{dataset.name}`",
                ),
            )
        to = deltalog.readable_version(table)
        before = known.get(name) if record and not whole else None
        after = before.to if before else None
        if record is not None and not whole and before is None:
            reasons.append(f"{name} is a new input")
            whole = True
        elif after is not None and after != to:
            verdict = _what_changed(lake, dataset, name, read, after=after, to=to)
            if verdict:
                reasons.append(verdict)
                whole = whole or verdict.endswith("read whole")
        inputs[name] = InputRead(read.how, to, after)
    if request.trigger is Trigger.BACKFILL:
        named = {name: InputRead(read.how, read.to) for name, read in inputs.items()}
        return Pending(("windows named",), named, windows=request.windows)
    if whole:
        inputs = {name: InputRead(read.how, read.to) for name, read in inputs.items()}
    return Pending(tuple(reasons), inputs, whole=whole)


def _what_changed(lake: Lake, dataset: Dataset, name: str, read: Read, *, after: int, to: int) -> str | None:
    """In words, whether the commits after a version, up to another, give the reader anything to do."""
    if isinstance(read, Whole) and not read.triggers:
        return None
    if to < after:  # its folder was lost or moved away; its versions are counted from 0 again
        return f"{name}: the table was built anew, read whole"
    table = lake.table(lake.catalog[name])
    rows = changed = 0
    for commit in deltalog.commits_since(table, after):
        if _is_maintenance(commit) or commit.version > to:
            continue
        written = commit.record.rows_written if commit.record else 1
        replaced = bool(commit.record and commit.record.mode != "Append" and commit.record.windows != ())
        if written or replaced:
            rows, changed = rows + written, changed + 1
    if not changed:
        return None
    if not isinstance(read, Whole) and (gone := _no_longer_there(table, after)):
        return f"{name}: {gone}, read whole"
    commits = "1 new commit" if changed == 1 else f"{changed} new commits"
    words = f"{name}: {commits}, {rows:,} rows"
    if isinstance(read, Whole) and dataset.partitions:
        return f"{words}, read whole"
    return words


def _no_longer_there(table: Path, after: int) -> str | None:
    """In words, why the changes made after a version can no longer be read; None where they can."""
    if not (table / "_delta_log" / f"{after + 1:020d}.json").is_file():
        return f"the log no longer reaches back to version {after}"
    if _vacuumed(table, after):
        return f"what changed after version {after} was vacuumed"
    return None


def _vacuumed(table: Path, after: int) -> bool:
    """Whether files with the changes made after a version may be gone: a vacuum kept only younger ones."""
    unread = first_unread(table, after)
    if unread is None:
        return False
    newer = deltalog.commits_since(table, unread.version)
    return any(
        each.committed_at - timedelta(milliseconds=_kept(each)) >= unread.committed_at
        for each in newer
        if each.operation == _VACUUM
    )


def _kept(vacuum: Commit) -> int:
    """The retention of a vacuum, in milliseconds."""
    given = vacuum.parameters.get("specifiedRetentionMillis")
    return int(given if given is not None else vacuum.parameters["defaultRetentionMillis"])
