"""The layout of an official document, and the parts of a Word file that are the same for every report.

Sizes, positions and fonts are those of GB/T 9704-2012 as secondary sources give them (the standard itself was not
read): A4, a type area of 22 lines of 28 characters, a title in 2号 小标宋, text in 3号 仿宋, levels in 黑体, 楷体 and
仿宋, page numbers outside the type area. Fonts are named, never embedded; alternatives are named for each.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

from markupsafe import Markup

from ...html import tag

HAO = {"2号": 22, "3号": 16, "4号": 14, "5号": 10.5, "小5号": 9}
"""Sizes of type in points."""
PAGE = (210, 297)
"""A4, width and height in mm."""
TOP, LEFT = 37, 28
"""天头 and 订口 in mm."""
TYPE_AREA = (156, 225)
"""版心, width and height in mm."""
LINES, CHARACTERS = 22, 28
"""Lines of a page, characters of a line."""
NUMBER_BELOW = 7
"""Distance of the page number below the type area, in mm."""
FREE_AT_DATE = 4
"""Characters left free to the right of the date."""
INDENT = 2
"""Characters left free before the first line of a paragraph."""
LANGUAGE = "zh-CN"


@dataclass(frozen=True)
class Font:
    """A font by its name in the standard, with alternatives if it is not installed; charset as in Word."""

    name: str
    others: tuple[str, ...]
    family: Literal["roman", "swiss", "script"]
    charset: str = "86"


XIAOBIAOSONG = Font("方正小标宋简体", ("方正小标宋_GBK", "宋体", "Source Han Serif SC", "Noto Serif CJK SC"), "roman")
SONG = Font("宋体", ("SimSun", "Source Han Serif SC", "Noto Serif CJK SC"), "roman")
FANGSONG = Font("仿宋_GB2312", ("仿宋", "FangSong", "STFangsong", "FandolFang", "Noto Serif CJK SC"), "roman")
KAI = Font("楷体_GB2312", ("楷体", "KaiTi", "STKaiti", "FandolKai", "Noto Serif CJK SC"), "script")
HEI = Font("黑体", ("SimHei", "STHeiti", "Source Han Sans SC", "Noto Sans CJK SC"), "swiss")
DIGITS = Font("Times New Roman", ("Liberation Serif",), "roman", "00")
"""For figures in tables; in texts they are set in the font of the text."""
FONTS = (XIAOBIAOSONG, SONG, FANGSONG, KAI, HEI, DIGITS)


def word(element: str, /, *children: object, **attributes: object) -> Markup:
    """Return an element of WordprocessingML; its attributes are of the same namespace. Children that are None are left out."""
    present = (child for child in children if child is not None)
    return tag(f"w:{element}", *present, **{f"w:{key}": value for key, value in attributes.items()})


def run(text: str, style: str = "") -> Markup:
    """Return a text, in a character style or in that of its paragraph; characters that XML does not allow are removed."""
    properties = word("rPr", word("rStyle", val=style)) if style else None
    return word("r", properties, tag("w:t", _NOT_XML.sub("", text), **{"xml:space": "preserve"}))


_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def twips(mm: float) -> int:
    """Return a length in twentieths of a point."""
    return round(mm * 1440 / 25.4)


LINE = twips(TYPE_AREA[1]) // LINES
"""The height of a line in twips: the type area has 22 of them."""
TEXT_WIDTH = twips(PAGE[0]) - twips(LEFT) - twips(PAGE[0] - LEFT - TYPE_AREA[0])
CLOSER = TEXT_WIDTH // CHARACTERS - int(HAO["3号"] * 20)
"""The reduction of character spacing in twips that fits 28 characters in a line: 448 pt of type in 156 mm.

