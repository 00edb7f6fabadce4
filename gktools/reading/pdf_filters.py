"""What is unpacked of a PDF: its streams, up to the size of a report, whatever it calls its filters."""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from functools import cache
from types import SimpleNamespace

from ..errors import ReadingError

MOST_UNPACKED = 96 * 2**20
"""The maximum size of all streams of a file, unpacked."""
MOST_MEMORY = 2**30
"""How many bytes more the reading of a file may take."""
_TOO_LARGE = "解开后大得不像一份报告（像是压缩炸弹），没有读"
_SHOWN = re.compile(rb"\([^()]{0,2000}\)|<[0-9A-Fa-f\s]{0,8000}>")
_BYTES = 8
"""A character drawn on a page takes no more bytes than this, so that a page of too many is refused before it is drawn."""
MOST_CHARACTERS = 80_000
"""The most characters that are read; a report has a few thousand."""
TOO_MANY = f"文字超过 {MOST_CHARACTERS} 个，不像一份报告，没有读"
_LEFT: ContextVar[list[int]] = ContextVar("unpacked")
"""How many bytes may still be unpacked of the file that is being read, and how many of them may be characters to be drawn."""


def bound_unpacking() -> list[int]:
    """Have no more unpacked of the next file than a report may have; return what is left, as it is used up."""
    _bound_filters()
    _LEFT.set(left := [MOST_UNPACKED, MOST_CHARACTERS * _BYTES])
    return left


def unreadable(error: Exception, left: Sequence[int]) -> ReadingError:
    """Return why a PDF was not read; pdfplumber puts the error that it met into one of its own."""
    if left[1] < 0 <= left[0]:
        return ReadingError(TOO_MANY)
    if left[0] < 0 or isinstance(error, MemoryError) or any(isinstance(one, MemoryError) for one in error.args):
        return ReadingError(_TOO_LARGE)
    return ReadingError("这个 PDF 打不开，可能已损坏；请重新打印成 PDF 再试")


@cache
def _bound_filters() -> None:
    """Have pdfminer unpack by the filters of this module, whatever a file calls them and however it nests them."""
    from pdfminer import pdftypes

    bounded = {
        "zlib": SimpleNamespace(error=zlib.error, decompress=_counted(_inflate)),
        "decompress_corrupted": _counted(_inflate_damaged),
        "lzwdecode": _counted(_unpack_lzw),
        "rldecode": _counted(_unpack_runs),
        "ccittfaxdecode": lambda *_: b"",  # a picture, which has no text
    }
    for name, unpack in bounded.items():
        setattr(pdftypes, name, unpack)


def _counted(unpack: Callable[[bytes, int], bytes]) -> Callable[[bytes], bytes]:
    """Return a filter that unpacks what is left to be unpacked, and raises ReadingError if there is more."""

    def counted(data: bytes) -> bytes:
        left = _LEFT.get()
        made = unpack(data, left[0] + 1) if left[0] >= 0 else b""
        left[0] -= len(made)
        left[1] -= sum(map(len, _SHOWN.findall(made))) if b" Tf" in made else 0
        if min(left) < 0:
            raise ReadingError(_TOO_LARGE if left[0] < 0 else TOO_MANY)
        return made

    return counted


def _inflate(data: bytes, most: int) -> bytes:
    unpacking = zlib.decompressobj()
    made = unpacking.decompress(data, most)
    if not unpacking.eof and len(made) < most:
        raise zlib.error("incomplete")
    return made


def _inflate_damaged(data: bytes, most: int) -> bytes:
    """Return what can be unpacked of damaged data. Raises zlib.error unless only its last bytes, a sum, are wrong."""
    unpacking, made = zlib.decompressobj(), bytearray()
    for place in range(len(data)):
        try:
            made += unpacking.decompress(data[place : place + 1], most - len(made))
        except zlib.error:
            if place < len(data) - 4:
                raise
            break
        if len(made) >= most:
            break
    return bytes(made)


def _unpack_lzw(data: bytes, most: int) -> bytes:
    from pdfminer.lzw import LZWDecoder

    made = bytearray()
    for part in LZWDecoder(io.BytesIO(data)).run():
        made += part
        if len(made) >= most:
            break
    return bytes(made)


def _unpack_runs(data: bytes, most: int) -> bytes:
    made, place = bytearray(), 0
    while place < len(data) and data[place] != _END_OF_RUNS and len(made) < most:
        length = data[place]
        if length < _END_OF_RUNS:
            made += data[place + 1 : place + 2 + length]
            place += length + 2
        else:
            made += data[place + 1 : place + 2] * (257 - length)
            place += 2
    return bytes(made)


_END_OF_RUNS = 128
