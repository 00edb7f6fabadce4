"""Struck-out and hidden cells in the records of an XLS workbook: fonts, styles, shared texts, rows, columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from struct import unpack_from

from ...errors import RecordsError
from .looks import WHITE, Looks, Runs, Strikes, UnseenRows, colour_of, hides_text

FONT, ROW, COLUMNS, FILTERED = 0x31, 0x208, 0x7D, 0x9B
_SHARED, _RICH, _MULTIPLE = 0xFD, 0xD6, 0xBD
_FILLED = frozenset({0x06, 0x205, 0x203, 0x27E, _MULTIPLE, 0x204, _SHARED, _RICH})
_HIDING = frozenset({ROW, COLUMNS, FILTERED})
_LAST_ROW, _LAST_COLUMN = 65535, 255
_NEWEST = 0x600
"""The first version with shared texts in Unicode (Excel 97)."""


@dataclass(frozen=True)
class XlsFormats:
    """The struck-out formats of a workbook: the numbers of fonts and styles, and the shared texts with runs.

    unseen are the numbers of the styles that write in the colour of their fill or display no text.
    """

    version: int = _NEWEST
    fonts: frozenset[int] = frozenset()
    styles: frozenset[int] = frozenset()
    texts: Mapping[int, Runs] = field(default_factory=dict)
    unseen: frozenset[int] = frozenset()


def formats_of(
    version: int, fonts: Sequence[bytes], styles: Sequence[bytes], shared: Sequence[bytes], codes: Mapping[int, str]
) -> XlsFormats:
    """Return the formats from the records of fonts, styles and shared texts (with their continuations).

    codes are the number formats by their number.
    """
    numbers = [i + (i >= 4) for i in range(len(fonts))]  # there is no font 4
    struck = frozenset(number for number, data in zip(numbers, fonts, strict=True) if unpack_from("<H", data, 2)[0] & 8)
    colours = {number: colour_of(unpack_from("<H", data, 4)[0]) for number, data in zip(numbers, fonts, strict=True)}
    of_cells = frozenset(i for i, data in enumerate(styles) if unpack_from("<H", data)[0] in struck)
    hiding = {number for number, code in codes.items() if hides_text(code)}
    used = ((i, data, *unpack_from("<HH", data)) for i, data in enumerate(styles))
    unseen = {i for i, data, font, code in used if code in hiding or colours.get(font) == _filled(data)}
    texts = _shared_texts(shared, struck) if struck and shared else {}
    return XlsFormats(version, struck, of_cells, texts, frozenset(unseen))


def _filled(style: bytes) -> str:
    """Return the colour with which a style, of Excel 97 or later, fills its cell; empty if it is none or not known."""
    if len(style) < _STYLE_BYTES:
        return ""
    pattern, colour = unpack_from("<I", style, 14)[0] >> 26, unpack_from("<H", style, 18)[0] & 0x7F
    return {0: WHITE, 1: colour_of(colour)}.get(pattern, "")


_STYLE_BYTES = 20


class SheetLooks:
    """A collector of the struck-out and hidden cells of one sheet."""

    def __init__(self, name: str, formats: XlsFormats) -> None:
        self._name, self._formats = name, formats
        self._strikes = Strikes(name)
        self._rows: set[int] = set()
        self._columns: set[int] = set()
        self._filtered: tuple[int, int] | None = None
        self._unseen = UnseenRows()
        self.watched = _HIDING | _FILLED if formats.fonts or formats.unseen else _HIDING

    def take(self, kind: int, data: bytes) -> None:
        """Read one record of a watched kind."""
        if kind == ROW:
            number, height, said = unpack_from("<H 4x H 4x H", data)
            if said & 0x20 or height == 0:
                self._rows.add(number)
        elif kind == COLUMNS:
            first, last, width, _, said = unpack_from("<HHHHH", data)
            if said & 1 or width == 0:
                self._columns.update(range(first, min(last, _LAST_COLUMN) + 1))
        elif kind == FILTERED:
            self._filtered = -1, _LAST_ROW
        elif kind == _MULTIPLE:
            row, column = unpack_from("<HH", data)
            for i, place in enumerate(range(4, len(data) - 2, 6)):
                self._cell(row, column + i, unpack_from("<H", data, place)[0], ())
        else:
            row, column, style = unpack_from("<HHH", data)
            self._cell(row, column, style, self._runs(kind, data))

    def _cell(self, row: int, column: int, style: int, runs: Runs) -> None:
        self._unseen.take(row, unseen=style in self._formats.unseen)
        struck = style in self._formats.styles
        if struck or runs:
            self._strikes.take(row, column, runs, struck)

    def _runs(self, kind: int, data: bytes) -> Runs:
        if kind == _SHARED:
            return self._formats.texts.get(unpack_from("<I", data, 6)[0], ())
        if kind == _RICH and self._formats.version < _NEWEST:
            return self._old_runs(data)
        if kind == _RICH:
            length, flags = unpack_from("<HB", data, 6)
            size = length * (1 + (flags & 1))
            text = data[9 : 9 + size].decode("utf-16-le" if flags & 1 else "latin-1", "replace")
            count = unpack_from("<H", data, 9 + size)[0]
            return _runs(text, unpack_from(f"<{2 * count}H", data, 11 + size), self._formats.fonts)
        return ()

    def _old_runs(self, data: bytes) -> Runs:
        """Return no runs. Raises RecordsError if one is struck out: Excel 5 and 95 give no reliable characters."""
        length = unpack_from("<H", data, 6)[0]
        if self._formats.fonts & set(data[9 + length + 1 :: 2]):
            raise RecordsError(
                f"{self._name}：有的格里一部分字划了删除线，这种老格式分不清是哪几个字，没有打开；请用 Excel 打开后另存为 xlsx 再导入"
            )
        return ()

    def looks(self) -> Looks:
        """Return what was found."""
        return self._strikes.looks(self._rows, self._columns, self._filtered, self._unseen.rows)


class _Segments:
    """The bytes of a record and its continuations."""

    def __init__(self, segments: Sequence[bytes]) -> None:
        self._segments = [segment for segment in segments if segment]
        self._segment, self._place = 0, 0

    def _left(self) -> int:
        """Return the bytes left in the segment, or in the next one at its end. Raises IndexError at the end."""
        while self._place >= len(self._segments[self._segment]):
            self._segment, self._place = self._segment + 1, 0
        return len(self._segments[self._segment]) - self._place

    def read(self, count: int) -> bytes:
        """Return the next bytes."""
        found = b""
        while len(found) < count:
            take = min(self._left(), count - len(found))
            found += self._segments[self._segment][self._place : self._place + take]
            self._place += take
        return found

    def skip(self, count: int) -> None:
        """Skip bytes."""
        while count > 0:
            take = min(self._left(), count)
            self._place += take
            count -= take

    def text(self, length: int, wide: int) -> str:
        """Return the next characters; a continuation repeats the flag whether they are two bytes wide."""
        found: list[str] = []
        while length > 0:
            if self._place >= len(self._segments[self._segment]):
                self._left()
                wide = self.read(1)[0] & 1
            take = min(self._left() // (1 + wide), length)
            if take == 0:
                raise ValueError("half a letter")
            found.append(self.read(take * (1 + wide)).decode("utf-16-le" if wide else "latin-1", "replace"))
            length -= take
        return "".join(found)


def _shared_texts(segments: Sequence[bytes], fonts: frozenset[int]) -> dict[int, Runs]:
    """Return the shared texts with formatted runs, by number."""
    count = unpack_from("<I", segments[0], 4)[0]
    data = _Segments([segments[0][8:], *segments[1:]])
    found: dict[int, Runs] = {}
    for number in range(count):
        length, flags = unpack_from("<HB", data.read(3))
        pieces = unpack_from("<H", data.read(2))[0] if flags & 8 else 0
        spoken = unpack_from("<I", data.read(4))[0] if flags & 4 else 0
        text = data.text(length, flags & 1)
        if pieces:
            found[number] = _runs(text, unpack_from(f"<{2 * pieces}H", data.read(4 * pieces)), fonts)
        data.skip(spoken)
    return found


def _runs(text: str, run_starts: Sequence[int], fonts: frozenset[int]) -> Runs:
    """Return the runs of a text; run_starts has the start and the font of each run in turn."""
    begins = [*run_starts[::2], len(text)]
    pieces: list[tuple[bool | None, str]] = [(None, text[: begins[0]])]
    for i, font in enumerate(run_starts[1::2]):
        pieces.append((font in fonts, text[begins[i] : begins[i + 1]]))
    return tuple(pieces)
