"""The planner's spreadsheet: overrides typed by hand, saved once a week, with what hands do to a table.

A merged title and a header over two rows; dates typed as text, numbers with a decimal comma as text, a stray
total at the bottom in some weeks, and a column that has another name in one week.
"""

import io
import re
import zipfile
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np

from supercorp.clock import midnight
from supercorp.dice import Dice
from supercorp.errors import ExportError, explain
from supercorp.exports.files import ExportFile
from supercorp.world import World

Workbook = Any  # openpyxl has no type information of its own
Worksheet = Any

__all__ = ["COLUMNS", "RENAMED", "Override", "SheetWeek", "sheet_file", "sheet_week", "sheet_weeks"]

COLUMNS = ("SKU", "Product", "Vendor", "Reorder point", "Order up to", "Hold until", "Note")
RENAMED = ("Reorder point", "ROP (new!)")
_NOTES = (None, "ask Tess", "seasonal", "check price", "vendor is slow, see other tab", None)
_MOMENT = (1980, 1, 1, 0, 0, 0)  # zip files cannot say anything earlier


@dataclass(frozen=True, slots=True)
class Override:
    """One row as it was meant, and which of its cells were typed as text."""

    product: int
    vendor: int
    reorder_point: float
    order_up_to: int
    hold_until: date | None
    note: str | None
    date_as_text: bool
    number_with_comma: bool


@dataclass(frozen=True, slots=True)
class SheetWeek:
    """The sheet of one week as it was meant, and what is wrong with it as a whole."""

    saved: date
    overrides: tuple[Override, ...]
    total_row: bool
    renamed: bool

    @property
    def name(self) -> str:
        """The file's name: it carries the ISO week."""
        year, week, _ = self.saved.isocalendar()
        return f"warehouse/reorder_overrides/{year}-W{week:02d}.xlsx"


def sheet_weeks(world: World, first: date, last: date) -> list[date]:
    """The days on which the sheet is saved, both ends included."""
    weekday = world.operations.parameters.sheet["weekday"]
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    return [day for day in days if day.weekday() == weekday]


def sheet_week(world: World, day: date) -> SheetWeek:
    """What the planner has in the sheet on a day: the products on hold, and some with other limits."""
    rules, dice, operations = world.operations.parameters.sheet, Dice(world.seed), world.operations
    number = (day - world.first_day).days
    held = operations.holds.on(number)
    others = np.setdiff1d(np.arange(world.catalog.buyable), operations.holds.product)
    listed = np.sort(np.concatenate([held, dice.fewest("sheet.products", others, rules["rows"] - len(held))]))
    supplier = operations.vendors.supplying(midnight(day))
    ends = dict(zip(operations.holds.product.tolist(), operations.holds.ends.tolist(), strict=True))
    as_text = dice.happens("sheet.date", rules["date_as_text"], listed, number)
    comma = dice.happens("sheet.comma", rules["number_with_comma"], listed, number)
    points = 5 + dice.below("sheet.point", 80, listed) / 2
    note = dice.below("sheet.note", len(_NOTES), listed)
    holds = set(held.tolist())
    overrides = tuple(
        Override(
            product=product,
            vendor=int(supplier[product]),
            reorder_point=point,
            order_up_to=int(point * 3) + 6,
            hold_until=world.first_day + timedelta(days=ends[product]) if product in holds else None,
            note="on hold, discontinued?" if product in holds else _NOTES[words],
            date_as_text=product in holds and text,
            number_with_comma=with_comma,
        )
        for product, point, words, text, with_comma in zip(
            listed.tolist(), points.tolist(), note.tolist(), as_text.tolist(), comma.tolist(), strict=True
        )
    )
    begin = world.first_day + timedelta(days=int(rules["renamed_at"] * world.days))
    return SheetWeek(
        saved=day,
        overrides=overrides,
        total_row=bool(dice.happens("sheet.total", rules["total_row"], number)),
        renamed=begin <= day < begin + timedelta(days=7),
    )


def sheet_file(world: World, day: date) -> ExportFile:
    """The week's file; the same bytes for the same company. Raises :class:`ExportError` without openpyxl."""
    try:
        import openpyxl
    except ImportError:
        raise ExportError(
            explain(
                "spreadsheets cannot be written",
                expected="the Python package openpyxl",
                remedy='install it with `pip install "paved-lakehouse[spreadsheets]"`',
            )
        ) from None
    week = sheet_week(world, day)
    book = openpyxl.Workbook()
    book.properties.creator = "planner"
    book.properties.created = book.properties.modified = datetime(day.year, day.month, day.day, 7)  # noqa: DTZ001 Excel knows no zones
    sheet = book.worksheets[0]
    sheet.title = "Reorder"
    _overrides(sheet, world, week)
    _vendor_notes(book.create_sheet("Vendors"), world, midnight(day))
    return ExportFile(week.name, _same_bytes(book))


def _overrides(sheet: Worksheet, world: World, week: SheetWeek) -> None:
    sheet.append([f"Reorder overrides, saved {week.saved:%d.%m.%Y}. Please do not sort!"])
    sheet.merge_cells("A1:G1")
    sheet.append([None, None, None, "Stock levels", None, None, None])
    sheet.merge_cells("D2:E2")
    sheet.append([RENAMED[1] if week.renamed and name == RENAMED[0] else name for name in COLUMNS])
    for each in week.overrides:
        point, hold = each.reorder_point, each.hold_until
        sheet.append(
            [
                f"SKU-{each.product + 1:05d}",
                world.catalog.name[each.product],
                world.operations.vendors.name(each.vendor),
                f"{point:.1f}".replace(".", ",") if each.number_with_comma else point,
                each.order_up_to,
                f"{hold.day}.{hold.month}.{hold.year}" if hold and each.date_as_text else hold,
                each.note,
            ]
        )
    if week.total_row:
        total = sum(each.order_up_to for each in week.overrides)
        sheet.append([None, "Total", None, None, total, None, None])


def _vendor_notes(sheet: Worksheet, world: World, moment: int) -> None:
    vendors = world.operations.vendors
    sheet.append(["Vendor", "Days (they say)", "Terms", "Note"])
    for position in np.flatnonzero(vendors.dropped > moment).tolist():
        slow = vendors.lateness[position] > 1
        row = [vendors.name(position), int(vendors.lead_days[position]), int(vendors.terms_days[position])]
        sheet.append([*row, "always late!!" if slow else None])


def _same_bytes(book: Workbook) -> bytes:
    """The workbook's bytes without the moment at which it was packed."""
    packed, again = io.BytesIO(), io.BytesIO()
    book.save(packed)
    with zipfile.ZipFile(packed) as found, zipfile.ZipFile(again, "w", zipfile.ZIP_DEFLATED) as made:
        for item in found.infolist():
            content = found.read(item)
            if item.filename == "docProps/core.xml":
                content = _without_clock(content, book)
            made.writestr(zipfile.ZipInfo(item.filename, _MOMENT), content, zipfile.ZIP_DEFLATED)
    return again.getvalue()


def _without_clock(content: bytes, book: Workbook) -> bytes:
    """The properties with the book's own time of creation for that of saving, which openpyxl writes."""
    created = book.properties.created.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    return re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>" + created, content)
