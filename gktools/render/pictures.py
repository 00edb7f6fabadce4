"""The pictures of a notebook as SVG in a page, and as PNG where SVG is not shown.

vl-convert turns Vega-Lite into SVG; its engine does not survive a fork, so it runs here, never in a cell.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from contextvars import ContextVar
from functools import lru_cache
from html import unescape
from importlib.util import find_spec
from struct import pack, unpack_from
from typing import Any
from xml.etree import ElementTree
from zlib import compress, crc32, decompress

from markupsafe import Markup

from ..errors import GktoolsError, install_command
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
        tag("figure", svg(picture), tag("figcaption", caption(picture, number)))
        for number, picture in enumerate(pictures, 1)
    ]
    return tag("div", join(figures), class_="pictures") if figures else Markup("")


def caption(picture: Picture, number: int) -> str:
    """Return what stands below a picture."""
    return f"图{number}　{picture['caption']}"


def pictures_of_page(page: bytes) -> dict[str, str]:
    """Return the descriptions of a report page's pictures, which have all their figures, by title."""
    found = _PICTURE.findall(page.decode("utf-8", "replace"))
    return {unescape(title): unescape(description) for title, description in found}


_PICTURE = re.compile(r"<title id=\"picture-[^\"]*\">([^<]*)</title>\s*<desc[^>]*>([^<]*)</desc>")


def alternative(picture: Picture) -> str:
    """Return a picture in words, for who does not see it."""
    return f"{picture['title']}：{picture['description']}"


def png(picture: Picture) -> tuple[bytes, int, int]:
    """Return a picture as PNG, and its width and height in CSS pixels; Word and content systems show no SVG.

    Raises GktoolsError where vl-convert is not installed.
    """
    return _raster(str(svg(picture)))


@lru_cache(maxsize=64)
def _raster(drawn: str) -> tuple[bytes, int, int]:
    import vl_convert

    root = ElementTree.fromstring(drawn)  # noqa: S314 - our own
    named = drawn.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    data: bytes = vl_convert.svg_to_png(named, scale=_SCALE)
    return _packed_closer(data), round(float(root.attrib["width"])), round(float(root.attrib["height"]))


def _packed_closer(data: bytes) -> bytes:
    """Return a PNG with its pixels compressed as far as it goes: a third of what vl-convert writes."""
    chunks, at = [], len(_SIGNATURE)
    while at < len(data):
        length, kind = unpack_from(">I4s", data, at)
        chunks.append((kind, data[at + 8 : at + 8 + length]))
        at += 12 + length
    pixels = compress(decompress(b"".join(part for kind, part in chunks if kind == b"IDAT")), 9)
    head, end = chunks[0], chunks[-1]
    return _SIGNATURE + b"".join(
        pack(">I", len(part)) + kind + part + pack(">I", crc32(kind + part))
        for kind, part in (head, (b"IDAT", pixels), end)
    )


_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_SCALE = 2
"""The pixels of a PNG for each CSS pixel: 192 an inch on paper."""


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
    """Return the SVG of a Vega-Lite specification given as JSON; nothing is fetched for it, from wherever.

    Nothing else runs in this process meanwhile, in any thread: vl-convert keeps Python's lock. Raises GktoolsError where
    vl-convert is not installed, and if it cannot draw it.
    """
    require_engine()
    import vl_convert

    try:
        drawn: str = vl_convert.vegalite_to_svg(vega_lite, vl_version=_VERSION, allowed_base_urls=[])
    except ValueError as error:
        raise GktoolsError(
            "图没有画成：总笔记本里图的写法不对，或者要从别处取东西（图只能用笔记本里的数）。"
            "请看 notebooks/annual_report.ipynb 里画图的一格，改回原样再做"
        ) from error
    return drawn


def require_engine() -> None:
    """Raise GktoolsError where vl-convert is not installed."""
    if find_spec("vl_convert") is None:
        raise GktoolsError(
            "报告里要画图（参数 layout.pictures），但这台机器没有装画图的程序："
            f"请运行 {install_command('charts')}，或在参数里去掉 pictures"
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
