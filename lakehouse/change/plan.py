"""What a run would do and why, told from the logs and the bucket's listing: no JVM, no row read.

``plan`` asks :func:`lakehouse.writing.pending.pending`, the function that the write path itself asks,
so the two cannot disagree about what is new.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from lakehouse.change.contracts import ContractChange, contract_change, way_out
from lakehouse.change.difference import Difference, What
from lakehouse.change.selection import select
from lakehouse.change.stamps import code_changed
from lakehouse.change.usage import Consumer, Usage
from lakehouse.change.windows import empty_windows, windows_to_run
from lakehouse.dataset import Dataset
from lakehouse.engine import deltalog
from lakehouse.errors import TableError
from lakehouse.lake import Lake
from lakehouse.reading import Whole
from lakehouse.writing.feeds import loads_in
from lakehouse.writing.pending import loads_taken, pending
from lakehouse.writing.request import Pending, Request

__all__ = ["DatasetPlan", "LoadsPlan", "Plan", "Status", "plan"]


class Status(StrEnum):
    """What a run would find."""

    UP_TO_DATE = "up to date"
    NEVER_BUILT = "never built"
    NEW_INPUT = "new input"
    INPUT_WILL_CHANGE = "input will change"
    """An input is written in the same run; whether rows of it change is seen only then."""
    CODE_CHANGED = "code changed"
    """Nothing is new; a rebuild would give other results."""
    CONTRACT_CHANGED = "contract changed"
    """Nothing is new; the rows to come are held to another contract."""
    WAITS = "waits for its input"
    BLOCKED = "blocked"
    """A run would be refused."""


@dataclass(frozen=True, slots=True)
class LoadsPlan:
    """A bronze table's loads: ``waiting`` ones, the ``oldest`` of them, and what is not taken."""

    waiting: int
    oldest: datetime | None
    problems: tuple[str, ...]
    duplicates: int
    passed_over: int
    """Full dumps older than one that was taken: they would say nothing new."""


@dataclass(frozen=True, slots=True)
class DatasetPlan:
    """What would become of one dataset.

    ``windows`` are the keys that would run *at most*; None where there are none, or where the logs
    do not tell. ``whole`` means that everything is read and the table replaced. ``empty_windows`` have
    no row, though windows before and after them do.
    """

    dataset: str
    status: Status
    runs: bool
    reasons: tuple[str, ...]
    whole: bool = False
    windows: tuple[str, ...] | None = None
    loads: LoadsPlan | None = None
    code_changed: bool = False
    contract: ContractChange = field(default_factory=ContractChange)
    consumers: tuple[tuple[Consumer, ...], ...] = ()
    empty_windows: tuple[str, ...] = ()
    deprecated: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """The datasets selected, inputs before what reads them.

    ``problems`` are those of the queries registered outside of the graph.
    """

    environment: str
    made_at: datetime
    datasets: tuple[DatasetPlan, ...]
    problems: tuple[str, ...] = ()

    @property
    def anything(self) -> bool:
        """Whether a run would do anything."""
        return any(each.runs for each in self.datasets)


def plan(lake: Lake, selection: Iterable[str] | None = None) -> Plan:
    """Say for each dataset selected (see :func:`~lakehouse.change.selection.select`) what would run."""
    names = select(lake.catalog, selection or ())
    usage = Usage.recorded(lake)
    planned: dict[str, DatasetPlan] = {}
    for dataset in lake.catalog:
        if dataset.name in names:
            planned[dataset.name] = _plan_one(lake, dataset, planned, usage)
    return Plan(lake.settings.environment, datetime.now(UTC), tuple(planned.values()), usage.problems)


