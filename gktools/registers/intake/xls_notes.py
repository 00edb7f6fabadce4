"""The comments, text boxes, page headers and footers in the records of an XLS workbook."""

from __future__ import annotations

from collections import defaultdict
from struct import error, unpack_from

from .looks import Comments, printed_text

_OBJECT, _TEXT, _CONTINUE, _NOTE = 0x5D, 0x1B6, 0x3C, 0x1C
_PRINTED = (0x14, 0x15)
NOTED = frozenset({_OBJECT, _TEXT, _CONTINUE, _NOTE, *_PRINTED})
"""The kinds of records that a collector reads."""
_NEWEST = 0x600
"""The first version whose comments are texts of objects (Excel 97)."""


class SheetNotes:
    """A collector of the comments of one sheet: a text belongs to the object before it, and a note names its object."""

    def __init__(self, version: int) -> None:
        self._version = version
        self._object = -1
        self._texts: dict[int, str] = {}
        self._rows: dict[int, int] = {}
        self._old: list[tuple[int, str]] = []
        self._left = 0

    def take(self, kind: int, data: bytes) -> None:
        """Read one record; one that is too short says nothing."""
        try:
            self._take(kind, data)
        except error:
            self._left = 0

    def _take(self, kind: int, data: bytes) -> None:
        if kind == _CONTINUE:
            if self._left > 0 and data:
                text = data[1:].decode("utf-16-le" if data[0] & 1 else "latin-1", "replace")
                self._texts[self._object] = self._texts.get(self._object, "") + text[: self._left]
                self._left -= len(text)
            return
        self._left = 0
        if kind == _OBJECT:
            self._object = unpack_from("<H", data, 6)[0]
        elif kind == _TEXT:
            self._left = unpack_from("<H", data, 10)[0]
        elif kind in _PRINTED:
            self._old.append((0, printed_text(self._printed(data))))
        elif self._version >= _NEWEST:
            row, _, _, said = unpack_from("<HHHH", data)
            self._rows[said] = row
        else:
            row, _, length = unpack_from("<HHH", data)
            self._old.append((row, data[6 : 6 + length].decode("gbk", "replace")))

    def _printed(self, data: bytes) -> str:
        if self._version < _NEWEST:
            return data[1:].decode("gbk", "replace")
        return data[3:].decode("utf-16-le" if data[2:3] == b"\1" else "latin-1", "replace")

    def comments(self) -> Comments:
        """Return the texts by row (from 1); those of text boxes and of pages are in the first."""
        found: defaultdict[int, list[str]] = defaultdict(list)
        placed = [(self._rows[number] + 1 if number in self._rows else 1, text) for number, text in self._texts.items()]
        for row, text in (*placed, *((row + 1, text) for row, text in self._old)):
            if text:
                found[row].append(text)
        return {row: tuple(texts) for row, texts in found.items()}
