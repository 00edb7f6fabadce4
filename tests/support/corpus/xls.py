"""Old XLS files written byte by byte: no library at hand writes them, and offices still send them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from struct import pack

ERRORS = {"#NULL!": 0, "#DIV/0!": 7, "#VALUE!": 15, "#REF!": 23, "#NAME?": 29, "#NUM!": 36, "#N/A": 42}


def record(kind: int, data: bytes = b"") -> bytes:
    return pack("<HH", kind, len(data)) + data


def text(value: str, count: str = "<H") -> bytes:
    return pack(count, len(value)) + b"\x01" + value.encode("utf-16-le", "surrogatepass")


_STRUCK, _STRUCK_DAY = 3, 4
"""Styles whose font is struck out."""


def cell(row: int, column: int, value, shared=None) -> bytes:
    place = pack("<HH", row, column)
    if hasattr(value, "pieces"):  # struck out in part: a shared text
        shared.append(value.pieces)
        return record(0xFD, place + pack("<HI", 0, len(shared) - 1))
    if hasattr(value, "value"):  # struck out as a whole
        found = cell(row, column, value.value)
        style = _STRUCK_DAY if isinstance(value.value, date) else _STRUCK
        return found[:8] + pack("<H", style) + found[10:]
    if value is None or value == "":
        return b""
    if isinstance(value, bool):
        return record(0x205, place + pack("<HBB", 0, value, 0))
    if isinstance(value, date):
        return record(0x203, place + pack("<Hd", 1, (value - date(1899, 12, 30)).days))
    if isinstance(value, Decimal):  # shown with noughts in front
        return record(0x27E, place + pack("<Hi", 2, int(value) << 2 | 2))
    if isinstance(value, int | float):
        return record(0x203, place + pack("<Hd", 0, value))
    if value in ERRORS:  # as a formula that failed
        result = pack("<BBBBBBH", 2, 0, ERRORS[value], 0, 0, 0, 0xFFFF)
        return record(0x06, place + pack("<H", 0) + result + pack("<HIH", 0, 0, 0))
    return record(0x204, place + pack("<H", 0) + text(value))


def shared_texts(texts) -> bytes:
    """The record of shared texts, each in pieces with whether they are struck out."""
    data = pack("<II", len(texts), len(texts))
    for pieces in texts:
        whole = "".join(said for _, said in pieces)
        begins = [sum(len(said) for _, said in pieces[:i]) for i in range(len(pieces))]
        runs = b"".join(pack("<HH", at, 5 if out else 0) for at, (out, _) in zip(begins, pieces, strict=True))
        data += pack("<HBH", len(whole), 9, len(pieces)) + whole.encode("utf-16-le") + runs
    return record(0xFC, data)


def noted(number: int, said: str, row: int | None) -> bytes:
    """The records of a text box, or of a comment on a cell of a row (from 0)."""
    half = len(said) // 2  # a text goes on in another record
    pieces = b"\1" + said[:half].encode("utf-16-le"), b"\1" + said[half:].encode("utf-16-le"), bytes(16)
    body = record(0x5D, pack("<HHHH", 0x15, 0x12, 0x19, number) + bytes(14))
    body += record(0x1B6, pack("<HH6xHHI", 0, 0, len(said), 16, 0))
    body += b"".join(record(0x3C, piece) for piece in pieces)
    return body if row is None else body + record(0x1C, pack("<HHHH", row, 0, 0, number) + bytes(4))


def sheet(
    rows, *, dimensions=None, merged=(), hidden_rows=(), hidden_columns=(), filtered=False, notes=(), shared=None
) -> bytes:
    width = max((len(row) for row in rows), default=0)
    first_row, last_row, first, last = dimensions or (0, len(rows), 0, width)
    body = record(0x809, pack("<HHHHII", 0x600, 0x10, 0x0DBB, 0x07CC, 0, 6))
    body += record(0x200, pack("<IIHHH", first_row, last_row, first, last, 0))
    body += record(0x9B) if filtered else b""
    body += b"".join(record(0x7D, pack("<HHHHHH", j, j, 2048, 0, 1, 0)) for j in hidden_columns)
    body += b"".join(record(0x208, pack("<HHHHHHHH", i, 0, width, 255, 0, 0, 0x120, 0)) for i in hidden_rows)
    body += b"".join(cell(i, j, value, shared) for i, row in enumerate(rows) for j, value in enumerate(row))
    if merged:
        ranges = b"".join(pack("<HHHH", top, bottom, left, right) for top, left, bottom, right in merged)
        body += record(0xE5, pack("<H", len(merged)) + ranges)
    body += b"".join(noted(number, said, row) for number, (said, row) in enumerate(notes, 1))
    return body + record(0x0A)


def workbook(pages, *, from_1904=False, extra=b"") -> bytes:
    """The workbook stream: pages are (name, rows, options), options hidden and those of sheet()."""
    begins = record(0x809, pack("<HHHHII", 0x600, 0x05, 0x0DBB, 0x07CC, 0, 6)) + extra
    begins += record(0x42, pack("<H", 1200)) + record(0x22, pack("<H", int(from_1904)))
    plain = pack("<HHH", 0, 0, 0) + bytes(14)
    day = pack("<HHH", 0, 14, 0) + bytes(14)
    begins += record(0x41E, pack("<H", 170) + text("000")) + record(0xE0, plain) + record(0xE0, day)
    begins += record(0xE0, pack("<HHH", 0, 170, 0) + bytes(14))
    fonts = b"".join(record(0x31, pack("<HH", 200, 8 if i == 4 else 0) + bytes(12)) for i in range(5))
    begins += fonts + b"".join(record(0xE0, pack("<HHH", 5, shape, 0) + bytes(14)) for shape in (0, 14))
    made = []
    shared: list = []
    for name, rows, options in pages:
        asked = dict(options)
        hidden = asked.pop("hidden", False)
        made.append((name, hidden, sheet(rows, **asked, shared=shared)))
    begins += shared_texts(shared) if shared else b""
    head = sum(4 + 6 + len(text(name, "<B")) for name, _, _ in made) + 4
    place, listed = len(begins) + head, b""
    for name, hidden, body in made:
        listed += record(0x85, pack("<IBB", place, int(hidden), 0) + text(name, "<B"))
        place += len(body)
    return begins + listed + record(0x0A) + b"".join(body for _, _, body in made)


def compound(streams: dict[str, bytes]) -> bytes:
    """A compound file of streams, each padded so that it stands in sectors of its own."""
    padded = {name: data.ljust(4096, b"\0") for name, data in streams.items()}
    sectors: list[bytes] = []
    table: list[int] = []

    def add(data: bytes) -> int:
        first = len(sectors)
        pieces = [data[i : i + 512].ljust(512, b"\0") for i in range(0, len(data), 512)]
        sectors.extend(pieces)
        table.extend([*range(first + 1, first + len(pieces)), 0xFFFFFFFE])
        return first

    def entry(name: str, kind: int, start: int, size: int, child: int, right: int) -> bytes:
        raw = (name.encode("utf-16-le") + b"\0\0").ljust(64, b"\0")
        head = raw + pack("<HBBIII", 2 * len(name) + 2, kind, 1, 0xFFFFFFFF, right, child)
        return head + bytes(36) + pack("<IQ", start, size)

    starts = {name: add(data) for name, data in padded.items()}
    names = list(padded)
    listed = entry("Root Entry", 5, 0xFFFFFFFE, 0, 1, 0xFFFFFFFF)
    for i, name in enumerate(names):
        right = i + 2 if i + 1 < len(names) else 0xFFFFFFFF
        listed += entry(name, 2, starts[name], len(padded[name]), 0xFFFFFFFF, right)
    while len(listed) % 512:
        listed += entry("", 0, 0, 0, 0xFFFFFFFF, 0xFFFFFFFF)
    directory = add(listed)
    count = -(-(len(table) + 1) // 127)
    count = -(-(len(table) + count) // 128)
    tables = list(range(len(sectors), len(sectors) + count))
    table += [0xFFFFFFFD] * count
    table += [0xFFFFFFFF] * (128 * count - len(table))
    sectors.append(pack(f"<{len(table)}I", *table))
    assert count <= 109, "larger than this writer can say"
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(10)
    header += pack("<IIIIIIII", count, directory, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    header += pack("<109I", *tables, *([0xFFFFFFFF] * (109 - count)))
    return header + b"".join(sectors)


def xls(*pages, **options) -> bytes:
    """An XLS file of pages, each (name, rows) or (name, rows, options)."""
    return compound({"Workbook": workbook([(*page, {})[:3] for page in pages], **options)})
