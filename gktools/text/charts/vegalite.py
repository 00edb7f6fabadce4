"""A picture as Vega-Lite: lying bars, each under its name and beside its number.

Places are worked out here in pixels, so that they depend on no font of the machine. The colours differ in lightness:
they can be told apart in grey print and by the colour-blind, and each bar says itself what it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from itertools import groupby
from typing import Any

from ...figures.table import figure_to_json, format_figure

VEGA_LITE = "application/vnd.vegalite.v5+json"
"""The media type that JupyterLab draws."""
_SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
FONT = "黑体, SimHei, Heiti SC, Noto Sans CJK SC, Source Han Sans SC, sans-serif"
"""By name and without quotes, which not every reader of SVG takes off."""
_INK = "#1a1a1a"
_COLOURS = ("#1f4e79", "#c3d8ee")
"""Dark blue for the report's year, light for the year before; the edge is dark in both."""
_WIDTH, _LONGEST_BAR = 344, 250
_SIZE, _LINE = 14, 19
_LETTERS = 24
"""How many Chinese letters of our size stand in the width."""
_BAR, _BETWEEN, _AFTER = 15, 3, 12

Bar = tuple[str, int, int | Decimal]
"""A name, a year and a number."""


def vega_lite(bars: Iterable[Bar]) -> dict[str, Any]:
    """Return bars of several names and one or two years as Vega-Lite; those of one name stand together."""
    values, height = _placed(list(bars))
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


def beneath(pictures: Iterable[tuple[str, dict[str, Any]]]) -> dict[str, Any]:
    """Return pictures with their titles as one Vega-Lite view, one beneath the other."""
    shared = ("$schema", "config", "padding", "autosize", "background")
    views = [
        {"title": title} | {key: value for key, value in picture.items() if key not in shared}
        for title, picture in pictures
    ]
    font = {"title": {"font": FONT, "fontSize": _SIZE, "anchor": "start"}}
    config = {"view": {"stroke": None}, "text": {"font": FONT, "fontSize": _SIZE, "color": _INK}} | font
    return {"$schema": _SCHEMA, "config": config, "vconcat": views}


def _placed(bars: list[Bar]) -> tuple[list[dict[str, Any]], int]:
    """The bars with the pixels where they stand, and the height of the whole."""
    years = sorted({year for _, year, _ in bars}, reverse=True)
    values: list[dict[str, Any]] = []
    top = 0
    for name, same in groupby(bars, lambda bar: bar[0]):
        lines = [name[start : start + _LETTERS] for start in range(0, len(name), _LETTERS)]
        heading, name_at = "\n".join(lines), top
        top += _LINE * len(lines)
        for _, year, value in same:
            said = format_figure(value) if len(years) == 1 else f"{year}年 {format_figure(value)}"
            place = {"名称在": name_at, "上": top, "中": top + _BAR / 2, "下": top + _BAR}
            colour = _COLOURS[years.index(year)]
            words = {"名称": heading, "年度": year, "数量": figure_to_json(value), "写作": said, "颜色": colour}
            values.append(words | place)
            heading, top = "", top + _BAR + _BETWEEN
        top += _AFTER
    return values, top - _AFTER


def _bars(longest: float) -> dict[str, Any]:
    return {
        "mark": {"type": "rect", "stroke": _COLOURS[0], "strokeWidth": 1},
        "encoding": {
            "x": _along(longest),
            "x2": {"datum": 0},
            "y": _at("上"),
            "y2": {"field": "下"},
            "fill": {"field": "颜色", "type": "nominal", "scale": None},
            "tooltip": [{"field": field} for field in ("名称", "年度", "数量")],
        },
    }


def _names() -> dict[str, Any]:
    mark = {"type": "text", "align": "left", "baseline": "top", "lineBreak": "\n", "lineHeight": _LINE}
    return {"mark": mark, "encoding": {"x": {"value": 0}, "y": _at("名称在"), "text": {"field": "名称"}}}


def _numbers(longest: float) -> dict[str, Any]:
    mark = {"type": "text", "align": "left", "baseline": "middle", "dx": 6}
    return {"mark": mark, "encoding": {"x": _along(longest), "y": _at("中"), "text": {"field": "写作"}}}


def _along(longest: float) -> dict[str, Any]:
    scale = {"domain": [0, longest], "range": [0, _LONGEST_BAR], "nice": False}
    return {"field": "数量", "type": "quantitative", "axis": None, "scale": scale}


def _at(field: str) -> dict[str, Any]:
    return {"field": field, "type": "quantitative", "axis": None, "scale": None}
