"""Step 5, publish: which of the five ways a batch goes."""

from dataclasses import replace

from pyspark.sql import DataFrame

from lakehouse.errors import LakehouseError, explain
from lakehouse.lake import Lake
from lakehouse.modes import Append, History, ReplaceWindow, Snapshot, Upsert
from lakehouse.writing import publish, tombstones
from lakehouse.writing.history import history, versions
from lakehouse.writing.intake import Intake
from lakehouse.writing.judge import Judged
from lakehouse.writing.publish import CHANGE, Publication
from lakehouse.writing.request import Trigger
from lakehouse.writing.upsert import latest_live, replace_keys, upsert

__all__ = ["publish_batch"]


def publish_batch(publication: Publication, lake: Lake, intake: Intake, judged: Judged) -> None:
    """Publish the good rows by the dataset's write mode, in one commit."""
    mode = publication.dataset.mode
    if isinstance(mode, (Upsert, History)) and not judged.deletes:
        publication = _without_change(publication)  # every row is put: a merge of puts alone is shorter
    match mode:
        case Append():
            _append(publication, intake)
        case Snapshot():
            publish.replace_all(_without_change(publication))
        case ReplaceWindow():
            _replace_window(_without_change(publication), intake)
        case Upsert(sequence_by=None):
            _replace_keys(publication, intake)
        case Upsert():
            gone = _tombstones(publication, lake, intake, judged, mode.sequence)
            _upsert(publication, mode.sequence, gone, intake)
        case History():
            carried = (*mode.sequence, mode.valid_column)
            _history(publication, mode, _tombstones(publication, lake, intake, judged, carried), intake)
        case _:
            raise LakehouseError(
                explain(f"the write mode {mode.name} is not known", where=publication.dataset.full_name),
            )


def _append(publication: Publication, intake: Intake) -> None:
    if intake.replaces and publication.staged is None:
        publish.replace_all(publication)
    elif publication.record.trigger == Trigger.RELOAD.value:
        publish.replace_loads(publication, intake.loads)
    else:
        publish.append(publication)


def _replace_window(publication: Publication, intake: Intake) -> None:
    partitions = publication.dataset.partitions
    if intake.replaces or intake.windows is None or partitions is None:
        publish.replace_all(publication)
    else:
        publish.replace_windows(publication, partitions, intake.windows)


def _replace_keys(publication: Publication, intake: Intake) -> None:
    if intake.replaces:
        publish.replace_all(_without_change(publication))
    else:
        replace_keys(publication, publication.dataset.spec.key, intake.touched)


def _upsert(
    publication: Publication, sequence: tuple[str, ...], gone: DataFrame | None, intake: Intake
) -> None:
    key = publication.dataset.spec.key
    if intake.replaces:
        publish.replace_all(replace(publication, rows=latest_live(publication.rows, gone, key, sequence)))
    else:
        upsert(publication, key, sequence, gone)


def _history(publication: Publication, mode: History, gone: DataFrame | None, intake: Intake) -> None:
    key = publication.dataset.spec.key
    if intake.replaces:
        publish.replace_all(replace(publication, rows=versions(publication.rows, gone, key, mode)))
    else:
        history(publication, key, mode, gone)


def _without_change(publication: Publication) -> Publication:
    return replace(publication, rows=publication.rows.drop(CHANGE))


def _tombstones(
    publication: Publication,
    lake: Lake,
    intake: Intake,
    judged: Judged,
    carried: tuple[str, ...],
) -> DataFrame | None:
    return tombstones.remember(
        publication.rows,
        lake.tombstones(publication.dataset),
        key=publication.dataset.spec.key,
        carried=carried,
        batch=publication.record.batch,
        deletes=judged.deletes,
        replaces=intake.replaces,
    )
