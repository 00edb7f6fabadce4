"""Writing of new XLSX workbooks in one step, with errors in Chinese."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from xlsxwriter import Workbook
from xlsxwriter.exceptions import XlsxFileError

from ...errors import GktoolsError
from ...workspace.files import write_whole


@contextmanager
def new_workbook(path: Path, mode: int | None = None) -> Iterator[Workbook]:
    """Yield a workbook, in which texts stay texts; it is written to path at the end of the block.

    Creates a missing folder. With a mode it is never readable to more than that. Raises GktoolsError if the file cannot be written.
    """
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        content = BytesIO()
        with Workbook(content, options) as book:
            yield book
        write_whole(path, content.getvalue(), mode)
    except (OSError, XlsxFileError) as error:
        remedy = "请看这个目录能不能写、同名的文件是不是正在 Excel 里开着、磁盘是否已满，或者换一个地方"
        raise GktoolsError(f"{path.name} 写不进去：{remedy}") from error
