"""Reconciling on a schedule: the owner is told of what nothing explains, once, until it is right again."""

from collections.abc import Iterator, Sequence

from lakehouse.errors import SettingsError, explain
from lakehouse.lake import Lake
from lakehouse.telling.alerts import Alert, AlertKind, resolve, send_alert
from lakehouse.telling.logs import get_logger
from lakehouse.trust.reconciliation.comparing import Report, reconcile, told

__all__ = ["database_of", "reconcile_and_tell"]

journal = get_logger(__name__)


def database_of(lake: Lake, system: str) -> str:
    """The URL of a source's database from the settings, or a :class:`SettingsError` that says how."""
    url = lake.settings.source_databases.get(system)
    if url is None:
        raise SettingsError(
            explain(
                "nobody has said where the source's database is",
                where=system,
                expected=f'LAKEHOUSE_SOURCE_DATABASES={{"{system}": "postgresql://USER:PASSWORD@HOST/NAME"}}',
                found=f"databases of {', '.join(lake.settings.source_databases) or 'no system'}",
                remedy="set it in the environment or in .env",
            )
        )
    return url.get_secret_value()


def reconcile_and_tell(
    lake: Lake,
    database: str,
    system: str,
    *,
    names: Sequence[str] = (),
    schema: str | None = None,
    drained: bool = False,
    patience: float = 0.0,
) -> Iterator[Report]:
    """As :func:`~lakehouse.trust.reconciliation.comparing.reconcile`, and log or alert of each report."""
    compared = reconcile(
        lake, database, system, names=names, schema=schema, drained=drained, patience=patience
    )
    for report in compared:
        if report.clean:
            resolve(lake.settings, AlertKind.SOURCE_DIFFERS, report.dataset)
            journal.info("reconcile.clean", told(report), dataset=report.dataset)
        else:
            send_alert(lake.settings, _alert(lake, report))
        yield report


def _alert(lake: Lake, report: Report) -> Alert:
    where = f"; keys: {'; '.join(report.examples)}" if report.examples else ""
    return Alert(
        AlertKind.SOURCE_DIFFERS,
        f"{report.dataset} is not what {report.table} is",
        report.dataset,
        lake.catalog[report.dataset].owner,
        f"{told(report)}{where}. See `lakehouse reconcile`; what was lost on the way comes back by a new"
        " snapshot or dump of the source.",
        "reconciliation",
    )
