"""What the lake's tables, sources and rules are called in Dagster."""

import re

import dagster as dg

from lakehouse.dataset import Dataset
from lakehouse.modes import ReplaceWindow
from lakehouse.sources import Files

__all__ = ["TYPES", "asset_key", "check_name", "is_windowed", "source_key", "step_name", "tag_text"]

TYPES = "types"
"""The one check that stands for the types of all columns."""

_SPOKEN = {
    "_line": "line_readable",
    "_evolution": "evolution",
    "_missing_columns": "no_missing_columns",
    "_unexpected_columns": "no_unexpected_columns",
}
_LONGEST_TAG = 63


def asset_key(dataset: Dataset) -> dg.AssetKey:
    """``layer/name``: where the table stands in the lake is where the asset stands in the catalog."""
    return dg.AssetKey([dataset.layer.value, dataset.name])


def source_key(source: Files) -> dg.AssetKey:
    """``sources/system/table``: what a bronze table reads, which the lake does not make."""
    return dg.AssetKey(["sources", source.system, source.table])


def step_name(dataset: Dataset) -> str:
    """The name of the step that writes the table, and of its one output."""
    return f"{dataset.layer.value}__{dataset.name}"


def check_name(rule: str) -> str:
    """The check of a rule. Dagster allows letters, digits and underscores."""
    return _SPOKEN.get(rule) or re.sub(r"\W", "_", rule, flags=re.ASCII)


def is_windowed(dataset: Dataset) -> bool:
    """Whether the table is written window by window, so that its asset has partitions."""
    return dataset.partitions is not None and isinstance(dataset.mode, ReplaceWindow)


def tag_text(text: str) -> str:
    """A text as a tag's key or value may hold it."""
    return re.sub(r"[^A-Za-z0-9_.-]", "_", text)[:_LONGEST_TAG]
