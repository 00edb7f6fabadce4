"""Files as sheets of raw rows: CSV and Excel workbooks, every sheet from its first line.

The type of a file is detected from its first bytes, not from its name.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from itertools import chain, islice
from pathlib import Path
from typing import IO, Any
from zipfile import BadZipFile, ZipFile

from ...errors import RecordsError, os_reason
from ..schema import fold_number, registers
from ..sheet import MARKED, MENDED
from .encrypted import LOOKED_AT, encrypted_for_sure, perhaps_encrypted
from .looks import Comments, Looks
from .units import names_of
from .xls_guard import look_through_binary
from .xlsx_guard import Package, look_through

LONGEST_LINE = 2**20
"""The maximum number of characters of one line; a register's lines have a few hundred."""
_ENCODINGS = ("utf-8-sig", "gb18030")
_MARKS = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_DELIMITERS = (",", "\t", ";")


def read_delimited(path: Path) -> Iterator[list[str]]:
    """Yield the rows of a text file. Raises RecordsError, with the file's name, if it cannot be parsed."""
    encoding = _encoding(path)
    with path.open(encoding=encoding, newline="") as file:
        lines = _Lines(_lines(file, path.name))
        first = list(islice(lines, 50))
        delimiter = max(_DELIMITERS, key=partial(_parts, first))
        lines.begin(first)
        rows = csv.reader(lines, delimiter=delimiter, strict=True)
        widest = 0
        try:
            for row in rows:  # strict: a quote left open would swallow what follows
                widest = max(widest, len(row))
                if (quoted := lines.quoted()) and (said := _misplaced(row, quoted, delimiter, widest)):
                    raise RecordsError(f"{path.name}：第 {rows.line_num} 行{said}")
                yield row
        except csv.Error as error:
            raise RecordsError(_said(path.name, rows.line_num, str(error))) from None


