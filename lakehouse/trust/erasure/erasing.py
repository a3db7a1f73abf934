"""Erasing a person, step by step; each step may be repeated: an erasure that was stopped is given again.

1. What is known of the person is looked up and written down as an order, in bronze's zone.
2. Keyed hashes of the identifiers go on the list: from here on no read from the bucket brings anybody back.
3. Dataset by dataset, under its lock: the bucket's files are rewritten, rows go out of the table, its
   quarantine and its tombstones. Then log lines, Dagster's history, pages. The person is *logically gone*.
4. When the retention that protects readers is over, or at once where that is said: files that no newest
   version needs are removed, every byte is searched, and only if nothing is found is the order removed and a
   record written that says so. The person is *physically gone*.

:func:`finish` takes up whatever was stopped or has become due; the weekly upkeep calls it.
Aggregates hold no person and stay as they were reported; a window that runs again counts whoever is left.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pyspark.sql import SparkSession

from lakehouse.errors import ErasureError, LakehouseError, explain
from lakehouse.lake import Lake
from lakehouse.telling.alerts import Alert, AlertKind, resolve, send_alert
from lakehouse.telling.logs import bind, get_logger
from lakehouse.trust.erasure.book import Book, Order, hash_of
from lakehouse.trust.erasure.knowing import is_known, new_order
from lakehouse.trust.erasure.matching import Wanted
from lakehouse.trust.erasure.phases import Searched, Work, logically, physically
from lakehouse.trust.search import Finding
from lakehouse.trust.subjects import Subject, load_subjects
from lakehouse.writing.maintain import RETENTION

__all__ = ["Erasure", "erase", "finish", "under_way"]

journal = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Erasure:
    """How far an erasure has come.

    ``done`` counts lines and rows by place. ``due`` is when the person is to be gone physically; None where
    they are. ``left`` names files that still tell the person, ``elsewhere`` those among what sources keep.
    """

    erasure: str
    subject: str
    done: dict[str, dict[str, int]]
    due: datetime | None
    left: tuple[Finding, ...] = ()
    elsewhere: tuple[Finding, ...] = ()


def erase(
    lake: Lake,
    session: Callable[[], SparkSession],
    subject: str,
    value: str,
    *,
    run: str,
    by: str,
    now: bool = False,
) -> Erasure:
    """Erase one person: logically, and with ``now`` physically as well. ``session`` is asked for when needed.

    Raises :class:`ErasureError` for a subject that is not declared, a person that no table knows, or where
    something cannot be rewritten; the same call then goes on from there.
    """
    book, declared = Book(lake.settings), _declared(lake, subject)
    key, own = lake.settings.require_erasure_key(), declared.identifiers[0].name
    spark = session()
    with book.locked(), bind(run=run):
        order = book.order(hash_of(value, subject, own, key)[:16])
        if order is None:
            _check_known(lake, spark, book, declared, value)
            order = new_order(lake, spark, declared, value, by=by)
            book.keep(order)
        return _go_on(Work(lake, spark, book, declared, run), order, timedelta() if now else None)


def finish(
    lake: Lake, session: Callable[[], SparkSession], *, run: str, at: datetime | None = None
) -> tuple[tuple[str, Erasure | Exception], ...]:
    """Go on with erasures that were stopped, and remove physically whoever's retention is over.

    Gives what became of each; what fails is alerted, and holds no other. ``session`` is asked for only where
    something is to be done; ``at`` is the time it is.
    """
    book, clock = Book(lake.settings), at or datetime.now(UTC)
    if not book.orders():
        return ()

    def work(order: Order) -> Work:
        return Work(lake, session(), book, _declared(lake, order.subject), run)

    with book.locked(), bind(run=run):
        return tuple(
            (order.erasure, _finish(lake, order, work, over=_is_over(order, clock)))
            for order in book.orders()
            if order.logical_at is None or _is_over(order, clock)
        )


def under_way(lake: Lake) -> tuple[tuple[Order, datetime | None], ...]:
    """The erasures under way, each with when it is to become physical: None while it is not yet logical."""
    orders = Book(lake.settings).orders()
    return tuple((order, _due(order) if order.logical_at else None) for order in orders)


def _finish(lake: Lake, order: Order, work: Callable[[Order], Work], *, over: bool) -> Erasure | Exception:
    try:
        done = _go_on(work(order), order, RETENTION if over else None)
    except Exception as error:  # noqa: BLE001 - a failure becomes an alert
        journal.error("erasure.failed", "an erasure could not be finished", error, erasure=order.erasure)
        told = str(error) if isinstance(error, LakehouseError) else type(error).__name__
        _alert(lake, order, told, type(error).__name__)
        return error
    if done.left:
        files = "\n".join(dict.fromkeys(str(each.path) for each in done.left))
        _alert(lake, order, f"the person is still found in\n{files}", "still found")
    else:
        resolve(lake.settings, AlertKind.ERASURE_UNFINISHED, order.erasure)
    return done


def _go_on(work: Work, order: Order, retention: timedelta | None) -> Erasure:
    """Bring an order as far as may be: with a retention to the end, without to where newest versions are."""
    work.book.put_on_list(order)
    if order.logical_at is None:
        order = logically(work, order)
    found = physically(work, order, retention) if retention is not None else Searched()
    gone = retention is not None and not found.left
    due = None if gone else _due(order)
    return Erasure(order.erasure, order.subject, order.counts, due, found.left, found.elsewhere)


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


def _check_known(lake: Lake, spark: SparkSession, book: Book, subject: Subject, value: str) -> None:
    """Refuse a slip of the pen: whoever came later under the same identifier would be kept out for good."""
    own, key = subject.identifiers[0], lake.settings.require_erasure_key()
    mark = hash_of(value, subject.name, own.name, key)
    listed = any(mark in each.hashes.get(own.name, ()) for each in book.erased())
    if listed or is_known(lake, spark, Wanted(subject, key, {own.name: frozenset({mark})})):
        return
    raise ErasureError(
        explain(
            f"there is no {subject.name} {value}",
            expected=f"a value of {own.columns[0]}, or of another column declared for {own.name}",
            found="no row in bronze or its quarantine",
            remedy="look at the id; what has only just arrived is taken in by `lakehouse run`",
        )
    )


def _is_over(order: Order, clock: datetime) -> bool:
    return order.logical_at is not None and _due(order) <= clock


def _due(order: Order) -> datetime:
    return datetime.fromisoformat(order.logical_at or order.asked_at) + RETENTION


def _alert(lake: Lake, order: Order, told: str, cause: str) -> None:
    subject = f"erasure {order.erasure} could not be finished"
    message = f"{told}\nTry again: `lakehouse erase --finish`"
    send_alert(
        lake.settings,
        Alert(AlertKind.ERASURE_UNFINISHED, subject, order.erasure, order.by, message, cause),
    )
