"""Pages: what gold answers, for people who do not write SQL.

A page is declared like a dataset, by a decorator on a function in ``assets/serving``, and built from
gold's results without a JVM. Rooms: :mod:`~lakehouse.pages.results` asks the lake, ``page`` is what an
author returns, ``charts`` draws, ``html`` renders, ``site`` writes the files.
"""

from lakehouse.pages.charts import bars, funnel, grid, lines, shares, steps
from lakehouse.pages.declaration import Dashboard, page
from lakehouse.pages.page import Column, Figure, Page, Tile
from lakehouse.pages.results import Result, Results
from lakehouse.telling.drops import Drop

__all__ = [
    "Column",
    "Dashboard",
    "Drop",
    "Figure",
    "Page",
    "Result",
    "Results",
    "Tile",
    "bars",
    "funnel",
    "grid",
    "lines",
    "page",
    "shares",
    "steps",
]
