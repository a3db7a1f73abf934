"""The two phases of an erasure: out of every newest version, then out of every byte. Each may be repeated.

Both need the lock of the lake's erasures; a dataset's part is done under its table's lock.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pyspark.sql import SparkSession

from lakehouse.dataset import Dataset
from lakehouse.engine import deltalog
from lakehouse.engine.commitfiles import log_folder
from lakehouse.engine.maintenance import look_at, purge, vacuum
from lakehouse.engine.storage import table_lock
from lakehouse.lake import Lake
from lakehouse.telling.logs import get_logger
from lakehouse.trust.erasure.book import Book, Order
from lakehouse.trust.erasure.elsewhere import blank, blank_delta_log
from lakehouse.trust.erasure.matching import Wanted
from lakehouse.trust.erasure.places import Columns, columns_of
from lakehouse.trust.erasure.reach import folders_of, is_foreign, outside_of_tables
from lakehouse.trust.erasure.steps import Step
from lakehouse.trust.search import Finding, search
from lakehouse.trust.subjects import Subject
from lakehouse.writing.maintain import LEAST
from lakehouse.writing.recover import recover, retire_replaced

__all__ = ["Searched", "Work", "logically", "physically"]

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Work:
    """An erasure in hand."""

    lake: Lake
    spark: SparkSession
    book: Book
    subject: Subject
    run: str


@dataclass(frozen=True, slots=True)
class Searched:
    """The files that still tell the person: the lake's own, and ``elsewhere`` those it may not change."""

    left: tuple[Finding, ...] = ()
    elsewhere: tuple[Finding, ...] = ()


def logically(work: Work, order: Order) -> Order:
    """Take the person out of the bucket, every newest version of a table, logs and pages."""
    lake, book = work.lake, work.book
    wanted = Wanted.of(work.subject, order, lake.settings.require_erasure_key())
    told = _still_there(work, order)
    for dataset, columns in _concerned(work, told):
        with table_lock(lake.lock(dataset), dataset.full_name, spark=work.spark):
            recover(lake, work.spark, dataset)
            retire_replaced(lake, work.spark, dataset)
            for place, counts in Step(lake, work.spark, dataset, columns, wanted, work.run).take_out():
                order = order.counted(place, **counts)
                book.keep(order)
            for table in _tables(lake, dataset):
                if look_at(table, timedelta(), thin=LEAST).marked:
                    # Now: only what was removed before a retention began goes with it.
                    purge(work.spark, table)
    files = blank(outside_of_tables(lake.settings, told), order.terms)
    at = datetime.now(UTC).isoformat(timespec="seconds")
    order = replace(order.counted("logs, history and pages", files=files), logical_at=at)
    book.keep(order)
    book.record(order, "logically gone", done=order.counts)
    log.info("erasure.logical", "a person is logically gone", erasure=order.erasure)
    return order


def physically(work: Work, order: Order, retention: timedelta) -> Searched:
    """Remove what no newest version needs, search every byte, and close the order if nothing is found."""
    lake, book, removed = work.lake, work.book, 0
    told = _still_there(work, order)
    for dataset, _ in _concerned(work, told):
        with table_lock(lake.lock(dataset), dataset.full_name, spark=work.spark):
            recover(lake, work.spark, dataset)
            for table in _tables(lake, dataset):
                if look_at(table, retention, thin=LEAST).dead:
                    removed += vacuum(work.spark, table, retention)
                blank_delta_log(log_folder(table), told, order.terms)
    blank(outside_of_tables(lake.settings, told), order.terms)
    found = _still_there(work, order)
    foreign = tuple(each for each in found if is_foreign(lake.settings, each.path))
    searched = Searched(tuple(each for each in found if each not in foreign), foreign)
    counts = {
        "searched_for": len(order.terms),
        "found_in_files": len({each.path for each in searched.left}),
        "elsewhere": len({each.path for each in foreign}),
    }
    if searched.left:
        book.record(order, "still found", **counts)
        log.warning("erasure.left", "a person is still found", erasure=order.erasure, **counts)
        return searched
    book.record(order, "physically gone", files_removed=removed, **counts)
    book.close(order)
    log.info("erasure.physical", "a person is physically gone", erasure=order.erasure)
    return searched


def _tables(lake: Lake, dataset: Dataset) -> list[Path]:
    """A dataset's table and those beside it, as far as they are there."""
    places = (lake.table(dataset), lake.quarantine(dataset), lake.tombstones(dataset))
    return [place for place in places if deltalog.exists(place)]


def _still_there(work: Work, order: Order) -> list[Finding]:
    """The files under ``var`` that hold what tells the person, but for the order itself."""
    return search([work.lake.settings.var_dir], order.terms, but=[work.book.orders_folder])


def _concerned(work: Work, told: list[Finding]) -> list[tuple[Dataset, Columns]]:
    """The datasets that may hold rows about the subject, and those that the person was found in."""
    lake = work.lake
    return [
        (lake.catalog[name], columns)
        for name, columns in columns_of(lake, work.subject).items()
        if columns.any
        or any(each.path.is_relative_to(place) for place in folders_of(lake, name) for each in told)
    ]
