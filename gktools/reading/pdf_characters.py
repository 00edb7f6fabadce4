"""The characters of a page of a PDF as text: those in a box that a reader sees there."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from itertools import combinations, pairwise
from operator import itemgetter
from typing import Any

Box = tuple[float, float, float, float]
"""A place on a page: left, top, right, bottom, in points."""


class PageText:
    """The characters of a page, found by their place."""

    def __init__(self, chars: Sequence[Any], strokes: Sequence[Box]) -> None:
        self.chars = sorted(chars, key=_middle)
        self._middles = [_middle(char) for char in self.chars]
        self._strokes = strokes
        self._order = {id(char): number for number, char in enumerate(chars)}

    def seen(self, box: Box) -> tuple[str, str]:
        """Return the text that is seen in a box, and why it is not read where that is not known."""
        inside = [
            char
            for char in self.chars[bisect_left(self._middles, box[1]) : bisect_left(self._middles, box[3])]
            if box[0] <= (char["x0"] + char["x1"]) / 2 < box[2]
        ]
        seen = characters_seen(sorted(inside, key=lambda char: self._order[id(char)]), self._strokes)
        return text_of_cell(seen, box), _why_unread(seen)


def _middle(char: Any) -> float:
    return float(char["top"] + char["bottom"]) / 2


def text_of_cell(chars: Sequence[Any], box: Box) -> str:
    """Return the text of a cell; digits that go on in the next line only because the cell is narrow are on one."""
    from pdfplumber.utils.text import extract_text

    text = str(extract_text(chars, y_tolerance=line_tolerance(chars))) if chars else ""
    if "\n" not in text or not _DIGITS.fullmatch(text):
        return text
    lines: dict[int, list[Any]] = {}
    for char in sorted(chars, key=itemgetter("top", "x0")):
        near = next((top for top in lines if abs(top - char["top"]) < char["size"] / 2), round(char["top"]))
        lines.setdefault(near, []).append(char)
    rows = [[char for char in line if char["text"].strip()] for line in lines.values()]
    for one, other in pairwise(line for line in rows if line):
        wide = one[-1]["x1"] - one[0]["x0"] + other[0]["x1"] - other[0]["x0"]
        if wide + 2 * _MARGIN < box[2] - box[0]:
            return text
    return text.replace("\n", "")


def line_tolerance(chars: Sequence[Any]) -> float:
    """Return how far the tops of characters of one line may be apart, in points: in two fonts they are not on one height."""
    sizes = sorted(char["size"] for char in chars)
    return max(_LEAST, sizes[len(sizes) // 2] * _OF_SIZE) if sizes else _LEAST


_LEAST, _OF_SIZE = 3.0, 0.4
_DIGITS = re.compile(r"[\d\s.,，+-]+")
_MARGIN = 6.0
"""What a cell leaves empty beside its text, in points, at most."""


def strokes_of(page: Any) -> list[Box]:
    """Return the short horizontal strokes of a page, which may strike something out."""
    return [
        (one["x0"], one["top"], one["x1"], one["bottom"])
        for one in (*page.lines, *page.rects)
        if one["bottom"] - one["top"] < _THIN and one["x1"] - one["x0"] < _SHORT
    ]


_THIN, _SHORT = 1.6, 80.0


def characters_seen(chars: Sequence[Any], strokes: Sequence[Box]) -> list[Any]:
    """Return the characters of a cell that are seen as its text: none struck out, no raised mark of a note, no white among black."""
    chars = [char for char in chars if char["size"] > _SMALLEST]
    dark = [char for char in chars if not _is_white(char)]
    kept = [char for char in dark or chars if not any(_strikes(stroke, char) for stroke in strokes)]
    largest = max((char["size"] for char in kept), default=0)
    plain = [char for char in kept if char["size"] >= largest * _RAISED]
    found = []
    for char in kept:
        line = [
            one
            for one in plain
            if one is not char and one["top"] < char["bottom"] and char["top"] < one["bottom"] and one["text"].strip()
        ]
        off = min((abs(one["bottom"] - char["bottom"]) for one in line), default=0)
        if char["size"] >= largest * _RAISED or off < largest * _OFF_LINE:
            found.append(char)
        elif any(one["x0"] > char["x0"] for one in line):
            found.append({**char, "text": f"^{char['text']}"})
    return found


_RAISED, _OFF_LINE = 0.86, 0.12
_SMALLEST = 2.0
"""In points: smaller characters cannot be read."""


def _is_white(char: Any) -> bool:
    colour = char.get("non_stroking_color")
    parts = tuple(colour) if isinstance(colour, list | tuple) else (colour,)
    if not all(isinstance(part, int | float) for part in parts):
        return False
    return all(part <= 1 - _WHITE for part in parts) if len(parts) == _CMYK else all(part >= _WHITE for part in parts)


_WHITE, _CMYK = 0.97, 4


def _why_unread(chars: Sequence[Any]) -> str:
    """Return why the characters of a cell are not what a reader sees: all white, or some above others; else empty."""
    plain = sorted((char for char in chars if char["text"].strip()), key=itemgetter("x0"))
    if plain and all(_is_white(char) for char in plain):
        return "格里的字是白色的，看不见"
    for one, other in combinations(plain[:_MOST_COMPARED], 2):
        across = min(one["x1"], other["x1"]) - max(one["x0"], other["x0"])
        down = min(one["bottom"], other["bottom"]) - max(one["top"], other["top"])
        if across > (one["x1"] - one["x0"]) * _OVER and down > one["size"] * _OVER:
            return "格里的字叠在一起，看见的是哪些不知道"
    return ""


_MOST_COMPARED, _OVER = 60, 0.25


def _strikes(stroke: Box, char: Any) -> bool:
    middle, height = (char["x0"] + char["x1"]) / 2, char["bottom"] - char["top"]
    return bool(
        stroke[0] <= middle <= stroke[2] and char["top"] + height * 0.3 < stroke[1] < char["bottom"] - height * 0.2
    )
