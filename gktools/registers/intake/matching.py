"""What the columns of a sheet were taken for and why, with a few of their contents, for a person to look through.

A content is a sample only if nothing says that it may be personal: the columns of persons, confidential ones, and those
that are not known or not read show none but numbers and days.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import islice

from ..schema import Field, fold_number
from ..sheet import MatchedColumn, Why
from ..words import dictionary, looks_personal
from .headings import Columns, Header, folded
from .personal import is_personal_number, quotable
from .places import Row, printable
from .units import names_of
from .values import text_of

_SAMPLES = 3
_LONGEST = 30
_PLAIN = re.compile(r"[\d\s.,，:：/年月日\-+¥￥元万]{1,20}")
"""Numbers and days."""


def matched_columns(header: Header, found: Columns, records: Sequence[Row]) -> tuple[MatchedColumn, ...]:
    """Return what each column with a heading was taken for; records are the first ones of the sheet."""
    return tuple(_column(header, found, records, place) for place, words in enumerate(header.words) if words)


def _column(header: Header, found: Columns, records: Sequence[Row], place: int) -> MatchedColumn:
    meant = found.fields.get(place)
    field = meant.field if meant else None
    cells = [(row, text_of(row[place]).strip()) for row in records if place < len(row)]
    filled = [(row, text) for row, text in cells if text]
    samples = _samples(header, field, filled)
    heading = printable(header.words[place][0], 300)
    return MatchedColumn(place, heading, field.key if field else "", _why(header, found, place), bool(filled), samples)


def _why(header: Header, found: Columns, place: int) -> Why:
    word, _ = header.known(header.words[place]) or ("", None)
    if word in header.renamed:
        return "own"
    if place not in found.fields:
        return _why_not(header, found, place)
    field = found.fields[place].field
    if word == fold_number(field.heading):
        return "heading"
    return "alias" if place in found.taken or word in names_of(header.register.key) else "unit"


def _why_not(header: Header, found: Columns, place: int) -> Why:
    if place in found.waiting:
        return "asked"
    if place in header.passed_over or place in found.effects:
        return "passed_over"
    return "second" if place in found.unread or header.known(header.words[place]) else "unknown"


def _samples(header: Header, field: Field | None, filled: Iterable[tuple[Row, str]]) -> tuple[str, ...]:
    if field is not None and (field.personal or field.confidential):
        return ()
    texts = (text for row, text in filled if _may_show(header, field, row, text))
    return tuple(islice(dict.fromkeys(printable(text, _LONGEST) for text in texts), _SAMPLES))


def _may_show(header: Header, field: Field | None, row: Row, text: str) -> bool:
    """Return whether a content may be shown: it is plainly none of a person."""
    if is_personal_number(text) or looks_personal(text):
        return False
    if field is None or not _is_free(field):
        return bool(_PLAIN.fullmatch(text)) or (field is not None and _is_word(header, field, text))
    return quotable(header.register, field, text, partial(_persons, header, row))


def _is_free(field: Field) -> bool:
    return field.type == "text"


def _is_word(header: Header, field: Field, text: str) -> bool:
    known = {folded(word) for word in field.allowed}
    return folded(text) in known or dictionary(header.register.key, field.key).find(text) is not None


def _persons(header: Header, row: Row) -> dict[str, object]:
    """Return the personal cells of a row by field, as far as their headings are known."""
    return dict(_cells_of_persons(header, row))


def _cells_of_persons(header: Header, row: Row) -> Iterator[tuple[str, object]]:
    for place, words in enumerate(header.words):
        _, meant = header.known(words) or ("", None)
        if meant and meant.field.personal and place < len(row):
            yield meant.field.key, row[place]
