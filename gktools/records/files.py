"""Files as pages: CSV and Excel workbooks, every sheet from its first line down, nothing interpreted yet.

What a file is, is told by how it begins, not by its name.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

from ..errors import RecordsError
from .binary import look_through_binary
from .delimited import read_delimited
from .package import Package, look_through

Row = Sequence[Any]
Place = tuple[int, int]
"""Row and column of a cell, from 0."""

SUFFIXES = (".xlsx", ".xls", ".xlsm", ".csv", ".txt", ".tsv")
LARGEST = 256 * 2**20
"""Bytes of a file."""


@dataclass(frozen=True)
class Page:
    """One sheet of a file: its name ("" for CSV), its rows from the first line down, and what cannot be seen in them.

    rows can be gone through once. merged holds the first and the last cell of each merged range.
    """

    name: str
    rows: Iterator[Row]
    hidden: bool = False
    merged: tuple[tuple[Place, Place], ...] = ()
    from_1904: bool = False


def open_pages(path: Path) -> Iterator[Page]:
    """Yield the sheets of a file.

    A cell whose formula has no value comes as Broken, a number shown with noughts in front as text. Raises RecordsError
    if the file is not one we read, or is larger than what a register can be.
    """
    begins = _beginning(path)
    if begins.startswith(b"PK\x03\x04"):
        yield from _workbook_pages(path, _checked_package(path))
    elif begins.startswith(b"\xd0\xcf\x11\xe0"):
        yield from _workbook_pages(path, look_through_binary(path))
    elif path.suffix.lower() in (".xlsx", ".xlsm"):
        raise RecordsError(
            f"{path.name}：打不开，可能已损坏，或者不是真正的 Excel 文件；请用 Excel 打开后另存为 xlsx 再导入"
        )
    elif b"<" in begins.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] or b"<html" in begins.lower():
        raise RecordsError(
            f"{path.name}：内容其实是网页（有的系统导出的“Excel”就是这样）；请用 Excel 打开后另存为 xlsx 再导入"
        )
    elif begins.startswith((b"\x09\x08", b"\x09\x04", b"\x09\x02", b"\x09\x00")):
        raise RecordsError(f"{path.name}：打不开，是很老的 Excel 格式；请用 Excel 打开后另存为 xlsx 再导入")
    else:
        yield Page("", read_delimited(path))


def _beginning(path: Path) -> bytes:
    """The first bytes of a file. Raises RecordsError where there is no ordinary file of a kind and size we read."""
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
            return file.read(512)
    except OSError as error:
        raise RecordsError(f"{path.name}：读不出来（{error.strerror}），请看有没有读它的权限") from None


_OTHERS = (".xlsb", ".ods", ".et", ".ett", ".numbers", ".fods", ".xltx", ".xlt")


def _checked_package(path: Path) -> Package:
    """What is known of a zip that is an XLSX workbook; RecordsError if it is anything else."""
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


def _workbook_pages(path: Path, package: Package) -> Iterator[Page]:
    from python_calamine import CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

    try:
        with path.open("rb") as file:  # given its path, the reader would go by the name
            workbook = CalamineWorkbook.from_filelike(file)
        for sheet in workbook.sheets_metadata:
            if sheet.typ == SheetTypeEnum.WorkSheet:
                hidden = sheet.visible != SheetVisibleEnum.Visible
                yield _page(workbook.get_sheet_by_name(sheet.name), hidden, package)
    except RecordsError:
        raise
    except PasswordError:
        raise RecordsError(f"{path.name}：设了密码，打不开；请在 Excel 里去掉密码，另存后再导入") from None
    except Exception as error:  # the reader raises many kinds for a damaged file
        raise RecordsError(
            f"{path.name}：打不开，可能已损坏、设了密码，或者不是真正的 Excel 文件；请用 Excel 打开后另存为 xlsx 再导入"
        ) from error


def _page(page: Any, hidden: bool, package: Package) -> Page:
    """One sheet; what the reader holds of it is let go with its last row."""
    merged = tuple(page.merged_cell_ranges or ())
    return Page(page.name, _rows(page, package.instead.get(page.name, {})), hidden, merged, package.from_1904)


def _rows(page: Any, instead: Any) -> Iterator[Row]:
    """The rows of a sheet from its first row and column, with what stands instead of its cells put in."""
    if page.start is None and not instead:
        return
    indent = [""] * (page.start[1] if page.start else 0)
    by_row: dict[int, dict[int, Any]] = {}
    for (row, column), cell in instead.items():
        by_row.setdefault(row, {})[column] = cell
    count = 0
    for cells in page.iter_rows() if page.start else ():
        whole = [*indent, *cells] if indent else cells
        yield _with(whole, by_row[count]) if count in by_row else whole
        count += 1
    for index in range(count, max(by_row, default=-1) + 1):
        yield _with([], by_row.get(index, {}))


def _with(cells: Row, instead: dict[int, Any]) -> Row:
    width = max([len(cells), *(column + 1 for column in instead)])
    return [instead.get(column, cells[column] if column < len(cells) else "") for column in range(width)]
