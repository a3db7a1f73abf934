"""Inputs that a snapshot has looked at without finding anything new.

A snapshot whose result is what the table holds makes no commit, so its log cannot say which versions
of the inputs it has seen. A small file beside the lake says it. Losing the file costs one more look.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path

from lakehouse.dataset import Dataset
from lakehouse.engine import deltalog
from lakehouse.lake import Lake
from lakehouse.writing.record import InputRead

__all__ = ["inputs_seen", "note_inputs_seen"]


def inputs_seen(lake: Lake, dataset: Dataset) -> dict[str, InputRead]:
    """The input versions seen since the table's newest commit; empty where none are noted."""
    try:
        noted = json.loads(_file(lake, dataset).read_text())
        if noted["version"] != deltalog.version(lake.table(dataset)):
            return {}
        return {name: InputRead(**read) for name, read in noted["inputs"].items()}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def note_inputs_seen(lake: Lake, dataset: Dataset, inputs: Mapping[str, InputRead]) -> None:
    """Note that these versions of the inputs give what the table holds."""
    file = _file(lake, dataset)
    file.parent.mkdir(parents=True, exist_ok=True)
    body = {
        "version": deltalog.version(lake.table(dataset)),
        "inputs": {name: {"how": read.how, "to": read.to} for name, read in inputs.items()},
    }
    partial = file.with_suffix(f".{os.getpid()}.partial")
    partial.write_text(json.dumps(body))
    partial.replace(file)


def _file(lake: Lake, dataset: Dataset) -> Path:
    return lake.settings.lake_dir / "_seen" / f"{dataset.full_name}.json"
