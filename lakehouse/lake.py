"""A lake: a catalog of datasets in the place that the settings name."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from lakehouse.change.fingerprint import code_hash
from lakehouse.dataset import Dataset
from lakehouse.discovery import Catalog, discover
from lakehouse.settings import Settings, load_settings

__all__ = ["Lake"]


@dataclass(frozen=True, slots=True)
class Lake:
    """What every part of the road is given: the settings and the datasets, in the company's time zone."""

    settings: Settings
    catalog: Catalog

    def __post_init__(self) -> None:
        zone = self.settings.company_timezone
        datasets = {each.name: _in_company_time(each, zone) for each in self.catalog}
        object.__setattr__(self, "catalog", Catalog(datasets))

    @classmethod
    def load(cls, settings: Settings | None = None) -> Self:
        """The project's lake: settings from the environment, datasets from its folders."""
        settings = settings or load_settings()
        catalog = discover(settings.datasets, settings.project)
        for dataset in catalog:  # now, while the files are as they were imported: a run may last longer
            code_hash(dataset.function)
        return cls(settings, catalog)

    def table(self, dataset: Dataset) -> Path:
        """The folder of a dataset's table."""
        return self.settings.table_dir(dataset.layer, dataset.name)

    def quarantine(self, dataset: Dataset) -> Path:
        """The folder of a dataset's quarantine, inside bronze's security zone."""
        return self.settings.lake_dir / "bronze" / "_quarantine" / dataset.full_name

    def tombstones(self, dataset: Dataset) -> Path:
        """The folder where a keyed table remembers what was deleted, and when."""
        return self.settings.lake_dir / dataset.layer.value / "_tombstones" / dataset.name

    def lock(self, dataset: Dataset) -> Path:
        """The file whose lock a writer of the table holds."""
        return self.settings.lake_dir / "_locks" / f"{dataset.full_name}.lock"


def _in_company_time(dataset: Dataset, zone: str) -> Dataset:
    """The dataset with its windows in the company's time zone, if it declares none of its own."""
    windows = dataset.partitions
    if windows is None or windows.company_timezone == zone:
        return dataset
    return replace(dataset, partitions=replace(windows, company_timezone=zone))
