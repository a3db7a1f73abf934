"""When a step fails: who is told, and what Dagster may show of it."""

from collections.abc import Iterator, Sequence

import dagster as dg

from lakehouse.dagster.checks import Verdict, verdicts
from lakehouse.dataset import Dataset
from lakehouse.errors import BatchRefused, ConservationError, LakehouseError, explain
from lakehouse.settings import Settings
from lakehouse.telling.alerts import Alert, AlertKind, resolve, send_alert
from lakehouse.telling.logs import get_logger, masked
from lakehouse.writing.drift import changes_of
from lakehouse.writing.record import CommitRecord

__all__ = ["failure", "refused", "said", "tell", "tell_of_changes", "tell_of_loads", "well_again"]

journal = get_logger(__name__)
_LONGEST = 500
_KINDS = (AlertKind.RUN_FAILED, AlertKind.CHECK_FAILED, AlertKind.CONSERVATION_BROKEN)


def tell(settings: Settings, dataset: Dataset, error: Exception) -> None:
    """Alert the owner, once."""
    journal.error("step.failed", "the step failed", error=error, dataset=dataset.full_name)
    kind, subject = AlertKind.RUN_FAILED, f"{dataset.full_name} could not be written"
    if isinstance(error, BatchRefused):
        kind, subject = AlertKind.CHECK_FAILED, f"a batch of {dataset.full_name} was refused"
    elif isinstance(error, ConservationError):
        kind, subject = AlertKind.CONSERVATION_BROKEN, f"rows of {dataset.full_name} do not add up"
    broken = [
        verdict.check.rule
        for verdict in refused(dataset, error)
        if not verdict.passed and verdict.means.blocks
    ]
    cause = ", ".join(broken) or type(error).__name__
    _tell(settings, dataset, kind, subject=subject, message=said(error, dataset), cause=cause)


def well_again(settings: Settings, dataset: Dataset, job: str) -> None:
    """The step worked, or found nothing to do: what was said of it, and of a crashed job, is over."""
    resolve(settings, AlertKind.RUN_FAILED, job)
    for kind in _KINDS:
        resolve(settings, kind, dataset.full_name)


def tell_of_loads(settings: Settings, dataset: Dataset, problems: Sequence[str]) -> None:
    """Alert the owner, once, of what lies in the bucket and cannot be taken; nothing left, it is over."""
    if not problems or dataset.source is None:
        resolve(settings, AlertKind.LOAD_REFUSED, dataset.full_name)
        return
    subject = f"{len(problems)} of {dataset.source.name}'s loads cannot be taken"
    cause = "; ".join(sorted(problems))
    message = "\n".join(problems)
    _tell(settings, dataset, AlertKind.LOAD_REFUSED, subject=subject, message=message, cause=cause)


def tell_of_changes(settings: Settings, dataset: Dataset, record: CommitRecord | None) -> None:
    """Alert the owner, once, that the source is not what the contract says; once it is again, it is over.

    A step that wrote nothing says nothing of it.
    """
    if record is None or dataset.source is None or not record.rows_in:
        return
    changes = changes_of(record)
    if not changes:
        resolve(settings, AlertKind.SOURCE_CHANGED, dataset.full_name)
        return
    message = explain(
        "the source is no longer what the contract says; what reads the table goes on with what it has",
        where=f"{dataset.full_name} ({dataset.source.name})",
        found="; ".join(str(change) for change in changes),
        remedy="let the contract say it, then `lakehouse reload` what should have it; see `lakehouse drift`",
    )
    cause = ", ".join(sorted(f"{change.kind} {change.column}" for change in changes))
    subject = f"{dataset.source.name} has changed"
    _tell(settings, dataset, AlertKind.SOURCE_CHANGED, subject=subject, message=message, cause=cause)


def _tell(
    settings: Settings, dataset: Dataset, kind: AlertKind, *, subject: str, message: str, cause: str
) -> None:
    send_alert(settings, Alert(kind, subject, dataset.full_name, dataset.owner, message, cause))


def said(error: BaseException, dataset: Dataset) -> str:
    """An error as anybody may read it: the road's own in full, a foreign one without its values."""
    if isinstance(error, LakehouseError):
        return str(error)
    line = next(iter(str(error).strip().splitlines()), "")
    return explain(
        "the step failed",
        where=dataset.full_name,
        found=f"{type(error).__name__}: {masked(line)[:_LONGEST]}" if line else type(error).__name__,
        remedy='the run\'s log lines say where: `lakehouse sql "select * from ops.logs"`',
    )


def refused(dataset: Dataset, error: Exception) -> Iterator[Verdict]:
    """The verdicts on a batch that was refused, as far as the error carries its counts."""
    if isinstance(error, BatchRefused) and error.counts:
        yield from verdicts(dataset, error.counts, error.samples, error.rows)


def failure(error: Exception, dataset: Dataset) -> dg.Failure:
    """What ends the step: no retry, since trying again gives the same answer."""
    return dg.Failure(said(error, dataset), allow_retries=False)
