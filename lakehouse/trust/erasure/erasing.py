"""Erasing a person, step by step; each step may be repeated: an erasure that was stopped is given again.

1. What is known of the person is looked up and written down as an order, in bronze's zone.
2. Keyed hashes of the identifiers go on the list: from here on no read from the bucket brings anybody back.
3. Dataset by dataset, under its lock: the bucket's files are rewritten, rows go out of the table, its
   quarantine and its tombstones. Then log lines, Dagster's history, pages. The person is *logically gone*.
4. When the retention that protects readers is over, or at once where that is said: files that no newest
   version needs are removed, every byte is searched, and only if nothing is found is the order removed and a
   record written that says so. The person is *physically gone*.

Aggregates hold no person and stay as they were reported; a window that runs again counts whoever is left.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from pyspark.sql import SparkSession

from lakehouse.dataset import Dataset
from lakehouse.engine import deltalog
from lakehouse.engine.commitfiles import log_folder
from lakehouse.engine.maintenance import purge, vacuum
from lakehouse.engine.storage import table_lock
from lakehouse.errors import ErasureError, explain
from lakehouse.lake import Lake
from lakehouse.telling.logs import bind, get_logger
from lakehouse.trust.erasure.book import Book, Order, hash_of
from lakehouse.trust.erasure.elsewhere import blank, blank_delta_log
from lakehouse.trust.erasure.knowing import new_order
from lakehouse.trust.erasure.matching import Wanted
from lakehouse.trust.erasure.places import Columns, columns_of
from lakehouse.trust.erasure.reach import folders_of, is_foreign, outside_of_tables
from lakehouse.trust.erasure.steps import Step
from lakehouse.trust.search import Finding, search
from lakehouse.trust.subjects import Subject, load_subjects
from lakehouse.writing.maintain import RETENTION
from lakehouse.writing.recover import recover, retire_replaced

__all__ = ["Erasure", "due", "erase", "finish", "still_there"]

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Work:
    """An erasure in hand."""

    lake: Lake
    spark: SparkSession
    book: Book
    subject: Subject
    run: str


@dataclass(frozen=True, slots=True)
class Erasure:
    """How far an erasure has come.

    ``done`` counts lines and rows by place, ``left`` names files that still tell the person. ``due`` is when
    the person is to be gone physically; None where they are.
    """

    erasure: str
    subject: str
    done: dict[str, dict[str, int]]
    due: datetime | None
    left: tuple[Finding, ...] = ()


def erase(
    lake: Lake, spark: SparkSession, subject: str, value: str, *, run: str, by: str, now: bool = False
) -> Erasure:
    """Erase one person: logically, and with ``now`` physically as well.

    Raises :class:`ErasureError` for a subject that is not declared, or where something cannot be rewritten;
    the same call then goes on from there.
    """
    book, declared = Book(lake.settings), _declared(lake, subject)
    with book.locked(), bind(run=run):
        own = declared.identifiers[0].name
        known = book.order(hash_of(value, subject, own, lake.settings.require_erasure_key())[:16])
        order = known or new_order(lake, spark, declared, value, by=by)
        book.keep(order)
        book.put_on_list(order)
        work = _Work(lake, spark, book, declared, run)
        if order.logical_at is None:
            order = _logically(work, order)
        if not now:
            return Erasure(order.erasure, subject, order.done, _due(order))
        return _physically(work, order, timedelta())


def finish(lake: Lake, spark: SparkSession, *, run: str, at: datetime | None = None) -> tuple[Erasure, ...]:
    """Remove physically whoever was erased longer ago than the retention; ``at`` is the time it is."""
    book, clock = Book(lake.settings), at or datetime.now(UTC)
    with book.locked(), bind(run=run):
        return tuple(
            _physically(_Work(lake, spark, book, _declared(lake, order.subject), run), order, RETENTION)
            for order in book.orders()
            if order.logical_at is not None and _due(order) <= clock
        )


def due(lake: Lake) -> tuple[Order, ...]:
    """The erasures under way."""
    return Book(lake.settings).orders()


def still_there(lake: Lake, order: Order) -> list[Finding]:
    """The files under ``var`` that hold what tells the person, but for the order itself."""
    settings = lake.settings
    return search([settings.var_dir], order.terms, but=[Book(settings).orders_folder])


def _declared(lake: Lake, subject: str) -> Subject:
    subjects = load_subjects(lake.settings, lake.catalog)
    if subject not in subjects:
        raise ErasureError(
            explain(
                f"there is no subject {subject}",
                expected=f"one of {', '.join(subjects)}" if subjects else "a declared subject",
                remedy=f"declare it in {lake.settings.datasets}/subjects.py",
            )
        )
    return subjects[subject]


def _due(order: Order) -> datetime:
    return datetime.fromisoformat(order.logical_at or order.asked_at) + RETENTION


def _logically(work: _Work, order: Order) -> Order:
    lake, book = work.lake, work.book
    wanted = Wanted.of(work.subject, order, lake.settings.require_erasure_key())
    told = still_there(lake, order)
    for dataset, columns in _concerned(work, told):
        with table_lock(lake.lock(dataset), dataset.full_name, spark=work.spark):
            recover(lake, work.spark, dataset)
            retire_replaced(lake, work.spark, dataset)
            for place, counts in Step(lake, work.spark, dataset, columns, wanted, work.run).take_out():
                order = order.counted(place, **counts)
                book.keep(order)
    files = blank(outside_of_tables(lake.settings, told), order.terms)
    at = datetime.now(UTC).isoformat(timespec="seconds")
    order = replace(order.counted("logs, history and pages", files=files), logical_at=at)
    book.keep(order)
    book.record(order, "logically gone", done=order.done)
    log.info("erasure.logical", "a person is logically gone", erasure=order.erasure)
    return order


def _physically(work: _Work, order: Order, retention: timedelta) -> Erasure:
    lake, book, removed = work.lake, work.book, 0
    told = still_there(lake, order)
    for dataset, _ in _concerned(work, told):
        with table_lock(lake.lock(dataset), dataset.full_name, spark=work.spark):
            recover(lake, work.spark, dataset)
            for place in (lake.table(dataset), lake.quarantine(dataset), lake.tombstones(dataset)):
                if deltalog.exists(place):
                    purge(work.spark, place)
                    removed += vacuum(work.spark, place, retention)
                    blank_delta_log(log_folder(place), told, order.terms)
    blank(outside_of_tables(lake.settings, told), order.terms)
    left = tuple(still_there(lake, order))
    ours = [each for each in left if not is_foreign(lake.settings, each.path)]
    counts = {
        "searched_for": len(order.terms),
        "found_in_files": len(ours),
        "elsewhere": len(left) - len(ours),
    }
    if ours:
        book.record(order, "still found", **counts)
        log.warning("erasure.left", "a person is still found", erasure=order.erasure, files=len(ours))
        return Erasure(order.erasure, order.subject, order.done, _due(order), left)
    book.record(order, "physically gone", files_removed=removed, **counts)
    book.close(order)
    log.info("erasure.physical", "a person is physically gone", erasure=order.erasure)
    return Erasure(order.erasure, order.subject, order.done, None, left)


def _concerned(work: _Work, told: list[Finding]) -> list[tuple[Dataset, Columns]]:
    """The datasets that may hold rows about the subject, and those that the person was found in."""
    lake = work.lake
    return [
        (lake.catalog[name], columns)
        for name, columns in columns_of(lake, work.subject).items()
        if columns.any
        or any(each.path.is_relative_to(place) for place in folders_of(lake, name) for each in told)
    ]
