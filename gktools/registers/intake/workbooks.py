"""New XLSX workbooks, written whole or told in Chinese why not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from xlsxwriter import Workbook
from xlsxwriter.exceptions import XlsxFileError

from ...errors import GktoolsError


@contextmanager
def new_workbook(path: Path) -> Iterator[Workbook]:
    """A workbook to be filled, in which texts stay texts, written to a path at the end of the block.

    Raises GktoolsError if it cannot be written there; a folder that is missing is made.
    """
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with Workbook(path, options) as book:
            yield book
    except (OSError, XlsxFileError) as error:
        remedy = "请看这个目录能不能写、同名的文件是不是正在 Excel 里开着、磁盘是否已满，或者换一个地方"
        raise GktoolsError(f"{path.name} 写不进去：{remedy}") from error
