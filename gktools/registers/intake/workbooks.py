"""Writing of new XLSX workbooks in one step, with errors in Chinese."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from xlsxwriter import Workbook
from xlsxwriter.exceptions import XlsxFileError

from ...errors import GktoolsError
from ...workspace.files import write_whole
from ...workspace.own_files import write_own_files


@contextmanager
def drawn_workbook(content: BytesIO) -> Iterator[Workbook]:
    """Yield a workbook, in which texts stay texts; content has its bytes at the end of the block."""
    with Workbook(content, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        yield book


@contextmanager
def new_workbook(path: Path) -> Iterator[Workbook]:
    """Yield a workbook, in which texts stay texts; it is written to path at the end of the block.

    Creates a missing folder. Raises GktoolsError if the file cannot be written.
    """
    with _told(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with drawn_workbook(content := BytesIO()) as book:
            yield book
        write_whole(path, content.getvalue())


def write_asked_for(books: Mapping[Path, BytesIO], kind: str, mode: int | None = None) -> None:
    """Write the workbooks that a command was asked for, of that kind, all or none; creates missing folders.

    With a mode they are never readable to more than that. Raises GktoolsError if they cannot be written, and
    NotOwnFileError where one would replace what the command did not write.
    """
    for path in list(books)[:1]:
        with _told(path):
            for one in books:
                one.parent.mkdir(parents=True, exist_ok=True)
            write_own_files({path: content.getvalue() for path, content in books.items()}, kind, mode)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, XlsxFileError) as error:
        remedy = "请看这个目录能不能写、同名的文件是不是正在 Excel 里开着、磁盘是否已满，或者换一个地方"
        raise GktoolsError(f"{path.name} 写不进去：{remedy}") from error
