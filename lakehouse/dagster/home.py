"""Dagster's home: the folder of its history, in the lake's own ``var``. Knows Dagster by name only."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from lakehouse.settings import Settings

__all__ = ["DAGSTER_YAML", "at_home", "ensure_home"]

DAGSTER_YAML = """\
# Written by `lakehouse setup`; yours to change. History is kept beside this file, in SQLite: for another
# database, put Dagster's `storage` in the place of `event_log_storage`.
event_log_storage:
  module: lakehouse.dagster.event_log
  class: SqliteEventLog
  config:
    base_dir:
      env: DAGSTER_HOME
telemetry:
  enabled: false
nux:
  enabled: false
# Each run starts a Spark session of its own; a small machine has room for one.
concurrency:
  runs:
    max_concurrent_runs: 1
# A run that was killed, or lost with its machine, is tried again; one whose table failed would fail again.
run_retries:
  enabled: true
  max_retries: 2
  retry_on_asset_or_op_failure: false
"""


def ensure_home(settings: Settings) -> None:
    """Make the folder and its ``dagster.yaml`` where they are missing. Leaves what is there."""
    settings.dagster_home.mkdir(parents=True, exist_ok=True)
    file = settings.dagster_home / "dagster.yaml"
    if not file.exists():
        file.write_text(DAGSTER_YAML)


@contextmanager
def at_home(settings: Settings) -> Iterator[None]:
    """Point Dagster at the lake's home until the context ends; no telemetry, whatever the file says."""
    ensure_home(settings)
    ours = {"DAGSTER_HOME": str(settings.dagster_home), "DAGSTER_DISABLE_TELEMETRY": "yes"}
    before = {name: os.environ.get(name) for name in ours}
    os.environ.update(ours)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
