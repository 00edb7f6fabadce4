"""Where a title may be broken into lines: between words, as people would, never inside one.

No browser of an office knows words (word-break: auto-phrase is too new), and neither Word nor WeasyPrint does: so the
pieces are marked. What they are is data (titles.yaml).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from markupsafe import Markup

from ..html import join, tag
from ..yamlfile import read_data


@dataclass(frozen=True)
class _Words:
    """The words that stay together, the ends of parts of names, the longest piece, and where a longer one is divided."""

    longest: int
    joints: tuple[str, ...]
    office: tuple[str, ...]
    words: tuple[str, ...]


@lru_cache
def title_pieces(title: str) -> tuple[str, ...]:
    """Return a title in pieces, in its order; a line may end after each."""
    return tuple(part for piece in _pattern().findall(title) for part in _divided(piece))


def _divided(piece: str) -> list[str]:
    if len(piece) <= _words().longest:
        return [piece]
    return [part for part in re.split(f"(?<=[{''.join(_words().joints)}])", piece) if part]


def draw_title(title: str, style: str | None = None) -> Markup:
    """Return a title as HTML whose pieces stay whole; style is for pages without a style sheet of ours."""
    return join(_piece(piece, style) for piece in title_pieces(title))


def draw_report_title(title: str, office_name: str) -> Markup:
    """Return a report's title as HTML; a page with room for it breaks it after the office's name rather than elsewhere."""
    before, name, after = title.partition(office_name)
    return join(tag("span", draw_title(part), class_="line") for part in (before + name, after) if part)


def title_lines(title: str, office_name: str, width: float, measure: Callable[[str], float]) -> list[str]:
    """Return a report's title in lines of a width; one too long for a line is broken after the office's name first."""
    if measure(title) <= width:
        return [title]
    before, name, after = title.partition(office_name)
    return [line for part in (before + name, after) if part for line in _fill(title_pieces(part), width, measure)]


def _fill(pieces: Iterable[str], width: float, measure: Callable[[str], float]) -> Iterable[str]:
    line = ""
    for piece in pieces:
        if line and measure(line + piece) > width:
            yield line
            line = ""
        line += piece
    yield line


def _piece(piece: str, style: str | None) -> Markup | str:
    """Return a piece that stays whole, unless it is too long for a narrow screen."""
    if not 1 < len(piece) <= _words().longest:
        return piece
    return tag("span", piece, class_=None if style else "whole", style=style)


@lru_cache
def _pattern() -> re.Pattern[str]:
    """Return what finds the pieces: a word, or what stands before the next word or the end of a part of a name."""
    words = "|".join(sorted(_words().words, key=len, reverse=True))
    ends = "|".join(sorted(_words().office, key=len, reverse=True))
    number = "(?:[一二三四五六七八九十]+、)?"
    return re.compile(
        rf"{number}(?:{words})、?|[0-9]{{4}}\s?年度?|{number}(?:(?!{words}|[0-9]{{4}}\s?年).){{2,}}?(?:{ends})"
        rf"|(?:(?!{words}|[0-9]{{4}}\s?年).)+|.",
        re.DOTALL,
    )


@lru_cache
def _words() -> _Words:
    words: _Words = read_data(Path(__file__).with_name("titles.yaml"), _Words)
    return words
