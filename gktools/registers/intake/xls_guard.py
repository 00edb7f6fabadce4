"""Inspection of XLS workbooks before they are parsed: a compound file with a stream of records.

A reader trusts the sizes stated in the file, and shows failed formulas as empty cells and 007 as 7; so the records are
read here first.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from struct import unpack_from

from ...errors import RecordsError
from .padding import MOST as MOST_PADDED
from .padding import NumberFormat, formats_by_id, too_many
from .values import Broken
from .xls_looks import FONT, SheetLooks, formats_of
from .xls_notes import NOTED, SheetNotes
from .xlsx_guard import MOST_CELLS, Package

_BOUNDSHEET, _FILEPASS, _DATEMODE, _SST, _DIMENSIONS = 0x85, 0x2F, 0x22, 0xFC, 0x200
_FORMULA, _BOOLERR, _NUMBER, _RK, _MULRK = 0x06, 0x205, 0x203, 0x27E, 0xBD
_XF, _FORMAT, _CONTINUE = 0xE0, 0x41E, 0x3C
_BEGINS, _ENDS = frozenset({0x809, 0x409, 0x209}), 0x0A
_CELLS = frozenset({_FORMULA, _BOOLERR, 0x203, 0x27E, 0xBD, 0xBE, 0x204, 0xFD, 0x201, 0xD6})
_FREE = 0xFFFFFFF0
"""Sector numbers from here on are markers."""
_ERRORS = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}


def look_through_binary(path: Path) -> Package:
    """Return what an XLS workbook contains beyond its values. Raises RecordsError if it is unsafe to parse."""
    try:
        streams = _Streams(path.read_bytes())
        if "EncryptedPackage" in streams.entries:
            raise _protected(path.name)
        name = next((name for name in ("Workbook", "Book") if name in streams.entries), None)
        if name is None:
            raise RecordsError(f"{path.name}：内容不是 Excel 工作簿；请用 Excel 或 WPS 打开，另存为 xlsx 再导入")
        return _described(path.name, streams.read(name))
    except (struct.error, IndexError, ValueError):
        raise RecordsError(f"{path.name}：打不开，可能已损坏；请用 Excel 打开后另存为 xlsx 再导入") from None


@dataclass(frozen=True)
class _Entry:
    start: int
    size: int


class _Streams:
    """The streams of a compound file by name. Raises ValueError if it is malformed."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        shift, small_shift = unpack_from("<HH", raw, 30)
        if shift not in (9, 12) or small_shift != 6:
            raise ValueError("sectors")
        self._size = 1 << shift
        self._most = len(raw) // self._size + 1
        tables, directory, self._cutoff, small, smalls, more, mores = unpack_from("<I I 4x I I I I I", raw, 44)
        if max(tables, smalls, mores) > self._most:
            raise ValueError("tables")
        self._table = self._numbers(self._tables(tables, more, mores))
        self._small_table = self._numbers(self._chain(small)) if smalls else []
        listed = b"".join(self._sector(number) for number in self._chain(directory))
        self.entries = dict(self._entries(listed))
        self._small = self.read("Root Entry", whole=True) if "Root Entry" in self.entries else b""

    def read(self, name: str, *, whole: bool = False) -> bytes:
        """Return the bytes of a stream; whole: it is stored in full sectors although it is small."""
        entry = self.entries[name]
        if entry.size >= self._cutoff or whole:
            return b"".join(map(self._sector, self._chain(entry.start)))[: entry.size]
        pieces = (self._small[64 * number : 64 * number + 64] for number in self._chain(entry.start, small=True))
        return b"".join(pieces)[: entry.size]

    def _tables(self, count: int, more: int, mores: int) -> list[int]:
        numbers = list(unpack_from("<109I", self._raw, 76))
        for _ in range(mores):
            part = self._numbers([more])
            numbers += part[:-1]
            more = part[-1]
        return [number for number in numbers if number < _FREE][:count]

    def _sector(self, number: int) -> bytes:
        return self._raw[self._size * (number + 1) : self._size * (number + 2)]

    def _numbers(self, sectors: list[int]) -> list[int]:
        raw = b"".join(map(self._sector, sectors))
        return list(unpack_from(f"<{len(raw) // 4}I", raw))

    def _chain(self, start: int, *, small: bool = False) -> list[int]:
        table = self._small_table if small else self._table
        chain: list[int] = []
        while start < _FREE:
            chain.append(start)
            if len(chain) > (len(table) if small else self._most):
                raise ValueError("a chain in a circle")
            start = table[start]
        return chain

    def _entries(self, listed: bytes) -> Iterator[tuple[str, _Entry]]:
        for place in range(0, len(listed) - 127, 128):
            length, kind = unpack_from("<HB", listed, place + 64)
            if kind in (2, 5) and 2 <= length <= 64:
                start, size = unpack_from("<II", listed, place + 116)
                if size > len(self._raw):
                    raise ValueError("a stream longer than its file")
                yield listed[place : place + length - 2].decode("utf-16-le", "replace"), _Entry(start, size)