def _plan_one(lake: Lake, dataset: Dataset, before: Mapping[str, DatasetPlan], usage: Usage) -> DatasetPlan:
    try:
        table = lake.table(dataset)
        commits = deltalog.commits(table) if deltalog.exists(table) else ()
        records = [commit.record for commit in commits if commit.record]
        contract = contract_change(lake, dataset, records)
        todo = _todo(lake, dataset, before)
        loads = _loads(lake, dataset, todo) if isinstance(todo, Pending) else None
        rising = _inputs_that_change(dataset, before)
        windows, empty = None, empty_windows(lake, dataset)
        if isinstance(todo, Pending) and todo.anything:
            windows = windows_to_run(lake, dataset, todo)
    except TableError as error:
        return DatasetPlan(dataset.full_name, Status.BLOCKED, False, (str(error),))
    changed = code_changed(dataset, records)
    consumers = tuple(usage.concerned(dataset.name, each) for each in contract.changes)
    status, reasons = _verdict(dataset, todo, rising, contract, changed=changed, built=bool(records))
    reasons += [_deprecation(lake.catalog[name]) for name in dataset.inputs if lake.catalog[name].deprecated]
    if any(each.what is What.COLUMN_ADDED for each in contract.changes) and not contract.breaking:
        reasons.append(f"filled in older rows only by `lakehouse run {dataset.name} --rebuild`")
    if changed:
        reasons.append(
            f"the code changed: a rebuild would give other results (`lakehouse run {dataset.name} --rebuild`)"
        )
    return DatasetPlan(
        dataset.full_name,
        status,
        status in (Status.NEVER_BUILT, Status.NEW_INPUT, Status.INPUT_WILL_CHANGE),
        tuple(reasons),
        whole=isinstance(todo, Pending) and todo.anything and todo.whole,
        windows=windows,
        loads=loads,
        code_changed=changed,
        contract=contract,
        consumers=consumers,
        empty_windows=empty,
        deprecated=dataset.deprecated,
    )


def _deprecation(upstream: Dataset) -> str:
    return f"reads {upstream.full_name}, which is deprecated and goes on {upstream.deprecated}"


def _todo(lake: Lake, dataset: Dataset, before: Mapping[str, DatasetPlan]) -> Pending | list[str]:
    """What is pending; where an input has no table, what it waits for: nothing if that is built first."""
    missing = [name for name in dataset.inputs if not deltalog.exists(lake.table(lake.catalog[name]))]
    if not missing:
        return pending(lake, dataset, Request(run="plan"))
    return [
        f"{lake.catalog[name].full_name} has no table yet: `lakehouse run +{dataset.name}`"
        for name in missing
        if name not in before or not before[name].runs
    ]


def _inputs_that_change(dataset: Dataset, before: Mapping[str, DatasetPlan]) -> list[str]:
    """The inputs that run before it and whose changes re-run it."""
    return [
        before[name].dataset
        for name, read in dataset.reads.items()
        if name in before and before[name].runs and not (isinstance(read, Whole) and not read.triggers)
    ]


def _verdict(
    dataset: Dataset,
    todo: Pending | list[str],
    rising: Sequence[str],
    contract: ContractChange,
    *,
    changed: bool,
    built: bool,
) -> tuple[Status, list[str]]:
    reasons = list(todo.reasons) if isinstance(todo, Pending) else list(todo)
    reasons += [f"its input {name} will change" for name in rising]
    if contract.changes:
        reasons.append(f"the contract changed: {contract.kind}")
    if contract.kind is Difference.BREAKING:
        reasons.append(f"a run is refused: {way_out(dataset.name, contract)}")
        return Status.BLOCKED, reasons
    if isinstance(todo, list) and todo:
        return Status.WAITS, reasons
    if isinstance(todo, Pending) and todo.anything:
        return Status.NEW_INPUT if built else Status.NEVER_BUILT, reasons
    if rising or isinstance(todo, list):
        return Status.INPUT_WILL_CHANGE if built else Status.NEVER_BUILT, reasons
    if not built and dataset.source:
        return Status.WAITS, [*reasons, f"no load of {dataset.source.name} is in the bucket"]
    idle = Status.CODE_CHANGED if changed else Status.UP_TO_DATE
    return idle if contract.kind is Difference.NONE else Status.CONTRACT_CHANGED, reasons


def _loads(lake: Lake, dataset: Dataset, todo: Pending) -> LoadsPlan | None:
    source = dataset.source
    if source is None:
        return None
    listing = loads_in(lake, source)
    waiting = {load.load_id for load in todo.loads}
    known = loads_taken(lake, dataset) | waiting
    return LoadsPlan(
        waiting=len(waiting),
        oldest=min((load.arrived_at for load in todo.loads), default=None),
        problems=tuple(problem.reason for problem in todo.problems),
        duplicates=len(listing.duplicates),
        passed_over=sum(load.load_id not in known for load in listing.loads),
    )
