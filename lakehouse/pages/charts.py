"""Charts in the house's look, as vector graphics: Vega-Lite, drawn without a browser.

What they have in common: no title (the figure's finding is one), axes with units, direct labels
instead of legends, shades that differ in grey too, intervals where they are given, and hollow marks
where a value rests on few cases. Each can be drawn wide and narrow.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

__all__ = ["NARROW", "WIDE", "Chart", "bars", "funnel", "grid", "lines", "shares", "steps"]

WIDE, NARROW = 680, 330
_INK, _SOFT, _LINE = "#1f2933", "#7b8794", "#d9dee4"
_SHADES = ("#0b4f6c", "#c8553d", "#588b8b", "#8a6d3b", "#6d597a", "#9aa5b1")
_GOOD, _BAD = "#0b4f6c", "#c8553d"
_FONT = "Helvetica, Arial, sans-serif"
_FEW = 30
"""Fewer cases than this are drawn hollow."""

Rows = Sequence[Mapping[str, Any]]
Spec = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart to be drawn at a width; ``describes`` is read out to those who cannot see it."""

    spec: Spec
    describes: str

    def svg(self, width: int = WIDE) -> str:
        """As SVG, for a page."""
        import vl_convert

        drawn: str = vl_convert.vegalite_to_svg(self._sized(width))
        return drawn

    def png(self, width: int = WIDE, scale: float = 2.0) -> bytes:
        """As PNG, for mail readers that show no SVG."""
        import vl_convert

        drawn: bytes = vl_convert.vegalite_to_png(self._sized(width), scale=scale)
        return drawn

    def _sized(self, width: int) -> Spec:
        return {**self.spec, "width": width, "config": _CONFIG}


def lines(rows: Rows, x: str, y: str, *, unit: str, series: str = "", low: str = "", high: str = "") -> Chart:
    """Lines over time, one for each value of ``series``, each labelled at its end.

    ``low`` and ``high`` name the columns of a band around each line.
    """
    data = _plain(rows)
    time = {
        "field": x,
        "type": "temporal",
        "title": None,
        "axis": {"format": "%-d %b", "grid": False, "tickCount": 6},
    }
    value = {"field": y, "scale": {"zero": False, "nice": True}} | _amount(unit)
    color = _color(series, data) if series else {"value": _INK}
    base = {"x": time, "color": color}
    layers: list[Spec] = []
    if low and high:
        band = {"y": {"field": low} | _amount(unit), "y2": {"field": high}}
        layers.append({"mark": {"type": "area", "opacity": 0.15}, "encoding": base | band})
    layers.append({"mark": {"type": "line", "strokeWidth": 2}, "encoding": base | {"y": value}})
    if series:
        layers.append(_end_labels(x, y, series, base))
    return Chart(
        _layered(data, layers, height=240), f"{unit} over time" + (f" by {series}" if series else "")
    )


def bars(
    rows: Rows, label: str, value: str, *, unit: str, low: str = "", high: str = "", cases: str = ""
) -> Chart:
    """Horizontal bars in the rows' order, their values written beside them.

    ``low`` and ``high`` name the columns of an interval; ``cases`` that of the number of cases behind
    each bar: few make it hollow.
    """
    data = _labelled(rows, value, unit)
    few = {"test": f"datum['{cases}'] < {_FEW}", "value": "white"} if cases else None
    fill: Spec = {"condition": few, "value": _SHADES[0]} if few else {"value": _SHADES[0]}
    axis = {"field": value} | _amount(unit, ticks=5)
    y = {"field": label, "type": "nominal", "sort": None, "title": None}
    layers: list[Spec] = [
        {
            "mark": {"type": "bar", "stroke": _SHADES[0], "height": {"band": 0.7}},
            "encoding": {"y": y, "x": axis, "fill": fill},
        }
    ]
    if low and high:
        ends = {"x": {"field": low, "type": "quantitative"}, "x2": {"field": high}}
        layers.append(
            {"mark": {"type": "rule", "color": _INK, "strokeWidth": 1.5}, "encoding": {"y": y} | ends}
        )
    at = {"field": high or value, "type": "quantitative"}
    layers.append(
        {
            "mark": {"type": "text", "align": "left", "dx": 5, "color": _INK},
            "encoding": {"y": y, "x": at, "text": {"field": "__label"}},
        }
    )
    return Chart(_layered(data, layers, height={"step": 26}), f"{unit} by {label}")


def shares(rows: Rows, label: str, *, cases: str) -> Chart | None:
    """Bars of what :func:`~lakehouse.statistics.with_shares` gives, with the interval of each.

    None where there are no rows, so nothing to draw.
    """
    if not rows:
        return None
    return bars(rows, label, "share", unit="share", low="low", high="high", cases=cases)


def funnel(rows: Rows, step: str, count: str, *, unit: str, kept: str) -> Chart:
    """The steps of a way through; ``kept`` is the share that went on from the step before."""
    data = [
        row
        | {"__label": f"{row[count]:,}" + (f" · {row[kept]:.0%} went on" if row[kept] is not None else "")}
        for row in _plain(rows)
    ]
    y = {"field": step, "type": "nominal", "sort": None, "title": None}
    room = max((row[count] for row in rows), default=1) * 1.3  # for the words beside the longest bar
    x = {"field": count, "scale": {"domain": [0, room]}} | _amount(unit, ticks=4)
    layers: list[Spec] = [
        {
            "mark": {"type": "bar", "color": _SHADES[0], "height": {"band": 0.75}},
            "encoding": {"y": y, "x": x},
        },
        {
            "mark": {"type": "text", "align": "left", "dx": 5, "color": _INK},
            "encoding": {"y": y, "x": x, "text": {"field": "__label"}},
        },
    ]
    return Chart(_layered(data, layers, height={"step": 30}), f"{unit} at each step")


