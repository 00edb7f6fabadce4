"""The pictures of a notebook as SVG in a page.

vl-convert turns Vega-Lite into SVG; its engine does not survive a fork, so it runs here, never in a cell.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from contextlib import suppress
from contextvars import ContextVar
from functools import lru_cache
from importlib.util import find_spec
from typing import Any
from xml.etree import ElementTree

from markupsafe import Markup

from ..errors import GktoolsError, how_to_add
from ..html import join, tag
from ..text.charts.vegalite import FONT

Picture = dict[str, Any]
"""A picture as in the notebook (charts.Picture.to_json)."""
_VERSION = "5.21"
_GEOMETRY = frozenset({"d", "x", "y", "dy", "width", "height", "viewBox", "transform", "text-anchor"})
_APPEARANCE = frozenset({"fill", "stroke", "stroke-width", "font-size"})
"""With _GEOMETRY, the attributes that elements of a picture keep; no address and no event handler is among them."""


def draw_pictures(pictures: Iterable[Picture]) -> Markup:
    """Return pictures as figures of a page, with captions; empty where there are none."""
    figures = [
        tag("figure", svg(picture), tag("figcaption", f"图{number}　{picture['caption']}"))
        for number, picture in enumerate(pictures, 1)
    ]
    return tag("div", join(figures), class_="pictures") if figures else Markup("")


def svg(picture: Picture) -> Markup:
    """Return a picture as SVG with its words as text, and a title and a description for screen readers."""
    return _drawn(json.dumps(picture))


@lru_cache(maxsize=64)
def _drawn(text: str) -> Markup:
    """Return the SVG of a picture given as JSON, cached for all the pages of a report: each takes 70 ms."""
    picture: Picture = json.loads(text)
    drawn = ElementTree.fromstring(DRAW.get()(json.dumps(picture["vega_lite"])))  # noqa: S314
    labels = [_text_element(picture, "title", picture["title"]), _text_element(picture, "desc", picture["description"])]
    root = _clean(drawn)
    root.attrib |= {
        "role": "img",
        "font-family": FONT,
        "aria-labelledby": " ".join(part.attrib["id"] for part in labels),
    }
    root[:0] = labels
    return Markup(ElementTree.tostring(root, encoding="unicode", short_empty_elements=False))  # noqa: S704


def rehearse_pictures() -> None:
    """Start the drawing program, where it is installed: it takes half a second, the first time in a process."""
    with suppress(GktoolsError):
        vega_svg('{"data": {"values": []}, "mark": "bar"}')


def vega_svg(vega_lite: str) -> str:
    """Return the SVG of a Vega-Lite specification given as JSON. Raises GktoolsError where vl-convert is not installed.

    Nothing else runs in this process meanwhile, in any thread: vl-convert keeps Python's lock.
    """
    require_engine()
    import vl_convert

    drawn: str = vl_convert.vegalite_to_svg(vega_lite, vl_version=_VERSION)
    return drawn


def require_engine() -> None:
    """Raise GktoolsError where vl-convert is not installed."""
    if find_spec("vl_convert") is None:
        raise GktoolsError(
            "报告里要画图（参数 layout.pictures），但这台机器没有装画图的程序："
            f"{how_to_add('charts')}，或在参数里去掉 pictures"
        )


DRAW: ContextVar[Callable[[str], str]] = ContextVar("draw", default=vega_svg)
"""What draws a Vega-Lite specification: this process, unless it must go on with other things."""


def _text_element(picture: Picture, name: str, text: str) -> ElementTree.Element:
    element = ElementTree.Element(name, {"id": f"picture-{picture['key']}-{name}"})
    element.text = text
    return element


def _clean(element: ElementTree.Element) -> ElementTree.Element:
    """Return the element reduced to what it draws: no empty groups, nothing hidden, no namespace."""
    cleaned = ElementTree.Element(
        element.tag.rpartition("}")[2], {k: v for k, v in element.attrib.items() if k in _GEOMETRY | _APPEARANCE}
    )
    cleaned.text = element.text
    for child in element:
        part = _clean(child)
        if not _hidden(child) and (len(part) or part.text or "d" in part.attrib):
            cleaned.append(part)
    return cleaned


def _hidden(element: ElementTree.Element) -> bool:
    return element.get("display") == "none" or element.get("class") == "background"