A character grid would do the same, but LibreOffice draws it with half as many.
"""


@dataclass(frozen=True)
class Style:
    """A paragraph style: its name in Word, its font, and its layout; align is Word's value.

    based_on is empty for the text itself, which is not justified: LibreOffice loses a comma beyond the edge of a
    justified line. A level makes it a heading for outlines and screen readers. A line that is not exact is as high as
    what stands in it.
    """

    key: str
    name: str
    font: Font
    size: str
    based_on: str = "Normal"
    align: str = ""
    indent: int | None = None
    after: int = 0
    line: int = LINE
    level: int | None = None
    on_grid: bool = True
    is_exact: bool = True
    closer: int = 0
    latin: Font | None = None


_TITLE_LINE, _NUMBER_LINE, _TABLE_LINE, _SMALL_LINE = 700, 280, 260, 230
TEXT = Style("Normal", "Normal", FANGSONG, "3号", based_on="", align="left", indent=INDENT, closer=CLOSER)
TITLE = Style(
    "Title", "Title", XIAOBIAOSONG, "2号", align="center", indent=0, after=LINE, line=_TITLE_LINE, on_grid=False
)
SECTION = Style("Heading1", "heading 1", HEI, "3号", level=0)
CHINESE_LEVEL = Style("Heading2", "heading 2", KAI, "3号", level=1)
ARABIC_LEVEL = Style("Heading2Arabic", "标题 2 仿宋", FANGSONG, "3号", based_on="Heading2", level=1)
SIGNATURE = Style("Signature", "Signature", FANGSONG, "3号", align="right", indent=0)
NUMBER = Style("Footer", "footer", SONG, "4号", indent=0, line=_NUMBER_LINE)
LABEL = Style("TableLabel", "表格文字", FANGSONG, "5号", align="left", indent=0, line=_TABLE_LINE, on_grid=False)
HEAD = replace(LABEL, key="TableHead", name="表格表头", font=HEI, based_on=LABEL.key, align="center")
FIGURE = replace(HEAD, key="TableFigure", name="表格数字", font=FANGSONG, latin=DIGITS)
SMALL_LABEL, SMALL_HEAD, SMALL_FIGURE = (
    replace(style, key=f"{style.key}Small", name=f"{style.name}（小）", size="小5号", line=_SMALL_LINE)
    for style in (LABEL, HEAD, FIGURE)
)
PICTURE = Style("Picture", "图", FANGSONG, "5号", align="center", indent=0, line=240, on_grid=False, is_exact=False)
CAPTION = replace(LABEL, key="Caption", name="caption", font=SONG, based_on="Normal", align="center", after=LINE // 2)
_TABLES = (LABEL, HEAD, FIGURE, SMALL_LABEL, SMALL_HEAD, SMALL_FIGURE)
STYLES = (TEXT, TITLE, SECTION, CHINESE_LEVEL, ARABIC_LEVEL, SIGNATURE, NUMBER, PICTURE, CAPTION, *_TABLES)
TABLE = "OfficialTable"
RUN_IN = "RunInHeading"


def fonts_of(font: Font, latin: Font | None = None) -> Markup:
    """Return the element that sets the font of a run; latin, if given, is for text that is not Chinese."""
    other = (latin or font).name
    return word("rFonts", ascii=other, hAnsi=other, eastAsia=font.name, cs=other)


@cache
def styles() -> Markup:
    """Return the style sheet."""
    lang = word("lang", val="en-US", eastAsia=LANGUAGE)  # as in Word itself: 2024 is not broken after the 2
    defaults = word("rPrDefault", word("rPr", fonts_of(FANGSONG), *_size("3号"), lang))
    plain = word("style", word("name", val="Default Paragraph Font"), type="character", default=1, styleId="Characters")
    run_in = word("style", word("name", val="层次标题"), word("rPr", fonts_of(KAI)), type="character", styleId=RUN_IN)
    return part("styles", word("docDefaults", defaults), *map(_style, STYLES), plain, run_in, _table_style())


@cache
def font_table() -> Markup:
    """Return the fonts named, each with its alternatives."""
    return part("fonts", *(_font(font) for font in FONTS))


@cache
def settings() -> Markup:
    """Return the settings of the document: page numbers on alternate sides, Chinese typesetting."""
    return part(
        "settings",
        word("zoom", percent=100),
        word("evenAndOddHeaders"),
        word("characterSpacingControl", val="compressPunctuation"),
        word("compat", word("compatSetting", name="compatibilityMode", uri=_COMPATIBILITY, val=15)),
        word("themeFontLang", val=LANGUAGE, eastAsia=LANGUAGE),
    )


@cache
def footer(side: Literal["left", "right"]) -> Markup:
    """Return the page number, one character away from its side of the page."""
    place = word("ind", **{f"{side}Chars": 100, side: HAO["4号"] * 20, "firstLine": 0, "firstLineChars": 0})
    properties = word("pPr", word("pStyle", val=NUMBER.key), place, word("jc", val=side))
    here = word("fldSimple", run("1"), instr=" PAGE ")
    return part("ftr", word("p", properties, run("— "), here, run(" —")))


def page(odd: str, even: str) -> Markup:
    """Return the page: its size, margins and grid, and the footers by their relations."""
    width, height = PAGE
    bottom = height - TOP - TYPE_AREA[1]
    return word(
        "sectPr",
        tag("w:footerReference", **{"w:type": "default", "r:id": odd}),
        tag("w:footerReference", **{"w:type": "even", "r:id": even}),
        word("pgSz", w=twips(width), h=twips(height)),
        word(
            "pgMar",
            top=twips(TOP),
            right=twips(width) - twips(LEFT) - TEXT_WIDTH,
            bottom=twips(bottom),
            left=twips(LEFT),
            header=twips(TOP) // 2,
            footer=twips(bottom - NUMBER_BELOW) - _NUMBER_LINE,
            gutter=0,
        ),
        word("docGrid", type="lines", linePitch=LINE),
    )


def part(root: str, *children: object) -> Markup:
    """Return the root element of a part of the file."""
    names = {f"xmlns:{prefix}": f"{_SCHEMAS}/{kind}" for prefix, kind in _NAMESPACES.items()}
    return tag(f"w:{root}", *children, **names)


_SCHEMAS = "http://schemas.openxmlformats.org"
_NAMESPACES = {"w": "wordprocessingml/2006/main", "r": "officeDocument/2006/relationships"}


def _style(style: Style) -> Markup:
    is_text = not style.based_on
    return word(
        "style",
        word("name", val=style.name),
        None if is_text else word("basedOn", val=style.based_on),
        word("next", val=TEXT.key) if style.level is not None or style is TITLE else None,
        word("qFormat"),
        word("pPr", *_paragraph(style)),
        word("rPr", *_characters(style)),
        type="paragraph",
        default=1 if is_text else None,
        styleId=style.key,
    )


def _paragraph(style: Style) -> Iterator[Markup]:
    if style.level is not None:
        yield word("keepNext")
    yield word("widowControl", val=0)
    if not style.on_grid:
        yield word("snapToGrid", val=0)
    yield word("spacing", after=style.after, line=style.line, lineRule="exact" if style.is_exact else "auto")
    if style.indent is not None:
        width = int(style.indent * HAO[style.size] * 20)
        yield word("ind", firstLineChars=style.indent * 100, firstLine=width)
    if style.align:
        yield word("jc", val=style.align)
    if style.level is not None:
        yield word("outlineLvl", val=style.level)


def _characters(style: Style) -> Iterator[Markup]:
    yield fonts_of(style.font, style.latin)
    if not style.on_grid:
        yield word("snapToGrid", val=0)
    if style.closer or style.size != TEXT.size:
        yield word("spacing", val=style.closer)
    yield from _size(style.size)


def _size(size: str) -> list[Markup]:
    return [word(name, val=int(HAO[size] * 2)) for name in ("sz", "szCs")]


def _font(font: Font) -> Markup:
    return word(
        "font",
        word("altName", val=",".join(font.others)),
        word("charset", val=font.charset),
        word("family", val=font.family),
        word("pitch", val="variable"),
        name=font.name,
    )


def _table_style() -> Markup:
    sides = ("top", "left", "bottom", "right", "insideH", "insideV")
    borders = [word(side, val="single", sz=4 if "inside" in side else 8, space=0, color="000000") for side in sides]
    padding = [word(side, w=width, type="dxa") for side, width in _PADDING.items()]
    return word(
        "style",
        word("name", val="官方表格"),
        word("tblPr", word("tblBorders", *borders), word("tblCellMar", *padding)),
        type="table",
        styleId=TABLE,
    )


_PADDING = {"top": 23, "left": 57, "bottom": 23, "right": 57}


_COMPATIBILITY = "http://schemas.microsoft.com/office/word"
