"""Which tables a lake holds, found by looking at its folders: no JVM, no list to keep."""

from dataclasses import dataclass
from pathlib import Path

from lakehouse.engine.deltalog import exists
from lakehouse.layers import Layer
from lakehouse.settings import Settings

__all__ = ["LakeTable", "lake_tables"]


@dataclass(frozen=True, slots=True, order=True)
class LakeTable:
    """One Delta table of the lake: its layer, its name and its folder."""

    layer: str
    name: str
    path: Path

    @property
    def address(self) -> str:
        """The table as SQL says it: ``layer.name``."""
        return f"{self.layer}.{self.name}"


def lake_tables(settings: Settings) -> list[LakeTable]:
    """Every table of the lake, by layer and name.

    Folders that begin with ``_`` or ``.`` are passed over: quarantine lies there, and it holds
    personal data.
    """
    return [
        LakeTable(layer.value, folder.name, folder)
        for layer in Layer
        if (settings.lake_dir / layer.value).is_dir()
        for folder in sorted((settings.lake_dir / layer.value).iterdir())
        if not folder.name.startswith(("_", ".")) and exists(folder)
    ]
