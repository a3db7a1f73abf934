from datetime import date
from decimal import Decimal

import pytest

from lakehouse.pages import bars, funnel, grid, lines, shares, steps
from lakehouse.pages.charts import NARROW, WIDE
from lakehouse.pages.page import shown

ROWS = [
    {"name": "search", "value": Decimal("12.50"), "low": 10.0, "high": 15.0, "n": 200, "kept": None},
    {"name": "social", "value": Decimal("-3.10"), "low": -5.0, "high": 1.0, "n": 7, "kept": 0.25},
]
DAYS = [{"day": date(2026, 6, day), "value": day, "who": who} for day in (1, 2, 3) for who in ("a", "b")]

CHARTS = {
    "lines": lambda: lines(DAYS, "day", "value", unit="orders", series="who"),
    "bars": lambda: bars(ROWS, "name", "value", unit="EUR", low="low", high="high", cases="n"),
    "shares": lambda: shares([row | {"share": 0.5} for row in ROWS], "name", cases="n"),
    "funnel": lambda: funnel(ROWS, "name", "n", unit="visits", kept="kept"),
    "grid": lambda: grid(ROWS, "name", "n", "value", unit="EUR", title="months since"),
    "steps": lambda: steps(ROWS, "name", "value", unit="EUR"),
}


@pytest.mark.parametrize("kind", CHARTS)
def test_a_chart_is_drawn_wide_and_narrow(kind):
    chart = CHARTS[kind]()
    wide, narrow = chart.svg(WIDE), chart.svg(NARROW)

    assert wide.startswith("<svg")
    assert 'width="680"' in wide
    assert 'width="330"' in narrow


@pytest.mark.parametrize(
    ("kind", "label"), [("bars", "€ 12.50"), ("funnel", "7 · 25% went on"), ("steps", "-€ 3.10")]
)
def test_values_are_written_beside_their_marks(kind, label):
    assert label in CHARTS[kind]().svg()


def test_lines_are_labelled_at_their_ends():
    svg = CHARTS["lines"]().svg()

    assert ">a</text>" in svg
    assert ">b</text>" in svg


def test_a_bar_on_few_cases_is_hollow():
    few = bars(ROWS[1:], "name", "value", unit="EUR", cases="n").svg()
    many = bars(ROWS[:1], "name", "value", unit="EUR", cases="n").svg()

    assert 'fill="white"' in few
    assert 'fill="white"' not in many


def test_no_shares_are_no_chart():
    assert shares([], "name", cases="n") is None


def test_an_empty_cell_stays_empty():
    rows = [{"month": "May", "age": 0, "share": 1.0}, {"month": "May", "age": 1, "share": None}]

    assert "0.0 %" not in grid(rows, "month", "age", "share", unit="share", title="months").svg()


def test_a_chart_can_go_into_a_mail():
    assert CHARTS["bars"]().png().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (None, "EUR", "\N{EN DASH}"),
        (1234567, "", "1,234,567"),
        (Decimal("12.5"), "EUR", "€ 12.50"),
        (-1234.5, "EUR", "-€ 1,234"),
        (0.034, "share", "3.4 %"),
        (0.34, "share", "34 %"),
        (0.2, "change", "+20 %"),
        (date(2026, 3, 1), "", "2026-03-01"),
        (True, "", "yes"),
    ],
)
def test_values_are_shown_as_people_read_them(value, unit, text):
    assert shown(value, unit) == text
