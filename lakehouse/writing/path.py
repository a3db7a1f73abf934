"""The write path: every table of the lake is written by :func:`write`, from top to bottom.

1. read       what is new, each input as it asked to be read
2. align      to the contract's columns and types
3. judge      every row against every rule
4. audit      a batch that fails leaves the table as it was
5. publish    one atomic commit, by write mode
6. record     inside that commit
7. conserve   what went out is what came in
"""

import time
import uuid
from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from lakehouse.change.fingerprint import code_hash
from lakehouse.change.terms import terms_of
from lakehouse.dataset import Dataset
from lakehouse.engine import deltalog
from lakehouse.engine.durability import acknowledge
from lakehouse.engine.faults import faults_named
from lakehouse.engine.origins import origins
from lakehouse.engine.plans import computed_once
from lakehouse.engine.storage import table_lock
from lakehouse.errors import SourceChanged, TableError, explain
from lakehouse.lake import Lake
from lakehouse.modes import Append, History, Snapshot, Upsert
from lakehouse.rules import References
from lakehouse.telling.logs import bind, get_logger
from lakehouse.trust import quarantine
from lakehouse.writing.align import Aligned, align
from lakehouse.writing.audit import audit, audit_lines, audit_windows
from lakehouse.writing.batch import Batch
from lakehouse.writing.conserve import conserve
from lakehouse.writing.drift import RULE, SourceChange, hold_back, observe, shaped
from lakehouse.writing.evolve import stated
from lakehouse.writing.intake import Intake, NothingTaken, take_in
from lakehouse.writing.judge import Judged, judge, look_at_all
from lakehouse.writing.modes import publish_batch
from lakehouse.writing.pending import pending, without_loads
from lakehouse.writing.publish import Publication
from lakehouse.writing.read import at_version
from lakehouse.writing.record import CommitRecord, RuleCount
from lakehouse.writing.recover import recover, recover_inputs, retire_replaced
from lakehouse.writing.request import Outcome, Request, Trigger
from lakehouse.writing.retry import retried
from lakehouse.writing.seen import note_inputs_seen
from lakehouse.writing.staged import Stage, stage

__all__ = ["write"]

log = get_logger(__name__)


def write(lake: Lake, spark: SparkSession, dataset: Dataset, request: Request) -> Outcome:
    """Write one table once. Gives what became of it; raises where nothing could be published.

    Raises:
        BatchRefused: a rule of severity ``fail`` is broken; the table is as it was.
        ConservationError: counts made independently differ; the table is as it was.
        ContractBroken: the contract does not fit the deployed table.
        SetupError: the machine failed: disk, rights, memory, Spark's process; the table is as it was.
        TableError: the table is damaged, or others kept writing it at the same time.
    """
    with (
        bind(run=request.run, dataset=dataset.full_name),
        faults_named(dataset.full_name, spark),
        table_lock(lake.lock(dataset), dataset.full_name, spark=spark),
        origins(noted=False),
    ):
        return retried(lambda: _attempt(lake, spark, dataset, request), dataset.full_name)


def _attempt(lake: Lake, spark: SparkSession, dataset: Dataset, request: Request) -> Outcome:
    recover(lake, spark, dataset)
    recover_inputs(lake, spark, dataset)
    todo = pending(lake, dataset, request)
    for problem in todo.problems:
        log.warning("load.problem", problem.reason, source=problem.load_id)
    held: tuple[str, ...] = ()
    while todo.anything:
        batch = uuid.uuid4().hex[:16]
        try:
            with bind(batch=batch):
                return _write(Batch(lake, spark, dataset, request, todo, batch, time.monotonic(), held))
        except SourceChanged as changed:
            todo, held = without_loads(todo, dataset, changed), (*held, str(changed))
            log.warning("loads.held", str(changed), loads=len(changed.loads))
    return Outcome(dataset.full_name, problems=todo.said_of_loads, held=held)


def _write(batch: Batch) -> Outcome:
    dataset, lake = batch.dataset, batch.lake
    log.info("batch.begin", "; ".join(batch.pending.reasons), mode=dataset.mode.name)
    if deltalog.exists(batch.table):
        batch.ready_table()

    with take_in(lake, batch.spark, dataset, batch.pending, batch.request) as intake:  # 1
        if isinstance(intake, NothingTaken):
            return Outcome(dataset.full_name, problems=(*batch.pending.said_of_loads, *intake.problems))
        aligned = align(intake.rows, dataset)  # 2
        # A merge plans its source several times, which is worth more than a short scan.
        merges = isinstance(dataset.mode, (Upsert, History)) and not intake.replaces
        with computed_once(aligned.frame, worth=merges) as frame, _stage(batch) as staged:
            whole_batch = isinstance(dataset.mode, Snapshot)
            judged = judge(  # 3
                Aligned(frame, aligned.cast),
                dataset,
                _referenced(batch),
                asked=_asked(dataset, intake),
                content=whole_batch,
                look=staged.look if _is_appended(batch, intake) else look_at_all,
            )
            if intake.counted is not None:
                audit_lines(dataset, intake.counted, rows=judged.rows + intake.erased)
            changes = observe(judged, dataset, batch.table)
            hold_back(judged, changes, dataset)
            audit(judged, dataset)  # 4
            audit_windows(judged, dataset, intake.windows)
            record = _record(batch, intake, judged, changes)
            if whole_batch and _unchanged(batch, record):
                note_inputs_seen(lake, dataset, batch.pending.inputs)
                log.info("batch.unchanged", "the result is what the table holds; no commit")
                return Outcome(dataset.full_name)
            if not deltalog.exists(batch.table):  # a first batch that is refused leaves nothing
                batch.ready_table()
            _set_aside(batch, judged)
            rows = batch.published_columns(shaped(judged.good, changes, dataset))
            publish_batch(
                Publication(rows, batch.table, dataset, record, staged.append),
                lake,
                intake,
                judged,
            )  # 5, 6
        return _settle(batch, record, judged, intake)


