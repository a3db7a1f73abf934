"""Step 5, publish: which of the five ways a batch goes."""

from dataclasses import replace

from pyspark.sql import DataFrame

from lakehouse.errors import LakehouseError
from lakehouse.lake import Lake
from lakehouse.modes import Append, History, ReplaceWindow, Snapshot, Upsert
from lakehouse.writing import publish, tombstones
from lakehouse.writing.history import history, versions
from lakehouse.writing.intake import Intake
from lakehouse.writing.judge import Judged
from lakehouse.writing.publish import CHANGE, Publication
from lakehouse.writing.upsert import latest_live, replace_keys, upsert

__all__ = ["publish_batch"]


def publish_batch(publication: Publication, lake: Lake, intake: Intake, judged: Judged) -> None:
    """Publish the good rows by the dataset's write mode, in one commit."""
    dataset = publication.dataset
    mode, key = dataset.mode, dataset.spec.key
    match mode:
        case Append():
            publish.replace_all(publication) if intake.replaces else publish.append(publication)
        case Snapshot():
            publish.replace_all(_without_change(publication))
        case ReplaceWindow():
            plain = _without_change(publication)
            if intake.replaces or intake.windows is None or dataset.partitions is None:
                publish.replace_all(plain)
            else:
                publish.replace_windows(plain, dataset.partitions, intake.windows)
        case Upsert(sequence_by=None):
            if intake.replaces:
                publish.replace_all(_without_change(publication))
            else:
                replace_keys(publication, key, intake.touched)
        case Upsert(sequence_by=str(sequence)):
            gone = _tombstones(publication, lake, judged, (sequence,))
            if intake.replaces:
                rows = latest_live(publication.rows, gone, key, sequence)
                publish.replace_all(replace(publication, rows=rows))
            else:
                upsert(publication, key, sequence, gone)
        case History():
            gone = _tombstones(publication, lake, judged, (mode.sequence_by, mode.valid_column))
            if intake.replaces:
                rows = versions(publication.rows, gone, key, mode)
                publish.replace_all(replace(publication, rows=rows))
            else:
                history(publication, key, mode, gone)
        case _:
            message = f"{dataset.full_name}: the write mode {mode.name} is not known"
            raise LakehouseError(message)


def _without_change(publication: Publication) -> Publication:
    return replace(publication, rows=publication.rows.drop(CHANGE))


def _tombstones(
    publication: Publication, lake: Lake, judged: Judged, carried: tuple[str, ...]
) -> DataFrame | None:
    return tombstones.remember(
        publication.rows,
        lake.tombstones(publication.dataset),
        key=publication.dataset.spec.key,
        carried=carried,
        batch=publication.record.batch,
        deletes=judged.deletes,
    )
