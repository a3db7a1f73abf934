"""A lake: a catalog of datasets in the place that the settings name."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from lakehouse.dataset import Dataset
from lakehouse.discovery import Catalog, discover
from lakehouse.settings import Settings, load_settings

__all__ = ["Lake"]


@dataclass(frozen=True, slots=True)
class Lake:
    """What every part of the road is given: the settings and the datasets."""

    settings: Settings
    catalog: Catalog

    @classmethod
    def load(cls, settings: Settings | None = None) -> Self:
        """The project's lake: settings from the environment, datasets from its folders."""
        settings = settings or load_settings()
        return cls(settings, discover(settings.datasets, settings.project))

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
