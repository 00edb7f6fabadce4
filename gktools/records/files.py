"""Files as rows: CSV and Excel workbooks, every sheet from its first line down, nothing interpreted yet."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from html import unescape
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from ..errors import RecordsError

Row = Sequence[Any]


def open_rows(path: Path) -> Iterator[tuple[str, list[Row]]]:
    """Yield the sheets of a file by name ("" for CSV), each as its rows.

    A cell whose formula failed comes as the error that Excel shows, such as #VALUE!. Raises RecordsError if the
    file is not one we read.
    """
    if path.is_dir():
        raise RecordsError(f"{path.name} 是文件夹，请写里面的文件，例如 {path.name}/*.xlsx")
    if not path.is_file():
        raise RecordsError(f"找不到文件 {path.name}")
    if path.suffix.lower() == ".csv":
        yield "", _csv_rows(path)
    elif path.suffix.lower() in (".xlsx", ".xls", ".xlsm"):
        yield from _workbook_rows(path)
    else:
        raise RecordsError(f"{path.name}：只能导入 xlsx、xls 和 csv 文件")


def _csv_rows(path: Path) -> list[Row]:
    raw = path.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        rows = csv.reader(io.StringIO(text, newline=""), strict=True)  # a quote left open would swallow what follows
        try:
            return list(rows)
        except csv.Error:
            raise RecordsError(
                f'{path.name}：第 {rows.line_num} 行或它前面的引号（"）不成对，请在 Excel 里打开检查，另存后再导入'
            ) from None
    raise RecordsError(f"{path.name}：文字编码认不出来，请在 Excel 里另存为“CSV UTF-8”再导入")


def _workbook_rows(path: Path) -> Iterator[tuple[str, list[Row]]]:
    from python_calamine import CalamineWorkbook

    try:
        workbook = CalamineWorkbook.from_path(path)
        failed = _failed_formulas(path) if path.suffix.lower() != ".xls" else {}
        sheets: list[tuple[str, list[Row]]] = [
            (name, list(workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)))
            for name in workbook.sheet_names
        ]
    except Exception as error:  # the reader raises many kinds for a damaged file
        raise RecordsError(
            f"{path.name}：打不开，可能已损坏、设了密码，或者不是真正的 Excel 文件；请用 Excel 打开后另存为 xlsx 再导入"
        ) from error
    for name, rows in sheets:
        for row, column, shown in failed.get(name, ()):
            if row < len(rows) and column < len(rows[row]):
                rows[row] = [*rows[row][:column], shown, *rows[row][column + 1 :]]
        yield name, rows


def _failed_formulas(path: Path) -> dict[str, list[tuple[int, int, str]]]:
    """The cells of each sheet that hold a formula's error: row and column from 0; the reader shows them as empty."""
    with ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist() if _SHEET.fullmatch(name)}
        if not any(b't="e"' in part for part in parts.values()):
            return {}
        workbook = book.read("xl/workbook.xml").decode("utf-8", "replace")
        links = book.read("xl/_rels/workbook.xml.rels").decode("utf-8", "replace")
    targets = {
        _attribute("Id", link): _attribute("Target", link) for link in re.findall(r"<Relationship\b[^>]*>", links)
    }
    found = {}
    for sheet in re.findall(r"<sheet\b[^>]*>", workbook):
        target = targets.get(_attribute("r:id", sheet), "")
        part = target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
        cells = _FAILED.findall(parts.get(part, b"").decode("utf-8", "replace"))
        found[_attribute("name", sheet)] = [(int(row) - 1, _column(column), shown) for column, row, shown in cells]
    return found


_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml")
_FAILED = re.compile(r'<c\b(?=[^>]*\bt="e")[^>]*\br="([A-Z]+)(\d+)"[^>]*>.*?<v>([^<]*)</v>', re.DOTALL)


def _attribute(name: str, element: str) -> str:
    found = re.search(rf'\s{re.escape(name)}="([^"]*)"', element)
    return unescape(found[1]) if found else ""


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1
