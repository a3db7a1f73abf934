"""The tracking plan as its tool exports it: whole, on the opening day and every Monday."""

import json
from datetime import date

from supercorp.events.plan import plan_entries
from supercorp.exports.files import ExportFile
from supercorp.world import World

__all__ = ["plan_export", "plan_is_exported"]


def plan_is_exported(world: World, day: date) -> bool:
    """Whether there is an export that day."""
    return day == world.first_day or day.weekday() == 0


def plan_export(day: date) -> ExportFile:
    """The plan as of a day: JSON, one entry a line."""
    text = "".join(f"{json.dumps(entry)}\n" for entry in plan_entries())
    return ExportFile(f"tracking/plan/{day.isoformat()}.jsonl", text.encode())