class _Lines(Iterator[str]):
    """The lines of a file, with those of the row that is being read if one of them has a quote."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines, self._row, self._quoted = lines, list[str](), False

    def begin(self, first: Sequence[str]) -> None:
        """Start again with lines that were looked at."""
        self._lines, self._row, self._quoted = chain(first, self._lines), [], False

    def __next__(self) -> str:
        line = next(self._lines)
        self._row.append(line)
        self._quoted = self._quoted or '"' in line
        return line

    def quoted(self) -> list[str]:
        """Return the lines of the row just read if it has a quote, else none, and forget them."""
        row, quoted = self._row, self._quoted
        self._row, self._quoted = [], False
        return row if quoted else []


def _misplaced(row: Sequence[str], lines: Sequence[str], delimiter: str, widest: int) -> str:
    """Return what to say of a row in which quotes seem to have swallowed a part of a row, or several; empty if none have.

    A system that does not quote writes a quote of its own for 同上: it and the next one make a cell of what is between.
    widest is the number of cells of the widest row so far: swallowed cells are missing in their own row.
    """
    broken = [cell for cell in row if "\n" in cell or "\r" in cell]
    if any(_swallows(cell, delimiter) for cell in broken) or (broken and _are_rows(lines, len(row), delimiter)):
        return _SEVERAL_ROWS
    inside = row if len(row) < widest else broken
    if any(cell.lstrip(" ").startswith(delimiter) for cell in inside):
        return _SEVERAL_CELLS
    return ""


def _swallows(cell: str, delimiter: str) -> bool:
    """Return whether a cell of several lines has what looks like a part of a row."""
    first, *others = cell.splitlines() or [""]
    parts = first.split(delimiter)
    return any(line.count(delimiter) >= _SWALLOWED for line in others) or (
        len(parts) > _SWALLOWED and any(_FIGURE.fullmatch(part.strip()) for part in parts)
    )


def _are_rows(lines: Sequence[str], width: int, delimiter: str) -> bool:
    """Return whether several lines of one row have each as many cells as the row, if quotes are no more than signs."""
    return width > _SWALLOWED and sum(line.count(delimiter) >= width - 1 for line in lines) > 1


_SWALLOWED = 2
_FIGURE = re.compile(r"[¥￥]?\d[\d./:-]*(?:年\d+月\d+日?)?[元件条]?")
"""A day or an amount, as a cell of its own."""
_SEVERAL_ROWS = (
    '结束的一格里有换行，又有几个分隔的符号，像是引号（"）放错了地方（例如写引号代表同上），'
    "把几行并成了一格，没有导入；请检查引号，确实是一格的，去掉里面的换行"
)
_SEVERAL_CELLS = (
    '有一格以分隔的符号开头，像是引号（"）放错了地方（例如写引号代表同上），把几格并成了一格，没有导入；请检查引号'
)


def _parts(lines: Sequence[str], mark: str) -> tuple[int, int]:
    """Return how many known heading or cover words a delimiter separates in some lines, and how often it occurs."""
    words = (fold_number(word.strip(' "\t\r\n:：*')) for line in lines for word in line.split(mark)[:_WIDEST])
    return sum(word in heading_words() for word in words), sum(line.count(mark) for line in lines)


@lru_cache
def heading_words() -> frozenset[str]:
    """Return the folded words of all headings and cover lines."""
    fields = (word for known in registers() for word in names_of(known))
    return frozenset((*fields, *_COVER))


_WIDEST = 500
_COVER = ("登记表", "单位", "年度", "本年无记录")


def _said(name: str, line: int, error: str) -> str:
    if "field limit" in error:
        return f'{name}：第 {line} 行前后有一格的文字长得不正常，也可能是引号（"）不成对，没有导入；请检查后再导入'
    return f'{name}：第 {line} 行或它前面的引号（"）不成对，请在 Excel 里打开检查，另存后再导入'


def _lines(file: IO[str], name: str) -> Iterator[str]:
    """Yield the lines of a file. Raises RecordsError for a line longer than LONGEST_LINE."""
    number = 0
    while line := file.readline(LONGEST_LINE):
        number += 1
        if len(line) == LONGEST_LINE and not line.endswith("\n"):
            raise RecordsError(
                f"{name}：第 {number} 行长得不正常（超过 {LONGEST_LINE} 个字），没有导入；请检查后再导入"
            )
        yield line


def _encoding(path: Path) -> str:
    """Return the first encoding that decodes the complete file. Raises RecordsError if none does."""
    with path.open("rb") as file:
        begins = file.read(LOOKED_AT)
    marked = _MARKS.get(begins[:2])
    for encoding in [marked] if marked else _ENCODINGS:
        if _is_readable(path, encoding):
            return encoding
    said = perhaps_encrypted(begins) or "文字编码认不出来，请在 Excel 里另存为“CSV UTF-8”再导入"
    raise RecordsError(f"{path.name}：{said}")


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


def plain_name(stem: str) -> str:
    """Return a file name without the suffix of a marked or mended copy."""
    return re.sub(rf"（(?:{MARKED}|{MENDED})\d*）$", "", stem)


Row = Sequence[Any]
Place = tuple[int, int]
"""Row and column of a cell, from 0."""

SUFFIXES = (".xlsx", ".xls", ".xlsm", ".csv", ".txt", ".tsv")
LARGEST = 256 * 2**20
"""The maximum size of a file, in bytes."""


@dataclass(frozen=True)
class FileSheet:
    """One sheet of a file: its name ("" for CSV), its rows from the first line, and its hidden features.

    rows can be iterated once. merged has the first and last cell of each merged range; looks the struck-out and hidden
    cells; comments the comments on cells by row (from 1). delimited: it is a text. unchanged says that it is as it was
    exported, so there is nothing to read. others are the names of the other sheets of the file.
    """

    name: str
    rows: Iterator[Row]
    hidden: bool = False
    merged: tuple[tuple[Place, Place], ...] = ()
    from_1904: bool = False
    looks: Looks = field(default_factory=Looks)
    comments: Comments = field(default_factory=dict)
    delimited: bool = False
    unchanged: bool = False
    others: tuple[str, ...] = ()


def open_pages(path: Path) -> Iterator[FileSheet]:
    """Yield the sheets of a file.

    A formula without a value is returned as Broken, a number displayed with leading zeros as text. Raises RecordsError
    for a file of another type, and for one larger than LARGEST.
    """
    begins = _beginning(path)
    if begins.startswith(b"PK\x03\x04"):
        yield from _workbook_pages(path, _checked_package(path))
    elif begins.startswith(b"\xd0\xcf\x11\xe0"):
        yield from _workbook_pages(path, look_through_binary(path))
    elif (said := encrypted_for_sure(begins)) or (
        path.suffix.lower() in (".xlsx", ".xlsm") and (said := perhaps_encrypted(begins))
    ):
        raise RecordsError(f"{path.name}：{said}")
    elif path.suffix.lower() in (".xlsx", ".xlsm"):
        raise RecordsError(
            f"{path.name}：打不开，可能已损坏，或者不是真正的 Excel 文件；请用 Excel 打开后另存为 xlsx 再导入"
        )
    elif b"<" in begins.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] or b"<html" in begins[:_HEAD].lower():
        raise RecordsError(
            f"{path.name}：内容其实是网页（有的系统导出的“Excel”就是这样）；请用 Excel 打开后另存为 xlsx 再导入"
        )
    elif begins.startswith((b"\x09\x08", b"\x09\x04", b"\x09\x02", b"\x09\x00")):
        raise RecordsError(f"{path.name}：打不开，是很老的 Excel 格式；请用 Excel 打开后另存为 xlsx 再导入")
    else:
        yield FileSheet("", read_delimited(path), delimited=True)


def _beginning(path: Path) -> bytes:
    """Return the first bytes of a file. Raises RecordsError for an unsupported type or size, or no regular file."""
    if path.is_dir():
        raise RecordsError(f"{path.resolve().name} 是文件夹，请写里面的文件，例如 {path.as_posix()}/*.xlsx")
    if not path.exists():
        raise RecordsError(f"找不到文件 {path.name}")
    if not path.is_file():
        raise RecordsError(f"{path.name} 不是普通文件，不能导入")
    if path.suffix.lower() not in SUFFIXES:
        hint = "；请用 Excel 或 WPS 打开，另存为 xlsx 再导入" if path.suffix.lower() in _OTHERS else ""
        raise RecordsError(f"{path.name}：只能导入 xlsx、xls 和 csv 文件{hint}")
    if (size := path.stat().st_size) > LARGEST:
        raise RecordsError(f"{path.name}：有 {size // 2**20} MB，超过 {LARGEST // 2**20} MB，没有打开；请分成几个文件")
    try:
        with path.open("rb") as file:
            return file.read(LOOKED_AT)
    except OSError as error:
        raise RecordsError(f"{path.name}：读不出来（{os_reason(error)}），请看有没有读它的权限") from None


_HEAD = 512
_OTHERS = (".xlsb", ".ods", ".et", ".ett", ".numbers", ".fods", ".xltx", ".xlt")


def _checked_package(path: Path) -> Package:
    """Return what is known of an XLSX workbook before it is parsed. Raises RecordsError for any other zip file."""
    try:
        with ZipFile(path) as book:
            names = set(islice(book.namelist(), 10_000))
    except (BadZipFile, OSError, UnicodeError, NotImplementedError):
        raise RecordsError(f"{path.name}：打不开，可能已损坏；请用 Excel 打开后另存为 xlsx 再导入") from None
    if "xl/workbook.xml" not in names:
        kinds = {"xl/workbook.bin": "xlsb 工作簿", "word/document.xml": "Word 文档", "content.xml": "ods 表格"}
        kind = next((label for part, label in kinds.items() if part in names), "压缩包")
        raise RecordsError(f"{path.name}：内容其实是 {kind}，不能导入；请用 Excel 或 WPS 打开，另存为 xlsx 再导入")
    return look_through(path)


def _workbook_pages(path: Path, package: Package) -> Iterator[FileSheet]:
    from python_calamine import CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

    try:
        with path.open("rb") as file:  # given its path, the reader would go by the name
            workbook = CalamineWorkbook.from_filelike(file)
        names = [sheet.name for sheet in workbook.sheets_metadata]
        for sheet in workbook.sheets_metadata:
            if sheet.typ == SheetTypeEnum.WorkSheet:
                hidden = sheet.visible != SheetVisibleEnum.Visible
                page = _page(workbook.get_sheet_by_name(sheet.name), hidden, package)
                yield replace(page, others=tuple(name for name in names if name != sheet.name))
    except RecordsError:
        raise
    except PasswordError:
        raise RecordsError(f"{path.name}：设了密码，打不开；请在 Excel 里去掉密码，另存后再导入") from None
    except Exception as error:  # the reader raises many kinds for a damaged file
        raise RecordsError(
            f"{path.name}：打不开，可能已损坏、设了密码，或者不是真正的 Excel 文件；请用 Excel 打开后另存为 xlsx 再导入"
        ) from error


def _page(page: Any, hidden: bool, package: Package) -> FileSheet:
    """Return one sheet; the reader's data are released after its last row."""
    merged = tuple(page.merged_cell_ranges or ())
    rows = _rows(page, package.instead.get(page.name, {}))
    looks, comments = package.looks.get(page.name, Looks()), package.comments.get(page.name, {})
    return FileSheet(page.name, rows, hidden, merged, package.from_1904, looks, comments)


def _rows(page: Any, instead: Any) -> Iterator[Row]:
    """Yield the rows of a sheet from its first row and column, with the given replacements of cells."""
    if page.start is None and not instead:
        return
    indent = [""] * (page.start[1] if page.start else 0)
    by_row: dict[int, dict[int, Any]] = {}
    for (row, column), cell in instead.items():
        by_row.setdefault(row, {})[column] = cell
    count = 0
    for cells in page.iter_rows() if page.start else ():
        whole = [*indent, *cells] if indent else cells
        yield with_cells(whole, by_row[count]) if count in by_row else whole
        count += 1
    for index in range(count, max(by_row, default=-1) + 1):
        yield with_cells([], by_row.get(index, {}))


def with_cells(cells: Row, instead: Mapping[int, Any]) -> Row:
    """Return a row with other contents of some cells, by column."""
    width = max([len(cells), *(column + 1 for column in instead)])
    return [instead.get(column, cells[column] if column < len(cells) else "") for column in range(width)]
