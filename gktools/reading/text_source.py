"""Plain text and Markdown as paragraphs and rows."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator, Sequence

from ..errors import ReadingError
from .blocks import MOST_CELLS, Block, Source, SourceCell, SourceRow, SourceText

_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def decoded(data: bytes, declared: str = "") -> str:
    """Return the text of some bytes: by their mark, as declared (of a subset of GB18030, as that), as UTF-8, as GB18030.

    Bytes that are text in none of them are replaced by a mark.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    named = _SUBSETS.sub("gb18030", declared.strip().lower().replace("_", "-"))
    for encoding in (named, "utf-8", "gb18030"):
        try:
            text = data.decode(encoding or "utf-8")
        except (UnicodeDecodeError, LookupError):
            continue
        if encoding == "gb18030" or "公" in text or "開" in text or encoding == "utf-8":
            return text
    for encoding in (named, "utf-8"):
        try:
            return data.decode(encoding, "replace")
        except LookupError:
            continue
    return data.decode("utf-8", "replace")


_SUBSETS = re.compile("^(?:gb-?2312|gbk|gb-?18030|cp936|x-gbk|gb-2312-80)$")


def read_text(data: bytes) -> Source:
    """Return a plain text, or one of Markdown, as paragraphs, and as rows where its lines have several cells."""
    lines = plain_lines(decoded(data))
    is_markdown = any(_RULE.fullmatch(line) or _HEADING.match(line) for line in lines)
    return Source("markdown" if is_markdown else "text", tuple(blocks_of(lines)))


def plain_lines(text: str) -> list[str]:
    """Return the lines of a text without what is left in it of a page: comments, blanks by their name.

    Raises ReadingError for a text that is longer than any report, or has a line that is.
    """
    if len(text) > _LONGEST:
        raise ReadingError(f"文字超过 {_LONGEST} 个，不像一份报告，没有读")
    lines = _BLANKS.sub("  ", _COMMENT.sub("", text).replace("&nbsp;", "\xa0")).splitlines()
    if any(len(line) > _LONGEST_LINE for line in lines):
        raise ReadingError(f"有一行超过 {_LONGEST_LINE} 个字，不像一份报告，没有读")
    return lines


def blocks_of(lines: Sequence[str], first_line: int = 1, first_frame: int = 1) -> Iterator[Block]:
    """Yield lines as paragraphs, and as rows where some have several cells; numbered from the given ones."""
    mark = next((one for one in ("|", "\t") if any(_is_row(line, one) for line in lines)), "") or _delimiter(lines)
    return _lines(lines, mark, first_line, first_frame)


_LONGEST = 1_000_000
_LONGEST_LINE = 200_000
_COMMENT = re.compile(r"<!--.{0,200}?-->")
_BLANKS = re.compile("[ \u3000\xa0\u1680\u2000-\u200a\u202f\u205f]{3,}")
_TABS = re.compile(r"\s{3,}")
_RULE = re.compile(r"\s*+\|?+(?:\s*+:?+-{3,}+:?+\s*+\|)+(?:\s*+:?+-{3,}+:?+)?\s*+")
"""Every part keeps what it took, here and in _MARKED: blanks by the ten thousand are not divided between two of them again and again."""
_HEADING = re.compile(r"\s{0,3}#{1,6}\s+")
_EMPHASIS = re.compile(r"\*\*|__")


def _delimiter(lines: Sequence[str]) -> str:
    """Return the comma or semicolon that separates the cells of a text; empty if none does."""
    rows = [row[0] for line in lines if (row := _MARKED.search(line))]
    found = [row[0] for row in rows if any(len(part.strip()) < _THOUSANDS for part in row.split(row[0])[1:])]
    marks = {mark: found.count(mark) for mark in ";；,，"}
    best = max(marks, key=lambda mark: marks[mark])
    return best if marks[best] >= _ROWS_WITH_MARKS else ""


_MARKED = re.compile(r"(?=([,;，；]))(?:\1\s*+[\d.]*+\s*+){6,}+")
_ROWS_WITH_MARKS = 3
_THOUSANDS = 3


def _is_row(line: str, mark: str) -> bool:
    return sum(bool(cell.strip()) for cell in line.split(mark)) >= _CELLS_OF_A_ROW


_CELLS_OF_A_ROW = 2


def _lines(lines: Sequence[str], mark: str, first_line: int, first_frame: int) -> Iterator[Block]:
    cells, frame, in_rows = 0, first_frame - 1, False
    for number, line in enumerate(lines, start=first_line):
        place = f"第 {number} 行"
        if _RULE.fullmatch(line):
            continue
        frame, in_rows = frame + (mark in line and not in_rows), mark in line
        if not line.strip():
            continue
        if not mark or mark not in line:
            yield SourceText(_EMPHASIS.sub("", _HEADING.sub("", _TABS.sub("  ", line.strip()))).strip(), place)
            continue
        parts = line.strip(" \u3000\r\n" if mark == "\t" else None).split(mark)
        parts = parts[1:] if mark == "|" and not parts[0].strip() else parts
        parts = parts[:-1] if mark == "|" and parts and not parts[-1].strip() else parts
        cells += len(parts)
        if cells > MOST_CELLS:
            raise ReadingError(f"里面有 {MOST_CELLS} 格以上，不像一份报告，没有读")
        yield SourceRow(
            tuple(
                SourceCell(_cell_text(part), column, column + 1, f"{place}第 {column} 格")
                for column, part in enumerate(parts, start=1)
            ),
            frame,
        )


def is_delimited(data: bytes) -> bool:
    """Return whether a text has lines of a label and figures with commas between them."""
    return len(data) <= _LONGEST and len(_DELIMITED.findall(decoded(data))) >= _LINES_OF_A_TABLE


_DELIMITED = re.compile(
    r'(?m)^(?:[^,\n]{0,80},){1,4}(?:\s*"?\d[\d.]{0,12}"?\s*,){0,15}\s*"?\d[\d.]{0,12}"?[\s,]{0,40}$'
)
_LINES_OF_A_TABLE = 5


def _cell_text(part: str) -> str:
    return _EMPHASIS.sub("", _BREAK.sub(" ", part)).strip()


_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)


def read_delimited_text(data: bytes) -> Source:
    """Return a text of comma separated values as rows in one frame."""
    text = decoded(data)
    rows: list[Block] = []
    cells = 0
    try:
        for number, row in enumerate(
            csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=text.count)), start=1
        ):
            cells += len(row)
            if cells > MOST_CELLS:
                raise ReadingError(f"里面有 {MOST_CELLS} 格以上，不像一份报告，没有读")
            rows.append(
                SourceRow(
                    tuple(
                        SourceCell(part, column, column + 1, f"第 {number} 行第 {column + 1} 格")
                        for column, part in enumerate(row)
                    ),
                    1,
                )
            )
    except csv.Error as error:
        raise ReadingError('引号（"）不成对，或者有一格长得不正常，请检查后再试') from error
    return Source("csv", tuple(rows))
