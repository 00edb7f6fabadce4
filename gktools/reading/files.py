"""Files, folders, packed files and standard input as published reports."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ..errors import ReadingError, in_one_line, os_reason
from ..workspace.files import read_regular
from .about import About
from .blocks import Source
from .data_source import NamedFile, read_csv_reports, read_json_reports
from .html_source import read_html, read_mht, read_text_with_tables
from .packages import open_package, part_of
from .pdf_source import read_pdf
from .published import PrintedReport
from .read import read_source
from .sheet_source import read_workbook_sheets
from .text_source import is_delimited, read_delimited_text, read_text
from .word_source import read_docx

MOST_BYTES = 64 * 2**20
"""The maximum size of a file."""
MOST_FILES = 5000
"""The maximum number of files in a folder or a packed file."""


Seen = Callable[[Source, PrintedReport], None]


@dataclass(frozen=True)
class Unreadable:
    """A file that could not be read as a report, and why."""

    file: str
    why: str


@dataclass(frozen=True)
class GivenFile:
    """The bytes of a file and its name as given."""

    name: str
    data: bytes

    @property
    def ending(self) -> str:
        """The ending of its name, in lower case."""
        return Path(self.name).suffix.lower()


def read_files(
    paths: Sequence[Path],
    standard_input: BinaryIO,
    said: About | None = None,
    *,
    whole: bool = True,
    seen: Seen | None = None,
) -> Iterator[PrintedReport | Unreadable]:
    """Yield every report in some files; folders and packed files are looked through, "-" is standard input.

    said has the office and year that a person names instead of those printed; seen is called with what stands in a file,
    before its report is yielded.
    """
    for path in paths:
        for found in _opened(path, standard_input):
            yield from [found] if isinstance(found, Unreadable) else read_file(found, said, whole=whole, seen=seen)


def read_file(
    file: GivenFile, said: About | None = None, *, whole: bool = True, seen: Seen | None = None
) -> Iterator[PrintedReport | Unreadable]:
    """Yield the reports in a file, or why there is none."""
    try:
        packed = open_package(file.data) if file.data.startswith(b"PK") else None
        if packed is not None and not _PARTS_OF_KINDS.intersection(names := packed.namelist()):
            for inner in _unpacked(file, packed, names):
                yield from [inner] if isinstance(inner, Unreadable) else read_file(inner, said, whole=whole, seen=seen)
            return
        yield from _reports(file, said, whole=whole, seen=seen)
    except ReadingError as error:
        yield Unreadable(file.name, str(error).removeprefix(f"{file.name}："))
    except (MemoryError, RecursionError):
        yield Unreadable(file.name, "太大或者套得太深，没有读")


def _reports(file: GivenFile, said: About | None, *, whole: bool, seen: Seen | None) -> Iterator[PrintedReport]:
    sha256 = hashlib.sha256(file.data).hexdigest()
    named = NamedFile(file.name, sha256)
    if _is_json(file):
        yield from read_json_reports(file.data, named)
        return
    if (file.ending == ".csv" or b"row_key" in file.data[:400]) and (reports := read_csv_reports(file.data, named)):
        yield from reports
        return
    source = source_of(file)
    report = read_source(source, file.name, sha256, said, whole=whole)
    if seen:
        seen(source, report)
    yield report


# --- which kind of file --------------------------------------------------------------------------------------


def source_of(file: GivenFile) -> Source:
    """Return what stands in a file, by what its bytes are, whatever its name says. Raises ReadingError with the way out."""
    data = file.data
    if data.startswith(b"PK"):
        return _packed_source(file)
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        return _binary_source(file)
    if b"%PDF-" in data[:1024]:
        return read_pdf(data)
    _refuse_others(file)
    head = _head(data)
    if _is_mht(file, head):
        return read_mht(data)
    if file.ending in (".txt", ".md") and b"<table" in data.lower() and not _PAGE.search(head):
        return read_text_with_tables(data)
    if file.ending in (".html", ".htm", ".shtml", ".xhtml") or _HTML.search(head):
        return read_html(data)
    if b"\0" in data[:4096] and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ReadingError("不是能读的文件；请另存为网页、Word（docx）、Excel（xlsx）或可以选中文字的 PDF 再试")
    return read_delimited_text(data) if file.ending == ".csv" or is_delimited(data) else read_text(data)


_HTML = re.compile(r"(?i)<(?:!doctype\s+html|html|head|body|table|tbody|div|p|td|tr|span|meta|h[1-6])[\s>/]")
_PAGE = re.compile(r"(?i)<(?:!doctype\s+html|html|head|body)[\s>/]")
_PARTS_OF_KINDS = frozenset(
    {"word/document.xml", "xl/workbook.xml", "xl/workbook.bin", "OFD.xml", "content.xml", "ppt/presentation.xml"}
)


def _head(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data[:4096].decode("utf-16", "ignore")
    return data[:4096].decode("latin-1")


def _is_mht(file: GivenFile, head: str) -> bool:
    starts = re.match(
        r"\s*(?:MIME-Version|From|Subject|Content-Type|Snapshot-Content-Location)\s*:", head, re.IGNORECASE
    )
    return bool(starts) and (
        "multipart/related" in head.lower() or "text/html" in head.lower() or file.ending in (".mht", ".mhtml")
    )


def _is_json(file: GivenFile) -> bool:
    return file.ending == ".json" or bool(re.match(rb"(?:\xef\xbb\xbf)?\s*(?:\{|\[\s*\{)\s*\"", file.data[:200]))


def _packed_source(file: GivenFile) -> Source:
    package = open_package(file.data)
    names = {*package.namelist()}
    if "word/document.xml" in names:
        return read_docx(package)
    if "xl/workbook.xml" in names:
        return read_workbook_sheets(file.data, "xlsx")
    if "OFD.xml" in names:
        raise ReadingError("是 OFD 版式文件，读不了；请在阅读器里另存或打印成可以选中文字的 PDF 再试")
    if "xl/workbook.bin" in names:
        raise ReadingError("是 xlsb 工作簿，读不了；请用 Excel 打开，另存为 xlsx 再试")
    raise ReadingError("是 ODT、ODS 或演示文件，读不了；请打开后另存为 docx 或 xlsx 再试")


def _binary_source(file: GivenFile) -> Source:
    data = file.data
    if file.ending in (".wps", ".wpt"):
        raise ReadingError("是 WPS 文字的文件（wps），读不了；请用 WPS 打开，另存为 docx 再试")
    if file.ending in (".et", ".ett"):
        raise ReadingError("是 WPS 表格的文件（et），读不了；请用 WPS 打开，另存为 xlsx 再试")
    if "EncryptedPackage".encode("utf-16-le") in data:
        raise ReadingError("设了密码，打不开；请去掉密码，另存以后再试")
    if "WordDocument".encode("utf-16-le") in data:
        raise ReadingError("是旧的 Word 文件（doc），读不了；请用 Word 或 WPS 打开，另存为 docx 再试")
    if any(name.encode("utf-16-le") in data for name in ("Workbook", "Book")):
        return read_workbook_sheets(data, "xls")
    raise ReadingError("不是能读的文件；请打开后另存为 docx、xlsx 或可以选中文字的 PDF 再试")


_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\0", b"MM\0*", b"RIFF")


def _refuse_others(file: GivenFile) -> None:
    data = file.data
    if not data.strip():
        raise ReadingError("是空的")
    if data.startswith(_PICTURES) and b"\0" in data[:64]:
        raise ReadingError("是图片，读不出数；请找 Word、Excel 或可以选中文字的 PDF 再试")
    if data.startswith(b"{\\rtf"):
        raise ReadingError("是 RTF 文件，读不了；请用 Word 或 WPS 打开，另存为 docx 再试")
    if data.startswith((b"\x1f\x8b", b"Rar!", b"7z\xbc\xaf")):
        raise ReadingError("是压缩文件，只会打开 zip；请解开以后再试")


# --- folders and packed files --------------------------------------------------------------------------------

_READ = frozenset(
    """
    .html .htm .shtml .xhtml .mht .mhtml .docx .xlsx .xlsm .xls .pdf .txt .md .json .csv .doc .wps .et
    .ofd .rtf .zip
    """.split()  # noqa: SIM905 - a list of words
)
"""The endings of files that are read, or refused by name, in a folder; others, such as scripts of a saved page, are none."""


def _opened(path: Path, standard_input: BinaryIO) -> Iterator[GivenFile | Unreadable]:
    if str(path) == "-":
        yield _bounded("-", standard_input.read(MOST_BYTES + 1))
    elif path.is_dir():
        files = sorted(
            one for one in path.rglob("*") if one.suffix.lower() in _READ and one.is_file() and not _aside(one)
        )
        if not files:
            yield Unreadable(in_one_line(str(path)), "文件夹里没有能读的文件")
        for file in files[:MOST_FILES]:
            yield _file(file)
        if len(files) > MOST_FILES:
            yield Unreadable(in_one_line(str(path)), f"文件夹里的文件超过 {MOST_FILES} 个，只读了前面的")
    else:
        yield _file(path)


def _aside(path: Path) -> bool:
    """Return whether a file is none of a person's: hidden, or of the folder that a browser saves beside a page."""
    return any(part.startswith((".", "~$")) or part.endswith(("_files", ".files")) for part in path.parts[-4:])


