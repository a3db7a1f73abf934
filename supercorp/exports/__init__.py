"""What the company's other systems give as files: ad platform, help desk, planner's sheet, tracking plan."""

from datetime import date

from supercorp.exports.ads import ad_report
from supercorp.exports.files import ExportFile, write_files
from supercorp.exports.help_desk import ticket_export
from supercorp.exports.sheet import sheet_file, sheet_weeks
from supercorp.exports.tracking import plan_export, plan_is_exported
from supercorp.world import World

__all__ = ["ExportFile", "exports_of", "write_files"]


def exports_of(world: World, day: date) -> list[ExportFile]:
    """The files that are ready when a day is over: report and tickets, and once a week sheet and plan."""
    sheets = [sheet_file(world, each) for each in sheet_weeks(world, day, day)]
    plans = [plan_export(day)] if plan_is_exported(world, day) else []
    return [ad_report(world, day), ticket_export(world, day), *sheets, *plans]