def _described(name: str, stream: bytes) -> Package:
    """Return the workbook's date system, and each sheet's replacements of cells and struck-out and hidden cells."""
    sheets: list[tuple[str, int]] = []
    kept: dict[int, list[bytes]] = {FONT: [], _XF: [], _SST: []}
    from_1904 = False
    version = last = 0
    codes: dict[int, str] = {}
    for kind, data in _records(stream, 0):
        if kind == _FILEPASS:
            raise _protected(name)
        if kind in _BEGINS and not version:
            version = unpack_from("<H", data)[0]
        elif kind == _DATEMODE:
            from_1904 = unpack_from("<H", data)[0] == 1
        elif kind == _FORMAT:
            codes[unpack_from("<H", data)[0]] = _text(data[2:])
        elif kind in kept or (kind == _CONTINUE and last in (_SST, _CONTINUE) and kept[_SST]):
            kept[_SST if kind == _CONTINUE else kind].append(data)
        elif kind == _BOUNDSHEET:
            sheets.append((_short_text(data[6:]), unpack_from("<I", data)[0]))
        last = kind
    if kept[_SST] and max(unpack_from("<II", kept[_SST][0])) > len(stream):
        raise ValueError("more texts than bytes")
    styles = (unpack_from("<H", data, 2)[0] for data in kept[_XF])
    shapes = formats_by_id(styles, codes)
    formats = formats_of(version, kept[FONT], kept[_XF], kept[_SST], codes)
    looks = {title: SheetLooks(name, formats) for title, _ in sheets}
    notes = {title: SheetNotes(version) for title, _ in sheets}
    instead = {title: _instead(name, stream, place, shapes, looks[title], notes[title]) for title, place in sheets}
    comments = {title: found.comments() for title, found in notes.items()}
    return Package(instead, from_1904, {title: found.looks() for title, found in looks.items()}, comments)


def _instead(
    name: str, stream: bytes, start: int, shapes: Mapping[int, NumberFormat], looks: SheetLooks, notes: SheetNotes
) -> dict[tuple[int, int], Broken | str]:
    """Return the failed formulas and the numbers displayed as something else of one sheet by row and column, from 0.

    shapes are the number formats by style; looks collects struck-out and hidden cells. Raises RecordsError if the sheet
    is too large.
    """
    found: dict[tuple[int, int], Broken | str] = {}
    rows = columns = 0
    for kind, data in _records(stream, start):
        if kind in looks.watched:
            looks.take(kind, data)
        if kind in NOTED:
            notes.take(kind, data)
        if kind == _DIMENSIONS and len(data) >= 12:
            first, last, left, right = unpack_from("<IIHH", data)
            if first > last or left > right:
                raise ValueError("dimensions")
            rows, columns = max(rows, last), max(columns, right)
        elif kind in _CELLS:
            row, column = unpack_from("<HH", data)
            rows, columns = max(rows, row + 1), max(columns, column + 1)
            if (code := _failure(kind, data)) is not None:
                found[row, column] = Broken(_ERRORS.get(code, "#VALUE!"))
            if shapes:
                found |= {
                    (row, column + i): text
                    for i, (style, number) in enumerate(_numbers(kind, data))
                    if style in shapes and (text := shapes[style].displayed(format(Decimal(repr(number)), "f")))
                }
        if len(found) > MOST_PADDED:
            raise too_many(name)
        if rows * columns > MOST_CELLS:
            raise RecordsError(
                f"{name}：工作表太大（{rows} 行 {columns} 列），没有打开；多半是很远的地方误填了内容，请删掉那里的行和列"
            )
    return found


def _failure(kind: int, data: bytes) -> int | None:
    """Return the error code that a cell displays; None if it displays none."""
    if kind == _BOOLERR and data[7]:
        return data[6]
    if kind == _FORMULA and data[12:14] == b"\xff\xff" and data[6] == 2:
        return data[8]
    return None


def _numbers(kind: int, data: bytes) -> Iterator[tuple[int, float]]:
    """Yield the style and the value of each cell in a record of numbers."""
    if kind == _NUMBER or (kind == _FORMULA and data[12:14] != b"\xff\xff"):
        yield unpack_from("<Hd", data, 4)
    elif kind in (_RK, _MULRK):
        for place in range(4, len(data) - (0 if kind == _RK else 2), 6):
            style, packed = unpack_from("<Hi", data, place)
            number = packed >> 2 if packed & 2 else struct.unpack("<d", struct.pack("<4xI", packed & 0xFFFFFFFC))[0]
            yield style, number / 100 if packed & 1 else number


def _records(stream: bytes, place: int) -> Iterator[tuple[int, bytes]]:
    """Yield the kind and data of the records from an offset to the end of their part."""
    depth = 0
    while place + 4 <= len(stream):
        kind, length = unpack_from("<HH", stream, place)
        yield kind, stream[place + 4 : place + 4 + length]
        place += 4 + length
        depth += (kind in _BEGINS) - (kind == _ENDS)
        if kind == _ENDS and depth <= 0:
            return


def _short_text(data: bytes) -> str:
    length, wide = data[0], data[1] & 1
    return data[2 : 2 + length * (1 + wide)].decode("utf-16-le" if wide else "latin-1", "replace")


def _text(data: bytes) -> str:
    length, wide = unpack_from("<HB", data)
    return data[3 : 3 + length * (1 + (wide & 1))].decode("utf-16-le" if wide & 1 else "latin-1", "replace")


def _protected(name: str) -> RecordsError:
    return RecordsError(f"{name}：设了密码，打不开；请在 Excel 里去掉密码，另存后再导入")
