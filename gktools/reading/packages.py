"""Files packed as ZIP, looked at before anything of them is unpacked."""

from __future__ import annotations

import io
import zlib
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

from ..errors import ReadingError

MOST_PARTS, MOST_BYTES, MOST_RATIO = 3000, 128 * 2**20, 400
"""How many parts a packed file may have, how large they may be together, and how much smaller packed."""
_RATIO_FROM = 2**20


def open_package(data: bytes) -> ZipFile:
    """Return a packed file whose parts are safe to unpack. Raises ReadingError for any other."""
    try:
        package = ZipFile(io.BytesIO(data))
    except (BadZipFile, OSError, UnicodeError, NotImplementedError) as error:
        raise ReadingError("打不开，可能已损坏；请打开原文件另存以后再试") from error
    parts = package.infolist()
    if len(parts) > MOST_PARTS or len({part.filename for part in parts}) < len(parts):
        raise ReadingError("里面的部件太多或重复，没有打开；请另存以后再试")
    if sum(part.file_size for part in parts) > MOST_BYTES:
        raise ReadingError(f"解开后超过 {MOST_BYTES // 2**20} MB，没有打开")
    for part in parts:
        if part.flag_bits & 0x1:
            raise ReadingError("设了密码，打不开；请去掉密码，另存以后再试")
        if part.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
            raise ReadingError("压缩方式不常见，没有打开；请另存以后再试")
        if part.file_size > max(_RATIO_FROM, part.compress_size * MOST_RATIO):
            raise ReadingError("压缩得过分（像是压缩炸弹），没有打开")
    return package


def part_of(package: ZipFile, name: str) -> bytes:
    """Return a part, at most as long as the package says. Raises ReadingError if it is damaged or not there."""
    try:
        with package.open(name) as part:
            size = package.getinfo(name).file_size
            content = part.read(size + 1)
    except (BadZipFile, KeyError, OSError, EOFError, zlib.error, NotImplementedError, UnicodeError) as error:
        raise ReadingError("打不开，可能已损坏；请打开原文件另存以后再试") from error
    if len(content) > size:
        raise ReadingError("里面的大小和写明的不一致（像是压缩炸弹），没有打开")
    return content