def _file(path: Path) -> GivenFile | Unreadable:
    name = in_one_line(path.as_posix())
    try:
        return _bounded(name, read_regular(path, most=MOST_BYTES))
    except OSError as error:
        return Unreadable(name, f"读不出来（{os_reason(error)}）")


def _bounded(name: str, data: bytes) -> GivenFile | Unreadable:
    if len(data) > MOST_BYTES:
        return Unreadable(name, f"超过 {MOST_BYTES // 2**20} MB，没有读")
    return GivenFile(name, data)


def _unpacked(file: GivenFile, packed: object, names: Sequence[str]) -> Iterator[GivenFile | Unreadable]:
    from zipfile import ZipFile

    assert isinstance(packed, ZipFile)
    found = [info for info in packed.infolist() if not info.is_dir() and Path(info.filename).suffix.lower() in _READ]
    inner = [info for info in found if not _aside(Path(info.filename)) and "__MACOSX" not in info.filename]
    if not inner:
        yield Unreadable(file.name, "压缩包里没有能读的文件")
    for info in inner:
        name = info.filename if info.flag_bits & 0x800 else _chinese(info.filename)
        whole = f"{file.name}/{in_one_line(name)}"
        if Path(name).suffix.lower() == ".zip":
            yield Unreadable(whole, "是压缩包里的压缩包，没有打开；请解开以后再试")
            continue
        try:
            yield GivenFile(whole, part_of(packed, info.filename))
        except ReadingError as error:
            yield Unreadable(whole, str(error))


def _chinese(name: str) -> str:
    """Return the name of a packed file as a Chinese program wrote it."""
    try:
        return name.encode("cp437").decode("gb18030")
    except UnicodeError:
        return name