def _stage(batch: Batch) -> AbstractContextManager[Stage]:
    """Where rows wait that are written while the batch is judged."""
    return stage(batch.spark, batch.table, ready=batch.ready_table, rows=batch.published_columns)


def _is_appended(batch: Batch, intake: Intake) -> bool:
    """Whether nothing but its rows becomes of the batch, at the end of the table or as its first."""
    dataset, incremental = batch.dataset, batch.request.trigger is Trigger.INCREMENTAL
    replaces = intake.replaces and deltalog.exists(batch.table)
    return isinstance(dataset.mode, Append) and not dataset.source and incremental and not replaces


def _record(batch: Batch, intake: Intake, judged: Judged, changes: tuple[SourceChange, ...]) -> CommitRecord:
    """Step 6: what the commit says of itself."""
    dataset, trigger = batch.dataset, batch.request.trigger
    written = judged.rows - judged.rows_aside
    terms, lineage = stated(batch.spark, batch.lake, dataset)
    drift = {RULE: RuleCount(len(changes) + len(batch.held), "warn")} if dataset.source else {}
    return CommitRecord(
        batch=batch.batch,
        run=batch.request.run,
        dataset=dataset.full_name,
        mode=dataset.mode.name,
        trigger=trigger.value,
        code=code_hash(dataset.function),
        contract=terms_of(dataset).fingerprint,
        advances=trigger in (Trigger.INCREMENTAL, Trigger.REBUILD),
        windows=intake.windows,
        inputs=dict(batch.pending.inputs),
        loads=intake.loads,
        rows_in=judged.rows + intake.unchanged + intake.erased,
        rows_written=written,
        rows_quarantined=judged.rows_aside,
        rows_unchanged=intake.unchanged,
        rows_erased=intake.erased,
        rules=dict(judged.counts) | drift,
        content=judged.content,
        terms=terms,
        lineage=lineage,
        source_changes=tuple(change.to_dict() for change in changes),
        started_at=datetime.now(UTC).isoformat(timespec="seconds"),
        seconds=round(time.monotonic() - batch.started, 3),
    )


def _settle(batch: Batch, record: CommitRecord, judged: Judged, intake: Intake) -> Outcome:
    """Step 7, then bring the commit to disk: only now is it done."""
    table = batch.table
    commit = next(
        (c for c in deltalog.commits(table, 8) if c.record and c.record.batch == record.batch),
        None,
    )
    if commit is None or commit.record is None:
        raise TableError(
            explain(
                "the commit just made is not in the log",
                where=batch.dataset.full_name,
                found=f"version {deltalog.version(table)}",
                remedy="is another program writing this table? only the road may",
            ),
        )
    conserve(batch.spark, batch.dataset, table, commit)
    acknowledge(table, commit.version)
    retire_replaced(batch.lake, batch.spark, batch.dataset)
    log.info(
        "batch.published",
        f"{commit.record.rows_written:,} rows written, {record.rows_quarantined:,} set aside",
        version=commit.version,
        rows_in=record.rows_in,
        rows_written=commit.record.rows_written,
        rows_quarantined=record.rows_quarantined,
        seconds=round(time.monotonic() - batch.started, 3),
    )
    problems = (*batch.pending.said_of_loads, *intake.problems)
    return Outcome(
        batch.dataset.full_name,
        commit.version,
        commit.record,
        commit.committed_at,
        judged.samples,
        problems,
        batch.held,
    )


def _set_aside(batch: Batch, judged: Judged) -> None:
    if not judged.rows_aside:
        return
    versions = ", ".join(f"{name}@{read.to}" for name, read in batch.pending.inputs.items())
    source = F.lit(versions)
    if batch.dataset.source:
        source = F.concat_ws(":", "_file", F.col("_line_number").cast("string"))
    quarantine.set_aside(
        judged.suspects.where(judged.aside),
        batch.lake.quarantine(batch.dataset),
        broken=judged.broken,
        source=source,
        batch=batch.batch,
        run=batch.request.run,
    )
    log.warning("batch.set_aside", f"{judged.rows_aside:,} rows set aside", rules=_broken_rules(judged))


def _broken_rules(judged: Judged) -> dict[str, int]:
    return {name: count.broken for name, count in judged.counts.items() if count.broken}


def _unchanged(batch: Batch, record: CommitRecord) -> bool:
    last = deltalog.latest_record(batch.table)
    before = last.record if last else None
    return before is not None and (before.content, before.code, before.contract) == (
        record.content,
        record.code,
        record.contract,
    )


def _asked(dataset: Dataset, intake: Intake) -> Column | None:
    """True for the rows of the windows that the transformation was given; None where it was given all."""
    if dataset.partitions is None or intake.windows is None:
        return None
    return F.expr(dataset.partitions.starts_in(intake.windows))


def _referenced(batch: Batch) -> Mapping[str, DataFrame]:
    """The inputs that the contract's references look values up in, whole, at the versions read."""
    names = {rule.to for rule in batch.dataset.batch_rules if isinstance(rule, References)}
    return {
        name: at_version(
            batch.spark,
            batch.lake.table(batch.lake.catalog[name]),
            batch.pending.inputs[name].to,
        )
        for name in names
    }
