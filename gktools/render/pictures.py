"""The pictures of a notebook as SVG that stands in a page.

Vega-Lite is turned into SVG by vl-convert, whose engine does not survive a fork: only here, never in a cell.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import lru_cache
from typing import Any
from xml.etree import ElementTree

from markupsafe import Markup

from ..errors import GktoolsError
from ..html import join, tag
from ..text.charts.vegalite import FONT

Picture = dict[str, Any]
"""A picture as the notebook carries it (charts.Picture.to_json)."""
_VERSION = "5.21"
_KEPT = frozenset({"d", "x", "y", "dy", "width", "height", "viewBox", "transform", "text-anchor"})
_LOOKS = frozenset({"fill", "stroke", "stroke-width", "font-size"})
"""What an element of a picture may say; no address and no handler of events is among it."""


def draw_pictures(pictures: Iterable[Picture]) -> Markup:
    """Return pictures as figures of a page, with their captions; empty where there are none."""
    figures = [
        tag("figure", svg(picture), tag("figcaption", f"图{number}　{picture['caption']}"))
        for number, picture in enumerate(pictures, 1)
    ]
    return tag("div", join(figures), class_="pictures") if figures else Markup("")


def svg(picture: Picture) -> Markup:
    """Return a picture as SVG: its words are text, a title and a description tell it to those who do not see it."""
    return _drawn(json.dumps(picture))


@lru_cache(maxsize=16)
def _drawn(written: str) -> Markup:
    """A picture written as JSON, drawn once for all the pages of a report: each takes 70 ms."""
    picture: Picture = json.loads(written)
    drawn = ElementTree.fromstring(_engine().vegalite_to_svg(picture["vega_lite"], vl_version=_VERSION))  # noqa: S314
    told = [_told(picture, "title", picture["title"]), _told(picture, "desc", picture["description"])]
    root = _clean(drawn)
    root.attrib |= {"role": "img", "font-family": FONT, "aria-labelledby": " ".join(part.attrib["id"] for part in told)}
    root[:0] = told
    return Markup(ElementTree.tostring(root, encoding="unicode", short_empty_elements=False))  # noqa: S704


def _engine() -> Any:
    try:
        import vl_convert
    except ImportError:
        raise GktoolsError(
            "报告里要画图（参数 layout.pictures），但这台机器没有装画图的程序："
            "请运行 pip install 'gktools[charts]'，或在参数里去掉 pictures"
        ) from None
    return vl_convert


def _told(picture: Picture, name: str, text: str) -> ElementTree.Element:
    element = ElementTree.Element(name, {"id": f"picture-{picture['key']}-{name}"})
    element.text = text
    return element


def _clean(element: ElementTree.Element) -> ElementTree.Element:
    """The element with what it shows only: no empty groups, nothing that is not drawn, no namespace in a page."""
    kept = ElementTree.Element(
        element.tag.rpartition("}")[2], {k: v for k, v in element.attrib.items() if k in _KEPT | _LOOKS}
    )
    kept.text = element.text
    for child in element:
        cleaned = _clean(child)
        if not _hidden(child) and (len(cleaned) or cleaned.text or "d" in cleaned.attrib):
            kept.append(cleaned)
    return kept


def _hidden(element: ElementTree.Element) -> bool:
    return element.get("display") == "none" or element.get("class") == "background"
