"""Changes with their intervals, as a chart: a dot each, and a line that says how sure it is."""

from collections.abc import Mapping, Sequence
from typing import Any

from lakehouse.pages.charts import Chart

__all__ = ["intervals"]

_SURE, _OPEN, _SOFT = "#0b4f6c", "#9aa5b1", "#7b8794"
_LABELS = 190


def intervals(
    rows: Sequence[Mapping[str, Any]],
    label: str,
    value: str,
    *,
    low: str,
    high: str,
    title: str,
    points: bool = False,
) -> Chart:
    """Relative changes in the rows' order, each a dot on its interval; 0.1 is shown as +10 %.

    With ``points`` they are differences of shares, and 0.1 is shown as 10 percentage points.

    An interval that holds none is drawn in grey and hollow: nobody can say which way it went. ``label`` must
    differ from row to row.
    """
    scale, form = (100, "f") if points else (1, "%")
    data = [
        {
            "label": row[label],
            "value": float(row[value]) * scale,
            "low": float(row[low]) * scale,
            "high": float(row[high]) * scale,
            "open": bool(row[low] <= 0 <= row[high]),
        }
        for row in rows
    ]
    y = {"field": "label", "type": "nominal", "sort": None, "title": None, "axis": {"labelLimit": _LABELS}}
    axis = {"format": f"+.0{form}", "tickCount": 5}
    x = {"field": "value", "type": "quantitative", "title": title, "axis": axis}
    color = {"condition": {"test": "datum.open", "value": _OPEN}, "value": _SURE}
    fill = {"condition": {"test": "datum.open", "value": "white"}, "value": _SURE}
    reach = {"x": {"field": "low", "type": "quantitative", "title": title}, "x2": {"field": "high"}}
    spec = {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "data": {"values": data},
        "layer": [
            {"mark": {"type": "rule", "color": _SOFT, "strokeDash": [3, 3]}, "encoding": {"x": {"datum": 0}}},
            {"mark": {"type": "rule", "strokeWidth": 2}, "encoding": {"y": y, "color": color} | reach},
            {
                "mark": {"type": "point", "size": 60, "opacity": 1},
                "encoding": {"y": y, "x": x, "color": color, "fill": fill},
            },
            {
                "mark": {"type": "text", "dy": -9},
                "encoding": {"y": y, "x": x, "text": {"field": "value", "format": f"+.1{form}"}},
            },
        ],
        "height": {"step": 32},
        "background": None,
        "autosize": {"type": "fit-x", "contains": "padding"},
    }
    return Chart(spec, f"{title} by {label}, with intervals")
