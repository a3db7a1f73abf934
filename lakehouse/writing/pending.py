"""Step 1, read, first half: what is new, told from Delta logs and bucket listings alone.

Needs no JVM and reads no data, so ``plan`` and sensors ask the same function that the write path
asks: they cannot disagree.
"""

from itertools import takewhile

from lakehouse.capture.loads import Load, LoadProblem, list_loads
from lakehouse.dataset import Dataset
from lakehouse.engine import deltalog, repair
from lakehouse.engine.storage import is_locked
from lakehouse.errors import TableError, explain
from lakehouse.lake import Lake
from lakehouse.reading import Read, Whole
from lakehouse.sources import Files, FullDumps
from lakehouse.writing import seen
from lakehouse.writing.record import CommitRecord, InputRead
from lakehouse.writing.request import Pending, Request, Trigger
from lakehouse.writing.taken import loads_taken

__all__ = ["loads_taken", "pending"]

_MAINTENANCE = (
    "OPTIMIZE",
    "VACUUM START",
    "VACUUM END",
    "SET TBLPROPERTIES",
    "CREATE TABLE",
    "REORG",
    "ADD COLUMNS",
)


def pending(lake: Lake, dataset: Dataset, request: Request) -> Pending:
    """What a request would read. ``reasons`` is empty where there is nothing to do."""
    if _unsettled(lake, dataset):
        return Pending(("a writer was stopped before it acknowledged its commit",))
    last = deltalog.latest_record(lake.table(dataset), advancing=True)
    record = last.record if last else None
    if request.trigger is Trigger.REPLAY:
        return Pending(("rows replayed from quarantine",), inputs=record.inputs if record else {})
    if dataset.source:
        return _pending_loads(lake, dataset, dataset.source, request)
    return _pending_inputs(lake, dataset, request, record)


def _unsettled(lake: Lake, dataset: Dataset) -> bool:
    """Whether a writer that is gone has left something for the next one to bring in order."""
    places = (lake.table(dataset), lake.quarantine(dataset), lake.tombstones(dataset))
    return any(repair.examine(place).above for place in places) and not is_locked(lake.lock(dataset))


def _pending_loads(lake: Lake, dataset: Dataset, source: Files, request: Request) -> Pending:
    listing = list_loads(lake.settings.bucket_dir, source.system, source.table)
    whole = request.trigger is Trigger.REBUILD
    taken = set() if whole else loads_taken(lake, dataset)
    new = tuple(load for load in listing.loads if load.load_id not in taken)
    reasons = [f"{len(new)} new load{'s' if len(new) != 1 else ''} of {source.name}"] if new else []
    if whole:
        reasons.append("rebuild asked for")
    elif not taken and new:
        reasons.insert(0, "never built")
    problems = listing.problems
    if isinstance(source, FullDumps) and taken:
        newest = max((load.position for load in listing.loads if load.load_id in taken), default=None)
        late = [load for load in new if newest is not None and load.position < newest]
        problems = (*problems, *(_came_late(load) for load in late))
        new = tuple(load for load in new if load not in late)
        reasons = reasons if new else []
    return Pending(tuple(reasons), loads=new, problems=problems, whole=whole)


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
    known = {**(record.inputs if record else {}), **seen.inputs_seen(lake, dataset)}
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
    for commit in takewhile(lambda each: each.version > after, deltalog.commits(table)):
        maintenance = commit.record is None and commit.operation in _MAINTENANCE
        if maintenance or commit.version > to:
            continue
        written = commit.record.rows_written if commit.record else 1
        replaced = bool(commit.record and commit.record.mode != "Append" and commit.record.windows != ())
        if written or replaced:
            rows, changed = rows + written, changed + 1
    if not changed:
        return None
    if not (table / "_delta_log" / f"{after + 1:020d}.json").is_file() and not isinstance(read, Whole):
        return f"{name}: the log no longer reaches back to version {after}, read whole"
    commits = "1 new commit" if changed == 1 else f"{changed} new commits"
    words = f"{name}: {commits}, {rows:,} rows"
    if isinstance(read, Whole) and dataset.partitions:
        return f"{words}, read whole"
    return words
