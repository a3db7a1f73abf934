"""The one path by which the lake calls for help.

Everything that can fail calls :func:`send_alert`. It always writes the log, sends by every way the
settings name (mail, webhook), names the owner, and **says a thing once**: an alert with the same
kind, dataset and cause is not repeated until :func:`resolve` says that it is over. What could not be
delivered is not counted as said, so the next attempt tries again, by the way that failed only.

An alert carries counts, names and positions, never a value from the data: mail is read everywhere.
"""

import json
from collections.abc import Collection
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from lakehouse.errors import AlertError
from lakehouse.settings import Settings
from lakehouse.telling.logs import get_logger
from lakehouse.telling.said import Key, Said
from lakehouse.telling.senders import senders

__all__ = ["Alert", "AlertKind", "Delivery", "resolve", "send_alert"]

journal = get_logger(__name__)


class AlertKind(StrEnum):
    """What went wrong, in the few words that a filter or a rule in a mailbox can know."""

    RUN_FAILED = "run_failed"
    CHECK_FAILED = "check_failed"
    LOAD_REFUSED = "load_refused"
    SOURCE_CHANGED = "source_changed"
    SOURCE_DIFFERS = "source_differs"
    SOURCE_STALE = "source_stale"
    TABLE_STALE = "table_stale"
    CONSERVATION_BROKEN = "conservation_broken"
    UPKEEP_FAILED = "upkeep_failed"
    ERASURE_UNFINISHED = "erasure_unfinished"
    METRIC_DROPPED = "metric_dropped"


@dataclass(frozen=True, slots=True)
class Alert:
    """A call for help.

    ``subject`` is one line; ``message`` says what happened and what to do; ``owner`` is who should
    (``team:platform``). ``cause`` tells one trouble from another of the same kind and dataset: a
    rule's name or an error's kind, nothing that changes from run to run.
    """

    kind: AlertKind
    subject: str
    dataset: str
    owner: str
    message: str
    cause: str

    @property
    def key(self) -> Key:
        """What makes two alerts the same."""
        return Key(self.kind.value, self.dataset, self.cause)


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of an alert: the ways it was ``sent`` by, the ways that ``failed`` and why.

    ``repeated`` means that everyone had been told before; nothing was sent or logged again.
    """

    sent: tuple[str, ...] = ()
    failed: dict[str, str] = field(default_factory=dict)
    repeated: bool = False


def send_alert(settings: Settings, alert: Alert, *, strict: bool = False) -> Delivery:
    """Say it, once. With ``strict``, a failed delivery raises :class:`AlertError`; it is logged either way.

    Safe with several processes: what was said is kept in ``var/alerts/ENV.json`` under a lock that is
    held while sending. A process killed between sending and noting repeats the alert, never loses it.
    """
    with Said.open(settings) as said:
        ways = senders(settings)
        told = said.ways(alert.key)
        if told is not None and all(way.name in told for way in ways):
            return Delivery(repeated=True)
        if told is None:
            _write_log(alert)
        subject, body = _letter(settings, alert)
        facts = asdict(alert) | {"environment": settings.environment, "at": datetime.now(UTC).isoformat()}
        sent: list[str] = []
        failed: dict[str, str] = {}
        for way in (way for way in ways if way.name not in (told or ())):
            try:
                way.send(subject, body, facts)
            except AlertError as error:
                failed[way.name] = str(error)
                journal.error("alert.undelivered", f"an alert was not delivered by {way.name}", error=error)
            else:
                sent.append(way.name)
        said.note(alert.key, (*(told or ()), *sent))
    if failed and strict:
        raise AlertError(json.dumps(failed, ensure_ascii=False))
    return Delivery(tuple(sent), failed)


def resolve(settings: Settings, kind: AlertKind, dataset: str, *, but: Collection[str] = ()) -> int:
    """The trouble is over, ``but`` for these causes: forget what was said of it. Gives how many there were.

    Call it whenever the thing works; where nothing was said, it costs one look at a small file.
    """
    if not Said.anything(settings):
        return 0
    with Said.open(settings) as said:
        forgotten = said.forget(kind.value, dataset, but)
    if forgotten:
        journal.info("alert.resolved", f"{kind.value} is over", dataset=dataset, alerts=forgotten)
    return forgotten


def _write_log(alert: Alert) -> None:
    journal.error(
        f"alert.{alert.kind.value}",
        f"{alert.subject}: {alert.message}",
        dataset=alert.dataset,
        owner=alert.owner,
        cause=alert.cause,
    )


def _letter(settings: Settings, alert: Alert) -> tuple[str, str]:
    subject = f"[lakehouse {settings.environment}] {alert.subject} ({alert.owner})"
    body = (
        f"{alert.message}\n\n"
        f"What         {alert.kind.value}: {alert.cause}\n"
        f"Dataset      {alert.dataset}\n"
        f"Owner        {alert.owner}\n"
        f"Environment  {settings.environment}\n\n"
        "This is said once; it is said again if it happens after having been resolved.\n"
        "More: lakehouse sql \"select * from ops.logs where level = 'error' order by at desc\" --limit 20\n"
    )
    return subject, body
