"""Counting a sheet's rows by plain reading of the workbook's XML: the independent side of conservation.

The library that reads the rows for the lake has no part in it. A workbook is a zip archive (ECMA-376,
Office Open XML): the list of sheets, the texts that cells share, and one document per sheet.
"""

import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from posixpath import join
from xml.etree.ElementTree import Element, ParseError, fromstring

from lakehouse.capture.counting import LineCount

__all__ = ["count_rows"]

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_LINK = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_UNREADABLE = (zipfile.BadZipFile, zlib.error, ParseError, EOFError, KeyError, ValueError, IndexError)


def count_rows(path: Path, sheet: str, header: str) -> LineCount:
    """The rows below the header that have anything in them; see :class:`lakehouse.sources.Workbooks`.

    Not ``complete``, and none counted, where the workbook is damaged or has no such sheet or header.
    """
    try:
        with zipfile.ZipFile(path) as book:
            if book.testzip():
                return LineCount(0, complete=False)
            rows = [row for row in _rows(book, sheet) if any(row)]
    except _UNREADABLE:
        return LineCount(0, complete=False)
    for place, row in enumerate(rows, start=1):
        if not header or header in row:
            return LineCount(len(rows) - place, complete=True)
    return LineCount(0, complete=False)


def _rows(book: zipfile.ZipFile, sheet: str) -> Iterator[list[str]]:
    """The texts of each row's cells; raises KeyError without the sheet."""
    shared: list[str] = []
    if "xl/sharedStrings.xml" in book.namelist():
        shared = [_said(each) for each in _document(book, "xl/sharedStrings.xml").iter(f"{_MAIN}si")]
    for row in _document(book, _place_of(book, sheet)).iter(f"{_MAIN}row"):
        yield [_cell(cell, shared) for cell in row.iter(f"{_MAIN}c")]


def _place_of(book: zipfile.ZipFile, sheet: str) -> str:
    """Where in the archive a sheet lies."""
    sheets = list(_document(book, "xl/workbook.xml").iter(f"{_MAIN}sheet"))
    links = {each.get("name"): each.get(_LINK) for each in sheets}
    link = links[sheet] if sheet else sheets[0].get(_LINK)
    targets = {each.get("Id"): each.get("Target") for each in _document(book, "xl/_rels/workbook.xml.rels")}
    return join("/xl", targets[link] or "").lstrip("/")


def _cell(cell: Element, shared: list[str]) -> str:
    """What a reader sees in a cell; empty for none."""
    if cell.get("t") == "inlineStr":
        return _said(cell)
    text = (cell.findtext(f"{_MAIN}v") or "").strip()
    return shared[int(text)] if cell.get("t") == "s" and text else text


def _said(element: Element) -> str:
    return "".join(each.text or "" for each in element.iter(f"{_MAIN}t")).strip()


def _document(book: zipfile.ZipFile, name: str) -> Element:
    return fromstring(book.read(name))  # noqa: S314 - expat itself limits how far entities grow
