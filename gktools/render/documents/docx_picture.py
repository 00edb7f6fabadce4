"""The pictures of a report in a Word file: each as PNG in a paragraph of its own, with its caption below."""

from __future__ import annotations

from markupsafe import Markup

from ...html import tag
from ..pictures import Picture, alternative, png
from .gongwen import LINE, LINES, TEXT_WIDTH, word

MEDIA_TYPE = "image/png"
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/image"
_SCHEMAS = "http://schemas.openxmlformats.org/drawingml/2006"
_PICTURE = f"{_SCHEMAS}/picture"
_EMU_A_PIXEL, _EMU_A_TWIP = 9525, 635
_LINES_BELOW = 3
"""The lines of a page that stay free for the caption of a picture."""


def part_name(number: int) -> str:
    """Return the name of a picture's part, in the folder of the document."""
    return f"media/picture{number}.png"


def relation_id(number: int) -> str:
    """Return the id by which the text refers to a picture's part."""
    return f"picture{number}"


def draw_picture(picture: Picture, number: int) -> Markup:
    """Return the run that shows a picture, no larger than a page has room for, described for screen readers."""
    _, width, height = png(picture)
    room = min(1.0, TEXT_WIDTH * _EMU_A_TWIP / (width * _EMU_A_PIXEL))
    room = min(room, (LINES - _LINES_BELOW) * LINE * _EMU_A_TWIP / (height * _EMU_A_PIXEL))
    size = {"cx": int(width * _EMU_A_PIXEL * room), "cy": int(height * _EMU_A_PIXEL * room)}
    named = {"id": number, "name": picture["title"]}
    inline = tag(
        "wp:inline",
        tag("wp:extent", **size),
        tag("wp:docPr", descr=alternative(picture), **named),
        tag(
            "a:graphic",
            tag("a:graphicData", _shown(named, size, number), uri=_PICTURE),
            **{"xmlns:a": f"{_SCHEMAS}/main"},
        ),
        **{"xmlns:wp": f"{_SCHEMAS}/wordprocessingDrawing"},
        **dict.fromkeys(("distT", "distB", "distL", "distR"), 0),
    )
    return word("r", word("drawing", inline))


def _shown(named: dict[str, object], size: dict[str, int], number: int) -> Markup:
    """Return the picture itself, by the relation to its part."""
    place = tag("a:xfrm", tag("a:off", x=0, y=0), tag("a:ext", **size))
    return tag(
        "pic:pic",
        tag("pic:nvPicPr", tag("pic:cNvPr", **named), tag("pic:cNvPicPr")),
        tag(
            "pic:blipFill",
            tag("a:blip", **{"r:embed": relation_id(number)}),
            tag("a:stretch", tag("a:fillRect")),
        ),
        tag("pic:spPr", place, tag("a:prstGeom", tag("a:avLst"), prst="rect")),
        **{"xmlns:pic": _PICTURE},
    )
