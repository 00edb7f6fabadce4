"""Numbers that their format displays as something else than the cell's value: 007 for 7, 1.2万元 for 1.2, 13.86 for 138600."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from ...errors import RecordsError
from .units import FEN, YUAN, unit_named
from .values import Broken

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


@dataclass(frozen=True)
class NumberFormat:
    """What a number format adds to a number: zeros up to a width, a unit of money.

    scaled: it displays another number; dressed: digits of its own as well, or nothing of the number.
    """

    width: int = 0
    unit: str = ""
    scaled: bool = False
    dressed: bool = False

    @classmethod
    def of(cls, code: str) -> NumberFormat | None:
        """Return what a format adds; None if it displays the number itself."""
        positive = _COLOURS.sub("", code.partition(";")[0])
        unit = next(
            (unit for word in _LITERAL.findall(positive) if (unit := unit_named(word.strip("()（）"))) in FEN), ""
        )
        found = cls(width_of(code), unit if unit != YUAN else "", bool(_SCALES.search(positive)), _is_dressed(code))
        return found if found != cls() else None

    def displayed(self, number: str) -> str | Broken | None:
        """Return what is to be read in place of a number; None for the number itself."""
        if self.dressed:
            return Broken(number, _OTHER_DIGITS)
        if self.scaled:
            return Broken(number, _OTHER_NUMBER) if number.strip("0.") else None
        return f"{number}{self.unit}" if self.unit else padded(number, self.width)


def _is_dressed(code: str) -> bool:
    """Return whether a number format prints digits of its own or a minus, or hides a positive number."""
    positive = _BRACKETS.sub("", code.partition(";")[0])
    said = "".join(map("".join, _OWN_WORDS.findall(positive)))
    left = _OWN_WORDS.sub("", positive)
    own = re.search(r"\d", said) or re.search(r"(?<![/0-9])[1-9]", left)
    return bool(code and (own or _MINUS.match(positive.lstrip()) or not _OF_THE_NUMBER.search(left)))


_OTHER_NUMBER = (
    "这一格的数字格式（缩小到千、万，或者百分数）使显示的数和存着的数不一样，分不清是哪一个；"
    "请把格式改成“常规”，看看是不是要填的数，单位写在表头里"
)
_OTHER_DIGITS = (
    '这一格的数字格式另印着别的数字（如 "2024"000）、负号，或者把内容藏了起来，显示的和存着的不一样，分不清是哪一个；'
    "请把格式改成“常规”或“文本”，看看是不是要填的，再写全"
)
_BRACKETS = re.compile(r"\[[^\]]*\]|_.|[*].")
_OWN_WORDS = re.compile(r'"([^"]*)"|[\\\\!](.)')
_MINUS = re.compile(r"""["\\!]?[-−－(（负]"?\s*[¥￥$]?[0#?]""")
"""What stands before a positive number that looks negative then."""
_OF_THE_NUMBER = re.compile(r"[0#?@ymdhsebagYMDHSEBAG]")
"""What displays something of a number: places of digits, parts of a day, General."""
_COLOURS = re.compile(r"\[(?!\$)[^\]]*\]|_.|[*].")
_LITERAL = re.compile(r"[十百千万亿]+元?|[角分]")
_SCALES = re.compile(r"""[0#?],+(?![0#?,])|[0#?](?:[\\!]\.|"\.")[0#?]|(?<![\\!"])%""")
_BUILT_IN: dict[str | None, str] = {"9": "0%", "10": "0.00%"}


def number_formats(styles: ET.Element) -> dict[bytes, NumberFormat]:
    """Return the format of each cell style that does not display the number itself, by its index."""
    codes = dict(_BUILT_IN)
    codes |= {found.get("numFmtId"): found.get("formatCode", "") for found in _all(styles, "numFmt")}
    cells = next(iter(_all(styles, "cellXfs")), None)
    used = [style.get("numFmtId") for style in _all(cells, "xf")] if cells is not None else []
    formats = {number: NumberFormat.of(codes.get(number, "")) for number in set(used)}
    return {str(i).encode(): found for i, number in enumerate(used) if (found := formats[number])}


def formats_by_id(used: Iterable[int], codes: Mapping[int, str]) -> dict[int, NumberFormat]:
    """Return the same for the styles of an XLS workbook, given the number of each style's format."""
    known = {**{int(number): code for number, code in _BUILT_IN.items() if number}, **codes}
    formats = ((i, NumberFormat.of(known.get(number, ""))) for i, number in enumerate(used))
    return {i: found for i, found in formats if found}


def too_many(name: str) -> RecordsError:
    """Return the error for a file with too many padded numbers."""
    return RecordsError(f"{name}：靠格式补零的数字太多，没有打开；请把那些列设成“文本”格式，重新填写")


def displayed_cells(
    pieces: Iterable[bytes], formats: Mapping[bytes, NumberFormat]
) -> Iterator[tuple[str, int, str | Broken]]:
    """Yield column letters, row number and replacement of every number that is displayed as something else."""
    for piece in pieces:
        for cell in _CELL.finditer(piece):
            style, place = _STYLE.search(cell[1]), _PLACE.search(cell[1])
            if not (style and place and style[1] in formats) or _OTHER_KIND.search(cell[1]):
                continue
            if found := formats[style[1]].displayed(cell[2].decode("ascii", "replace").strip()):
                yield place[1].decode(), int(place[2]), found


def _all(tree: ET.Element, tag: str) -> Iterator[ET.Element]:
    return (found for found in tree.iter() if found.tag.rpartition("}")[2] == tag)


_WHOLE = re.compile(r"0*(\d{1,15})(?:\.0*)?")
_CELL = re.compile(
    rb"<(?:\w+:)?c(?=\s)([^<>]*)(?<!/)>\s*(?:<(?:\w+:)?f[^<>]*(?:/>|>[^<>]*</(?:\w+:)?f>)\s*)?<(?:\w+:)?v[^<>]*>([^<>]*)<"
)
_STYLE = re.compile(rb"""\ss\s*=\s*["'](\d+)["']""")
_PLACE = re.compile(rb"""\sr\s*=\s*["']\s*([A-Za-z]{1,7})(\d{1,9})""")
_OTHER_KIND = re.compile(rb"""\st\s*=\s*["'](?!n["'])""")