def grid(rows: Rows, row: str, column: str, value: str, *, unit: str, title: str) -> Chart:
    """A grid of cells, darker for more; a cell without a value stays empty, which is not zero."""
    data = [each for each in _labelled(rows, value, unit) if each[value] is not None]
    x = {"field": column, "type": "ordinal", "title": title, "axis": {"orient": "top", "labelAngle": 0}}
    y = {"field": row, "type": "nominal", "sort": None, "title": None}
    middle = _middle([each[value] for each in data])
    layers: list[Spec] = [
        {
            "mark": "rect",
            "encoding": {
                "x": x,
                "y": y,
                "color": {
                    "field": value,
                    "type": "quantitative",
                    "scale": {"scheme": "blues"},
                    "legend": None,
                },
            },
        },
        {
            "mark": {"type": "text", "fontSize": 10},
            "encoding": {
                "x": x,
                "y": y,
                "text": {"field": "__label"},
                "color": {
                    "condition": {"test": f"datum['{value}'] > {middle}", "value": "white"},
                    "value": _INK,
                },
            },
        },
    ]
    return Chart(_layered(data, layers, height={"step": 24}), f"{unit} by {row} and {column}")


def steps(rows: Rows, label: str, change: str, *, unit: str, up_is_good: bool = True) -> Chart:
    """What moved: a bar to the right for each part that added, to the left for each that took away."""
    labelled = _labelled(rows, change, "change" if unit == "share" else unit, signed=True)
    data = [row | {"__end": max(row[change], 0)} for row in labelled]
    good, bad = (_GOOD, _BAD) if up_is_good else (_BAD, _GOOD)
    y = {"field": label, "type": "nominal", "sort": None, "title": None}
    title = "change" if unit == "share" else f"change, {unit}"
    low, high = min([0, *(row[change] for row in data)]), max([0, *(row[change] for row in data)])
    room = high + (high - low) * 0.3  # for the words beside the longest bar
    x = {"field": change, "scale": {"domain": [low, room]}} | _amount(unit, ticks=5) | {"title": title}
    color = {"condition": {"test": f"datum['{change}'] < 0", "value": bad}, "value": good}
    layers: list[Spec] = [
        {"mark": {"type": "bar", "height": {"band": 0.7}}, "encoding": {"y": y, "x": x, "color": color}},
        {
            # To the right of the bar or, for one to the left, of the zero: never over a name.
            "mark": {"type": "text", "align": "left", "dx": 5, "color": _INK},
            "encoding": {
                "y": y,
                "x": {"field": "__end", "type": "quantitative"},
                "text": {"field": "__label"},
            },
        },
    ]
    return Chart(_layered(data, layers, height={"step": 26}), f"change of {unit} by {label}")


def _amount(unit: str, *, ticks: int = 6) -> Spec:
    """A measured axis: shares in per cent, everything else in its unit."""
    axis: Spec = {"tickCount": ticks}
    if unit.startswith("share"):
        axis["format"] = ".0%"
    return {"type": "quantitative", "title": unit, "axis": axis}


def _layered(data: list[dict[str, Any]], layers: list[Spec], height: int | Spec) -> Spec:
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "data": {"values": data},
        "layer": layers,
        "height": height,
        "background": None,
        "autosize": {"type": "fit-x", "contains": "padding"},
    }


def _end_labels(x: str, y: str, series: str, base: Spec) -> Spec:
    last = [
        {
            "window": [{"op": "rank", "as": "__rank"}],
            "sort": [{"field": x, "order": "descending"}],
            "groupby": [series],
        },
        {"filter": "datum.__rank == 1"},
    ]
    return {
        "transform": last,
        "mark": {"type": "text", "align": "left", "dx": 5, "fontWeight": "bold"},
        "encoding": base | {"y": {"field": y, "type": "quantitative"}, "text": {"field": series}},
    }


def _color(series: str, data: list[dict[str, Any]]) -> Spec:
    names = list(dict.fromkeys(row[series] for row in data))
    shades = [_SHADES[number % len(_SHADES)] for number in range(len(names))]
    return {"field": series, "type": "nominal", "legend": None, "scale": {"domain": names, "range": shades}}


def _plain(rows: Rows) -> list[dict[str, Any]]:
    return [{name: _json(value) for name, value in row.items()} for row in rows]


def _json(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if isinstance(value, date) else value


def _labelled(rows: Rows, value: str, unit: str, *, signed: bool = False) -> list[dict[str, Any]]:
    from lakehouse.pages.page import shown

    def label(row: Mapping[str, Any]) -> str:
        plus = "+" if signed and row[value] is not None and row[value] > 0 and unit != "change" else ""
        return plus + shown(row[value], unit)

    return [plain | {"__label": label(row)} for plain, row in zip(_plain(rows), rows, strict=True)]


def _middle(values: Sequence[float]) -> float:
    return (min(values) + max(values)) / 2 if values else 0.0


_CONFIG: Spec = {
    "font": _FONT,
    "view": {"stroke": None},
    "axis": {
        "domainColor": _LINE,
        "gridColor": "#eef1f4",
        "tickColor": _LINE,
        "labelColor": _SOFT,
        "titleColor": _SOFT,
        "titleFontWeight": "normal",
        "labelFontSize": 11,
        "titleFontSize": 11,
        "labelLimit": 140,
    },
    "text": {"fontSize": 11},
}
