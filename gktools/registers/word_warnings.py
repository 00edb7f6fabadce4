"""The import warnings about words and headings read as values: their formats, and a parser for comparing offices in a roll-up."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

SAID = "按词理解："
_HEADINGS = "按 params/columns.yaml 认的表头："
_HIDDEN = "按 params/columns.yaml 换了词："
_UNREAD = "不看的栏目（不收，只看有没有作废这样的字）："
_TAKEN = "按这一栏读："
_REMARKS = "一类的栏这样写，程序当作不影响数字，照计："
_ROWS = 8
_AGREED = "表头和标题、工作表名或文件名都这样写，"
_ONE = re.compile(r"([^；：]+?) → ([^；]+?)，\d+ 格")


def format_word_values(words: Mapping[tuple[str, str], int]) -> str:
    """Return the text of a warning: each word with its value's label and the number of cells."""
    return SAID + "；".join(f"{word} → {label}，{cells} 格" for (word, label), cells in words.items())


def format_hidden_words(cells: int) -> str:
    """Return the text of a warning about the office's words in a column whose content is not shown."""
    return f"{_HIDDEN}{cells} 格（这一栏的内容不显示）"


def format_own_headings(headings: Iterable[tuple[str, str]]) -> str:
    """Return the text of a warning: each heading with what the office takes it for."""
    return _HEADINGS + "；".join(f"{heading} → {ours}" for heading, ours in headings)


def format_unread(headings: Sequence[str]) -> Iterator[str]:
    """Yield the text of a warning about columns that are not read; none about none."""
    if headings:
        yield _UNREAD + "、".join(headings)


def format_taken_headings(headings: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Yield the text of a warning: each heading that has one reading, with its field's; none about none."""
    if headings:
        yield _TAKEN + "；".join(f"{heading} → {ours}" for heading, ours in headings)


def format_remarks(shown: Sequence[tuple[str, Sequence[int]]], more: int, lines: Sequence[int]) -> str:
    """Return the text of a warning: each remark that no rule knows with its rows, the number of the others with theirs."""
    said = [f"“{text}”（第 {_rows(found)} 行）" for text, found in shown]
    said += [f"{'另有' if shown else ''} {more} 种不显示的（第 {_rows(lines)} 行）".strip()] if more else []
    return f"备注、序号{_REMARKS}" + "、".join(said) + "。请看一遍：有不该计的行，在它的这一栏里写上“不计”，再导"


def _rows(lines: Sequence[int]) -> str:
    return "、".join(map(str, lines[:_ROWS])) + ("……" if len(lines) > _ROWS else "")


def format_agreed(heading: str, value: str) -> str:
    """Return the text of a warning about a missing column whose value the names of a file agree on."""
    return f"文件里没有“{heading}”这一列；{_AGREED}都记作“{value}”"


def tells_meanings(warning: str) -> bool:
    """Return whether a warning says what words, headings or names were taken for, or which columns were not read, and
    nothing else."""
    marks = (_HEADINGS, _HIDDEN, _UNREAD, _TAKEN, _REMARKS, _AGREED)
    return any(read_word_values(warning)) or any(mark in warning for mark in marks)


def read_word_values(warning: str) -> Iterator[tuple[str, str, str]]:
    """Yield column, word and label from a warning of this kind; nothing for any other."""
    place, said, words = warning.partition(SAID)
    column = re.search(r"“([^”]+)”列：$", place)
    for found in _ONE.finditer(words) if said and column else ():
        yield column[1] if column else "", found[1], found[2]
