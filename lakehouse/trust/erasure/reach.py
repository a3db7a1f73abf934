"""Which files are the lake's to change, and whose they are."""

from collections.abc import Iterable
from pathlib import Path

from lakehouse.lake import Lake
from lakehouse.settings import Settings
from lakehouse.trust.search import Finding

__all__ = ["folders_of", "is_foreign", "outside_of_tables", "systems_of"]


def systems_of(lake: Lake, name: str) -> tuple[str, ...]:
    """The bucket's folders that a bronze dataset is, or was, fed from."""
    source = lake.catalog[name].source
    if source is None:
        return ()
    return tuple(dict.fromkeys((source.system, lake.settings.feeds.get(source.system, source.system))))


def folders_of(lake: Lake, name: str) -> tuple[Path, ...]:
    """Every folder that holds a dataset's rows: its table's, those beside it, its source's in the bucket."""
    dataset = lake.catalog[name]
    tables = (lake.table(dataset), lake.quarantine(dataset), lake.tombstones(dataset))
    of_source = dataset.source.table if dataset.source else ""
    return (*tables, *(lake.settings.bucket_dir / system / of_source for system in systems_of(lake, name)))


def is_foreign(settings: Settings, path: Path) -> bool:
    """Whether a file is not the lake's to change: what a source keeps, or another environment's."""
    own = (settings.lake_dir, settings.bucket_dir, settings.log_dir, settings.dagster_home)
    shared = (settings.var_dir / name for name in ("alerts", "letters", "site"))
    return not any(path.is_relative_to(place) for place in (*own, *shared))


def outside_of_tables(settings: Settings, found: Iterable[Finding]) -> list[Finding]:
    """The lake's own files among some that are neither a table's nor the bucket's."""
    tables = (settings.lake_dir, settings.bucket_dir)
    return [
        each
        for each in found
        if not is_foreign(settings, each.path) and not any(map(each.path.is_relative_to, tables))
    ]
