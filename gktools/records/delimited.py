"""Text files of values between commas, tabs or semicolons, in the encodings that Excel writes."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from typing import IO

from ..errors import RecordsError

LONGEST_LINE = 2**20
"""Characters of one line; a register's lines have a few hundred."""
_ENCODINGS = ("utf-8-sig", "gb18030")
_MARKS = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_DELIMITERS = (",", "\t", ";")


def read_delimited(path: Path) -> Iterator[list[str]]:
    """Yield the rows of a text file. Raises RecordsError, told by the file's name, where it cannot be read on."""
    encoding = _encoding(path)
    with path.open(encoding=encoding, newline="") as file:
        lines = _lines(file, path.name)
        first = list(islice(lines, 50))
        delimiter = max(_DELIMITERS, key=lambda mark: sum(line.count(mark) for line in first))
        rows = csv.reader(chain(first, lines), delimiter=delimiter, strict=True)
        try:
            yield from rows  # strict: a quote left open would swallow what follows
        except csv.Error as error:
            raise RecordsError(_said(path.name, rows.line_num, str(error))) from None


def _said(name: str, line: int, error: str) -> str:
    if "field limit" in error:
        return f'{name}：第 {line} 行前后有一格的文字长得不正常，也可能是引号（"）不成对，没有导入；请检查后再导入'
    return f'{name}：第 {line} 行或它前面的引号（"）不成对，请在 Excel 里打开检查，另存后再导入'


def _lines(file: IO[str], name: str) -> Iterator[str]:
    """The lines of a file, none of them longer than what a line may be."""
    number = 0
    while line := file.readline(LONGEST_LINE):
        number += 1
        if len(line) == LONGEST_LINE and not line.endswith("\n"):
            raise RecordsError(
                f"{name}：第 {number} 行长得不正常（超过 {LONGEST_LINE} 个字），没有导入；请检查后再导入"
            )
        yield line


def _encoding(path: Path) -> str:
    """The encoding that the whole file can be read in."""
    with path.open("rb") as file:
        marked = _MARKS.get(file.read(2))
    for encoding in [marked] if marked else _ENCODINGS:
        if _is_readable(path, encoding):
            return encoding
    raise RecordsError(f"{path.name}：文字编码认不出来，请在 Excel 里另存为“CSV UTF-8”再导入")


def _is_readable(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as file:
        try:
            while piece := file.read(2**20):
                decoder.decode(piece)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True
