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
    text = decoded(data)
    lines = text.splitlines()
    mark = next((one for one in ("|", "\t") if any(_is_row(line, one) for line in lines)), "") or _delimiter(lines)
    is_markdown = any(_RULE.fullmatch(line) or _HEADING.match(line) for line in lines)
    return Source("markdown" if is_markdown else "text", tuple(_lines(lines, mark)))


_RULE = re.compile(r"\s*\|?(?:\s*:?-{3,}:?\s*\|)+(?:\s*:?-{3,}:?)?\s*")
_HEADING = re.compile(r"\s{0,3}#{1,6}\s+")
_EMPHASIS = re.compile(r"\*\*|__")


def _delimiter(lines: Sequence[str]) -> str:
    """Return the comma or semicolon that separates the cells of a text; empty if none does."""
    found = [row[0][0] for line in lines if (row := _DELIMITED.search(line))]
    marks = {mark: found.count(mark) for mark in ";；,，"}
    best = max(marks, key=lambda mark: marks[mark])
    return best if marks[best] >= _ROWS_OF_A_TABLE else ""


_DELIMITED = re.compile(r"(?=([,;，；]))(?:\1\s*[\d.]*\s*){6,}")
_ROWS_OF_A_TABLE = 3


def _is_row(line: str, mark: str) -> bool:
    return sum(bool(cell.strip()) for cell in line.split(mark)) >= _CELLS_OF_A_ROW


_CELLS_OF_A_ROW = 2


def _lines(lines: Sequence[str], mark: str) -> Iterator[Block]:
    cells, frame, in_rows = 0, 0, False
    for number, line in enumerate(lines, start=1):
        place = f"第 {number} 行"
        if _RULE.fullmatch(line):
            continue
        frame, in_rows = frame + (mark in line and not in_rows), mark in line
        if not line.strip():
            continue
        if not mark or mark not in line:
            yield SourceText(_EMPHASIS.sub("", _HEADING.sub("", line)).strip(), place)
            continue
        parts = line.strip(" \u3000\r\n" if mark == "\t" else None).split(mark)
        parts = parts[1:] if mark == "|" and not parts[0].strip() else parts
        parts = parts[:-1] if mark == "|" and parts and not parts[-1].strip() else parts
        cells += len(parts)
        if cells > MOST_CELLS:
            raise ReadingError(f"里面有 {MOST_CELLS} 格以上，不像一份报告，没有读")
        yield SourceRow(
            tuple(
                SourceCell(_EMPHASIS.sub("", part).strip(), column, column + 1, f"{place}第 {column} 格")
                for column, part in enumerate(parts, start=1)
            ),
            frame,
        )


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
