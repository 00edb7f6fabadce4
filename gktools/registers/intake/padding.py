"""Numbers displayed with leading zeros by their format: the text 007 is stored, although the cell's value is 7."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from xml.etree import ElementTree as ET

from ...errors import RecordsError

MOST = 500_000
"""The maximum number of such cells in one workbook."""


def width_of(code: str) -> int:
    """Return the number of digits that a number format always displays; 0 if it does not pad with zeros."""
    zeros = re.fullmatch(r"0{2,30}", re.sub(r"\[\$-[0-9A-Fa-f,]+\]|_.|\s", "", code.partition(";")[0]))
    return len(zeros[0]) if zeros else 0


def padded(number: str, width: int) -> str | None:
    """Return a whole number padded with zeros to a width; None if it is not whole or needs no padding."""
    whole = _WHOLE.fullmatch(number)
    return whole[1].zfill(width) if whole and len(whole[1]) < width else None


def padding_styles(styles: ET.Element) -> dict[bytes, int]:
    """Return the width of each cell style that pads with zeros, by its index."""
    codes = {found.get("numFmtId"): found.get("formatCode", "") for found in _all(styles, "numFmt")}
    cells = next(iter(_all(styles, "cellXfs")), None)
    used = [style.get("numFmtId") for style in _all(cells, "xf")] if cells is not None else []
    widths = (width_of(codes.get(number, "")) for number in used)
    return {str(i).encode(): width for i, width in enumerate(widths) if width}


def too_many(name: str) -> RecordsError:
    """Return the error for a file with too many padded numbers."""
    return RecordsError(f"{name}：靠格式补零的数字太多，没有打开；请把那些列设成“文本”格式，重新填写")


def padded_cells(pieces: Iterable[bytes], widths: Mapping[bytes, int]) -> Iterator[tuple[str, int, str]]:
    """Yield column letters, row number and displayed text of every cell that is padded with zeros."""
    for piece in pieces:
        for cell in _CELL.finditer(piece):
            style, place = _STYLE.search(cell[1]), _PLACE.search(cell[1])
            if not (style and place and style[1] in widths) or _OTHER_KIND.search(cell[1]):
                continue
            if text := padded(cell[2].decode("ascii", "replace").strip(), widths[style[1]]):
                yield place[1].decode(), int(place[2]), text


def _all(tree: ET.Element, tag: str) -> Iterator[ET.Element]:
    return (found for found in tree.iter() if found.tag.rpartition("}")[2] == tag)


_WHOLE = re.compile(r"0*(\d{1,15})(?:\.0*)?")
_CELL = re.compile(
    rb"<(?:\w+:)?c(?=\s)([^<>]*)(?<!/)>\s*(?:<(?:\w+:)?f[^<>]*(?:/>|>[^<>]*</(?:\w+:)?f>)\s*)?<(?:\w+:)?v[^<>]*>([^<>]*)<"
)
_STYLE = re.compile(rb"""\ss\s*=\s*["'](\d+)["']""")
_PLACE = re.compile(rb"""\sr\s*=\s*["']\s*([A-Za-z]{1,7})(\d{1,9})""")
_OTHER_KIND = re.compile(rb"""\st\s*=\s*["'](?!n["'])""")
