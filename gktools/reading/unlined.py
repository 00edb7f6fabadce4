"""Tables without lines: words on a page, put into rows and columns by the labels of the forms beside and above them.

A word belongs to a row only if it stands beside one label alone, and to a column only if it stands below one alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise

from .header import column_orders
from .labels import Label, labels, letters
from .placed_words import SAME_LINE, Word, joined, labels_among, overlap
from .values import is_blank, may_be_value


@dataclass(frozen=True)
class PlacedCell:
    """A cell: the columns that it covers, its label as printed, or where its value stands if it has none."""

    start: int
    end: int
    text: str = ""
    across: tuple[float, float] | None = None
    carried: bool = False


@dataclass(frozen=True)
class PlacedRow:
    """A row of a table that was found: where it begins and ends from top to bottom; number is that of the table.

    One without cells is a part of the table that cannot be read.
    """

    cells: tuple[PlacedCell, ...]
    top: float
    bottom: float
    number: int


@dataclass(frozen=True)
class _Header:
    """The columns of one table: their keys, the places of their labels, of all its labels from top to bottom."""

    table: str
    order: tuple[str, ...]
    leaves: tuple[Word, ...]
    headings: tuple[tuple[Word, int, int, int], ...]
    top: float
    bottom: float


@dataclass(frozen=True)
class _Columns:
    """The columns of a table whose places are known, on this page or from the one before."""

    table: str
    spans: tuple[Word, ...]
    number: int


@dataclass
class UnlinedTables:
    """Finds tables page by page: one may go on over the next page, its columns at the same places."""

    _columns: _Columns | None = None
    _number: int = 1

    def end(self) -> None:
        """Take the table before as ended: a page with lines follows."""
        self._columns = None

    def rows(self, words: Sequence[Word]) -> list[PlacedRow]:
        """Return the rows on the next page, from top to bottom."""
        known = list(labels_among(words))
        in_labels = {id(word) for _, parts in known for word in parts}
        free = [word for word in words if id(word) not in in_labels]
        found = [whole for whole, _ in known]
        headers = list(_headers(found, free))
        ends = sorted([*(one.top for one in headers), *(one.top for one in found if labels().section(one.text))])
        made: list[PlacedRow] = []
        if self._columns:
            first = min(ends, default=_FAR)
            made += _body(self._columns, (0.0, first), found, words)
        for header in headers:
            end = min((one for one in ends if one > header.top), default=_FAR)
            self._columns = self._placed(header, end, found, free)
            if self._columns:
                rows = list(_body(self._columns, (header.bottom, end), found, words))
                made += [*_header_rows(header, self._columns.number), *rows]
        if ends and (not headers or ends[-1] > headers[-1].top):
            self._columns = None
        return made

    def _placed(self, header: _Header, end: float, found: Sequence[Word], free: Sequence[Word]) -> _Columns | None:
        spans = _spans(header, lines_of_values(free, header.bottom, end), found)
        if spans is None:
            return None
        self._number += 1
        return _Columns(header.table, spans, self._number)


_FAR = 1e9


def _columns_named(word: Word) -> list[Label]:
    return [label for label in labels().find(word.text) if label.axis == "column"]


def _is_row(word: Word, table: str = "") -> bool:
    return any(label.axis == "row" and label.leaf and table in ("", label.table) for label in labels().find(word.text))


# --- headers ----------------------------------------------------------------------------------------------------


def _headers(found: Sequence[Word], free: Sequence[Word]) -> Iterator[_Header]:
    """Yield the headers among labels: all columns of a table, below their headings, with nothing else beside them."""
    cluster: list[Word] = []
    for word in (*sorted(found, key=lambda one: one.middle), None):
        named = _columns_named(word) if word else []
        if word and named:
            cluster.append(word)
        elif word is None or not labels().skips(word.text):
            if cluster and (header := _header(cluster, free)):
                yield header
            cluster = []


def _header(cluster: Sequence[Word], free: Sequence[Word]) -> _Header | None:
    leaves = sorted((one for one in cluster if any(label.leaf for label in _columns_named(one))), key=_centre)
    for table, order in column_orders():
        if len(order) != len(leaves) or not all(
            any((label.table, label.key, label.leaf) == (table, key, True) for label in _columns_named(one))
            for one, key in zip(leaves, order, strict=True)
        ):
            continue
        headings = list(_headings(cluster, leaves, table, order))
        if None in headings:
            continue
        top, bottom = min(one.top for one in cluster), max(one.bottom for one in cluster)
        level = (min(one.top for one in leaves), max(one.bottom for one in leaves))
        if any(
            level[0] < one.middle < level[1] and one.x1 > leaves[0].x0 and not labels().skips(one.text) for one in free
        ):
            return None
        if any(other.x0 < one.x1 for one, other in pairwise(leaves)):
            return None
        return _Header(table, order, tuple(leaves), tuple(one for one in headings if one), top, bottom)
    return None


def _centre(word: Word) -> float:
    return word.centre


def _headings(
    cluster: Sequence[Word], leaves: Sequence[Word], table: str, order: Sequence[str]
) -> Iterator[tuple[Word, int, int, int] | None]:
    """Yield every heading above columns with the first and last of them and its level; None for one that is not above them."""
    above = dict.fromkeys(
        ".".join(parts[:level]) for parts in (key.split(".") for key in order) for level in range(1, len(parts))
    )
    for key in above:
        own = [place for place, one in enumerate(order) if one.startswith(f"{key}.")]
        first, last = leaves[own[0]], leaves[own[-1]]
        yield next(
            (
                (one, own[0], own[-1] + 1, key.count("."))
                for one in cluster
                if any((label.table, label.key, label.leaf) == (table, key, False) for label in _columns_named(one))
                and first.x0 <= one.centre <= last.x1
                and one.middle < max(first.bottom, last.bottom)
            ),
            None,
        )


def _header_rows(header: _Header, number: int) -> Iterator[PlacedRow]:
    """Yield the levels of a header, from the headings to the columns."""
    depth = max(key.count(".") for key in header.order)
    for level in range(depth + 1):
        cells = [PlacedCell(start + 1, end + 1, one.text) for one, start, end, at in header.headings if at == level]
        for place, (key, one) in enumerate(zip(header.order, header.leaves, strict=True)):
            if key.count(".") <= level:
                cells.append(PlacedCell(place + 1, place + 2, one.text, carried=key.count(".") < level))
        cells.sort(key=lambda one: one.start)
        yield PlacedRow(tuple(cells), header.top, header.bottom, number)


# --- columns ----------------------------------------------------------------------------------------------------


def lines_of_values(words: Sequence[Word], top: float = 0, bottom: float = _FAR) -> list[list[Word]]:
    """Return the values between two heights in lines, from left to right."""
    values = sorted((one for one in words if top < one.middle < bottom and _is_value(one)), key=lambda one: one.middle)
    lines: list[list[Word]] = []
    for one in values:
        if lines and abs(one.middle - lines[-1][0].middle) <= SAME_LINE * one.height * 2:
            lines[-1].append(one)
        else:
            lines.append([one])
    return [sorted(line, key=_centre) for line in lines]


def _is_value(word: Word) -> bool:
    return not is_blank(word.text) and may_be_value(word.text)


def _spans(header: _Header, lines: Sequence[Sequence[Word]], found: Sequence[Word]) -> tuple[Word, ...] | None:
    """Return what the columns take: their labels, and the values of lines that have as many as there are columns.

    None if two of them overlap, a value stands farther aside than the label of the next column, or not below the others.
    """
    centres = [-_FAR, *(one.centre for one in header.leaves), _FAR]
    stubs = [one for one in found if one.top > header.bottom and _is_row(one, header.table)]
    left = max((one.x1 for one in stubs if one.x1 < header.leaves[0].x1), default=0.0)
    full = [inside for line in lines if len(inside := [one for one in line if one.x0 > left]) == len(header.order)]
    columns: list[list[Word]] = [[one] for one in header.leaves]
    for line in full:
        for place, one in enumerate(line):
            if not centres[place] < one.x0 or not one.x1 < centres[place + 2]:
                return None
            columns[place].append(one)
    if not all(_is_aligned(one[1:]) for one in columns):
        return None
    for used in (columns, [one[1:] for one in columns]):
        if all(used):
            spans = tuple(map(joined, used))
            if all(one.x1 < other.x0 for one, other in pairwise(spans)):
                return spans
    return None


def _is_aligned(words: Sequence[Word]) -> bool:
    """Return whether words stand below each other: their left edges, their right edges or their middles."""
    if not words:
        return True
    near = words[0].height * _ALIGNED
    places = ([one.x0 for one in words], [one.x1 for one in words], [one.centre for one in words])
    return any(max(found) - min(found) <= near for found in places)


_ALIGNED = 0.6


# --- rows -------------------------------------------------------------------------------------------------------


def _body(
    columns: _Columns, between: tuple[float, float], found: Sequence[Word], words: Sequence[Word]
) -> Iterator[PlacedRow]:
    """Yield the rows below a header: a label and the values beside it; values without a label alone."""
    stubs = [
        one
        for one in found
        if between[0] < one.middle < between[1] and one.x1 < columns.spans[0].x0 and _is_row(one, columns.table)
    ]
    left = max((one.x1 for one in stubs), default=0.0)
    beside = [one for one in words if one.centre > left and between[0] < one.middle < between[1]]
    lines = lines_of_values(beside, *between)
    of_line = [_stubs_of(line[0], stubs) for line in lines]
    own = [[line for line in lines if _is_beside(line[0], stub)] for stub in stubs]
    stray = any(
        not near and len(line) == len(columns.spans) and not _has_text_before(line, words)
        for line, near in zip(lines, of_line, strict=True)
    )
    lonely = any(len(near) != 1 for near in of_line)
    if not stubs:
        made = [_placed_row(columns, None, line, beside) for line in lines if len(line) == len(columns.spans)]
    elif stray and any(not values and not _is_group(stub, stubs) for stub, values in zip(stubs, own, strict=True)):
        made = [_unread(columns, [*stubs, *chain.from_iterable(lines)])]
    else:
        made = [
            _placed_row(columns, stub, values[0] if values else [], beside)
            for stub, values in zip(stubs, own, strict=True)
            if (len(values) == 1 and _stubs_of(values[0][0], stubs) == [stub]) or not (values or lonely)
        ]
    yield from (row for row in made if row)


def _unread(columns: _Columns, words: Sequence[Word]) -> PlacedRow:
    """Return the place of a body whose values and labels do not stand on one level: each may be beside the label of another."""
    return PlacedRow((), min(one.top for one in words), max(one.bottom for one in words), columns.number)


def _stubs_of(value: Word, stubs: Sequence[Word]) -> list[Word]:
    """Return the labels beside a value: of two one after the other, a group and its row, only the row."""
    near = [stub for stub in stubs if _is_beside(value, stub)]
    return [stub for stub in near if not _is_group(stub, near)]


def _is_group(stub: Word, stubs: Sequence[Word]) -> bool:
    """Return whether another label stands beside a label, nearer to the values."""
    return any(other.x0 >= stub.x1 and other.top < stub.bottom and stub.top < other.bottom for other in stubs)


def _has_text_before(line: Sequence[Word], words: Sequence[Word]) -> bool:
    """Return whether something stands before values on their level: a label that is not one of the forms."""
    return any(
        one.x1 <= line[0].x0 and letters(one.text) and abs(one.middle - line[0].middle) < line[0].height
        for one in words
        if one not in line
    )


def _is_beside(value: Word, stub: Word) -> bool:
    return stub.top - _MARGIN < value.middle < stub.bottom + _MARGIN


def _placed_row(columns: _Columns, stub: Word | None, line: Sequence[Word], beside: Sequence[Word]) -> PlacedRow | None:
    """Return the row of a label and values; None if one of them stands below no column alone, or other words beside them."""
    row = [*([stub] if stub else ()), *line]
    top, bottom = min(one.top for one in row), max(one.bottom for one in row)
    more = 0 if stub else row[0].height
    if any(
        top - more < one.middle < bottom + more and one.height > row[0].height * _RAISED
        for one in beside
        if one not in row
    ):
        return None
    if any(sum(overlap(one, span) > 0 for span in columns.spans) != 1 for one in line):
        return None
    taken = [joined([span, *(one for one in line if overlap(one, span) > 0)]) for span in columns.spans]
    if any(one.x1 >= other.x0 for one, other in pairwise(taken)):
        return None
    edges = [(one.x1 + other.x0) / 2 for one, other in pairwise(taken)]
    places = pairwise([taken[0].x0 - _MARGIN, *edges, taken[-1].x1 + row[0].height])
    cells = ([PlacedCell(0, 1, stub.text)] if stub else []) + [
        PlacedCell(place, place + 1, across=across) for place, across in enumerate(places, start=1)
    ]
    return PlacedRow(tuple(cells), top, bottom, columns.number)


_RAISED = 0.86
"""Of the height of a line: the mark of a note is lower."""
_MARGIN = 1.5
