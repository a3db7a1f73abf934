"""What the company's other systems give as files: ad platform, help desk, the planner's sheet."""

from datetime import date

from supercorp.exports.ads import ad_report
from supercorp.exports.files import ExportFile, write_files
from supercorp.exports.help_desk import ticket_export
from supercorp.exports.sheet import sheet_file, sheet_weeks
from supercorp.world import World

__all__ = ["ExportFile", "exports_of", "write_files"]


def exports_of(world: World, day: date) -> list[ExportFile]:
    """The files that are ready when a day is over: the report, the tickets and, once a week, the sheet."""
    sheets = [sheet_file(world, each) for each in sheet_weeks(world, day, day)]
    return [ad_report(world, day), ticket_export(world, day), *sheets]
