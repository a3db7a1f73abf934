"""The rows of a workbook's sheet as records: what people keep in a spreadsheet, read like lines of a file.

Values become texts as a reader of the sheet would write them exactly: numbers with all their digits, dates
and times in ISO form. A workbook that cannot be read gives one row that says so.
"""

import json
import re
import zipfile
import zlib
from collections.abc import Iterator
from datetime import datetime, time
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

from lakehouse.errors import SetupError, explain

__all__ = ["SheetRow", "sheet_rows"]

SheetRow = tuple[int, str, str | None, str | None]
"""The row's number in the sheet, its cells as a JSON array, the record or None, what is wrong or None."""

_UNREADABLE = (zipfile.BadZipFile, zlib.error, ParseError, EOFError, KeyError, ValueError)


def sheet_rows(path: Path, sheet: str, header: str) -> Iterator[SheetRow]:
    """The rows below the header of a sheet (without a name, the first) that have anything in them.

    The header is the first row with a cell that reads ``header`` (without it, the first row with anything).
    Raises :class:`SetupError` without openpyxl.
    """
    try:
        cells = _cells(path, sheet)
    except _UNREADABLE as error:
        yield 1, "", None, f"the workbook is damaged, or none: {error}"
        return
    if cells is None:
        yield 1, "", None, f"the workbook has no sheet named {sheet}"
        return
    names: list[str] | None = None
    for number, row in enumerate(cells, start=1):
        texts = [_text(value) for value in row]
        if not any(texts):
            continue
        if names is not None:
            yield (number, json.dumps(texts, ensure_ascii=False), *_record(names, texts))
        elif not header or header in texts:
            names = [_name(text, place) for place, text in enumerate(texts, start=1)]
    if names is None:
        yield 1, "", None, f"no row of the sheet has a cell that reads {header}"


def _cells(path: Path, sheet: str) -> list[tuple[Any, ...]] | None:
    """The values of every row from the first; None where there is no such sheet."""
    try:
        import openpyxl
    except ImportError:
        raise SetupError(
            explain(
                "spreadsheets cannot be read",
                expected="the Python package openpyxl",
                remedy='install it with `pip install "paved-lakehouse[spreadsheets]"`',
            )
        ) from None
    with zipfile.ZipFile(path) as packed:
        broken = packed.testzip()
    if broken:
        raise zipfile.BadZipFile(f"{broken} does not match its checksum")
    book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    try:
        for each in book.worksheets:
            if not sheet or each.title == sheet:
                each.reset_dimensions()  # what a program noted about the size may be wrong
                return list(each.iter_rows(values_only=True))
        return None
    finally:
        book.close()


def _record(names: list[str], texts: list[str | None]) -> tuple[str | None, str | None]:
    if len(set(names)) < len(names):
        return None, "the sheet's header cannot be read: it names a column twice"
    named = [*names, *(_name(None, place) for place in range(len(names) + 1, len(texts) + 1))]
    values = [*texts, *[None] * (len(named) - len(texts))]
    kept = {
        name: text
        for place, (name, text) in enumerate(zip(named, values, strict=True), start=1)
        if text is not None or name != _name(None, place)
    }
    return json.dumps(kept, ensure_ascii=False), None


def _name(text: str | None, place: int) -> str:
    """A column's name; of one that the header leaves open, its place."""
    name = re.sub(r"\W+", "_", (text or "").lower()).strip("_")
    return name or f"column_{place}"


def _text(value: object) -> str | None:
    if isinstance(value, datetime):
        whole_day = value.time() == time()
        return value.date().isoformat() if whole_day else value.isoformat()
    if isinstance(value, bool):
        return str(value).lower()
    text = "" if value is None else str(value).strip()
    return text or None
