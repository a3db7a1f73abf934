"""The one place where everything is put together, for Dagster and for nobody else.

Loaded by ``workspace.yaml``. Settings and datasets are read when Dagster asks for the definitions, not
when this file is imported; no table is opened and no JVM is started.
"""

from pathlib import Path

import dagster as dg

from jobs.refresh import daily_refresh
from lakehouse.dagster.definitions import build_definitions
from lakehouse.dagster.pages import weekly_letter
from lakehouse.lake import Lake
from lakehouse.settings import load_settings
from resources.spark import spark


@dg.definitions
def defs() -> dg.Definitions:
    """The lake's assets, checks, jobs, schedules and sensors."""
    lake = Lake.load(load_settings(Path(__file__).resolve().parent))
    return build_definitions(
        lake,
        schedules=[daily_refresh(lake), weekly_letter(lake, "ceo")],
        resources={"spark": spark(lake.settings)},
    )
