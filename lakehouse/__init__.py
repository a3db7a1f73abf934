"""A paved road for data: declare a contract and a transformation, the road does the rest.

What an author of datasets needs is importable from here; names are loaded when first used, so that
``import lakehouse`` costs nothing.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lakehouse.contract import Contract, Field, rule
    from lakehouse.dataset import Dataset, bronze, gold, hours, serving, silver
    from lakehouse.errors import LakehouseError
    from lakehouse.evolution import Evolution
    from lakehouse.lake import Lake
    from lakehouse.layers import Layer
    from lakehouse.layout import cluster
    from lakehouse.modes import Append, History, ReplaceWindow, Snapshot, Upsert
    from lakehouse.partitions import daily, hourly, monthly, weekly
    from lakehouse.reading import changes, keys, whole, window
    from lakehouse.rules import BadShare, Custom, References, RowCount, Severity, UniqueKey
    from lakehouse.settings import Settings, load_settings
    from lakehouse.sources import FileFormat, Files, FullDumps, Workbooks

_HOMES = {
    "contract": ("Contract", "Field", "rule"),
    "dataset": ("Dataset", "bronze", "gold", "hours", "serving", "silver"),
    "errors": ("LakehouseError",),
    "evolution": ("Evolution",),
    "lake": ("Lake",),
    "layers": ("Layer",),
    "layout": ("cluster",),
    "modes": ("Append", "History", "ReplaceWindow", "Snapshot", "Upsert"),
    "partitions": ("daily", "hourly", "monthly", "weekly"),
    "reading": ("changes", "keys", "whole", "window"),
    "rules": ("BadShare", "Custom", "References", "RowCount", "Severity", "UniqueKey"),
    "settings": ("Settings", "load_settings"),
    "sources": ("FileFormat", "Files", "FullDumps", "Workbooks"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Append",
    "BadShare",
    "Contract",
    "Custom",
    "Dataset",
    "Evolution",
    "Field",
    "FileFormat",
    "Files",
    "FullDumps",
    "History",
    "Lake",
    "LakehouseError",
    "Layer",
    "References",
    "ReplaceWindow",
    "RowCount",
    "Settings",
    "Severity",
    "Snapshot",
    "UniqueKey",
    "Upsert",
    "Workbooks",
    "bronze",
    "changes",
    "cluster",
    "daily",
    "gold",
    "hourly",
    "hours",
    "keys",
    "load_settings",
    "monthly",
    "rule",
    "serving",
    "silver",
    "weekly",
    "whole",
    "window",
]


def __getattr__(name: str) -> Any:
    home = _HOME_OF.get(name)
    if home is None:
        message = f"module 'lakehouse' has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(importlib.import_module(f"lakehouse.{home}"), name)
