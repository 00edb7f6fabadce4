"""Bar charts as Vega-Lite: horizontal bars, with the name above and the number at the end.

Positions are computed here in pixels, so that they do not depend on installed fonts. The colours differ in lightness,
for grey print and for colour-blind readers, and every bar has a label.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from itertools import groupby
from typing import Any

from ...figures.table import figure_to_json, format_figure

VEGA_LITE = "application/vnd.vegalite.v5+json"
"""The media type of a chart in JupyterLab."""
_SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
FONT = "黑体, SimHei, Heiti SC, Noto Sans CJK SC, Source Han Sans SC, sans-serif"
"""Font names without quotes, because some SVG readers do not remove them."""
_INK = "#1a1a1a"
_COLOURS = ("#1f4e79", "#c3d8ee")
"""Dark blue for the report year, light blue for the previous year; the outline is dark in both."""
_WIDTH, _LONGEST_BAR = 344, 250
_SIZE, _LINE = 14, 19
_CHARACTERS = 24
"""The number of Chinese characters of font size _SIZE in the width."""
_BAR, _BETWEEN, _AFTER = 15, 3, 12

Bar = tuple[str, int, int | Decimal]
"""A name, a year and a number."""


def bar_chart(bars: Iterable[Bar]) -> dict[str, Any]:
    """Return a bar chart as Vega-Lite, with the bars of one or two years grouped by name."""
    values, height = _lay_out(list(bars))
    longest = max(value["数量"] for value in values)
    return {
        "$schema": _SCHEMA,
        "data": {"values": values},
        "width": _WIDTH,
        "height": height,
        "padding": 2,
        "autosize": "none",
        "background": "transparent",
        "config": {"view": {"stroke": None}, "text": {"font": FONT, "fontSize": _SIZE, "color": _INK}},
        "layer": [_bars(longest), _names(), _numbers(longest)],
    }


def stack_charts(pictures: Iterable[tuple[str, dict[str, Any]]]) -> dict[str, Any]:
    """Return charts with their titles as one Vega-Lite view, in one column."""
    shared = ("$schema", "config", "padding", "autosize", "background")
    views = [
        {"title": title} | {key: value for key, value in picture.items() if key not in shared}
        for title, picture in pictures
    ]
    font = {"title": {"font": FONT, "fontSize": _SIZE, "anchor": "start"}}
    config = {"view": {"stroke": None}, "text": {"font": FONT, "fontSize": _SIZE, "color": _INK}} | font
    return {"$schema": _SCHEMA, "config": config, "vconcat": views}


def _lay_out(bars: list[Bar]) -> tuple[list[dict[str, Any]], int]:
    """Return the bars with their positions in pixels, and the height of the chart."""
    years = sorted({year for _, year, _ in bars}, reverse=True)
    values: list[dict[str, Any]] = []
    top = 0
    for name, same in groupby(bars, lambda bar: bar[0]):
        lines = [name[start : start + _CHARACTERS] for start in range(0, len(name), _CHARACTERS)]
        heading, name_at = "\n".join(lines), top
        top += _LINE * len(lines)
        for _, year, value in same:
            text = format_figure(value) if len(years) == 1 else f"{year}年 {format_figure(value)}"
            place = {"名称在": name_at, "上": top, "中": top + _BAR / 2, "下": top + _BAR}
            colour = _COLOURS[years.index(year)]
            words = {"名称": heading, "年度": year, "数量": figure_to_json(value), "写作": text, "颜色": colour}
            values.append(words | place)
            heading, top = "", top + _BAR + _BETWEEN
        top += _AFTER
    return values, top - _AFTER


def _bars(longest: float) -> dict[str, Any]:
    return {
        "mark": {"type": "rect", "stroke": _COLOURS[0], "strokeWidth": 1},
        "encoding": {
            "x": _x_axis(longest),
            "x2": {"datum": 0},
            "y": _y_field("上"),
            "y2": {"field": "下"},
            "fill": {"field": "颜色", "type": "nominal", "scale": None},
            "tooltip": [{"field": field} for field in ("名称", "年度", "数量")],
        },
    }


def _names() -> dict[str, Any]:
    mark = {"type": "text", "align": "left", "baseline": "top", "lineBreak": "\n", "lineHeight": _LINE}
    return {"mark": mark, "encoding": {"x": {"value": 0}, "y": _y_field("名称在"), "text": {"field": "名称"}}}


def _numbers(longest: float) -> dict[str, Any]:
    mark = {"type": "text", "align": "left", "baseline": "middle", "dx": 6}
    return {"mark": mark, "encoding": {"x": _x_axis(longest), "y": _y_field("中"), "text": {"field": "写作"}}}


def _x_axis(longest: float) -> dict[str, Any]:
    scale = {"domain": [0, longest], "range": [0, _LONGEST_BAR], "nice": False}
    return {"field": "数量", "type": "quantitative", "axis": None, "scale": scale}


def _y_field(field: str) -> dict[str, Any]:
    return {"field": field, "type": "quantitative", "axis": None, "scale": None}
