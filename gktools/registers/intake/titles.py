"""Names around a table that say something of all its rows: asked about once each, where they disagree with the register."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from ..questions import Answer, Inquiry, Question, QuestionPlace
from ..words import LEAVE_OUT, THIS_YEAR, YEARS_BEFORE, book, is_nothing
from .cover import is_cover
from .files import plain_name
from .meanings import RegisterTable
from .notes import notes_above
from .places import Row, Where
from .title_words import NameKind, Saying, is_doubtful_sheet, is_note, sayings, title_book
from .values import text_of

_MOST_CELLS = 3
"""The maximum number of filled cells of a row above a heading that are titles; of a wider row only the first is."""
_LONGEST = 80
"""The maximum length of a title; a longer text is a note."""


@dataclass(frozen=True)
class TableName:
    """A name around a table: a title above it with its row (from 1), or the name of its sheet or file."""

    kind: NameKind
    text: str
    line: int = 0


def names_around(where: Where, above: Sequence[Row]) -> list[TableName]:
    """Return the names around a table: the titles above its heading, the names of its sheet and its file."""
    notes = notes_above(above)  # asked about by themselves
    rows = ((line, row) for line, row in enumerate(above, 1) if line not in notes)
    titles = [TableName("title", text, line) for line, row in rows for text in _titles(row)]
    return [*titles, TableName("sheet", where.sheet), TableName("file", plain_name(Path(where.file).stem))]


def _titles(row: Row) -> Iterator[str]:
    texts = [text for cell in row[:200] if (text := text_of(cell).strip())]
    if len(texts) > _MOST_CELLS or is_cover(row):
        texts = [] if is_cover(texts[:1]) else texts[:1]
    yield from (text for text in texts if len(text) <= _LONGEST and not is_note(text))


def ask_about_names(table: RegisterTable, names: Sequence[TableName], others: Sequence[str], inquiry: Inquiry) -> bool:
    """Ask about names that disagree with a table; return whether its rows are left out. Days answered are filled in.

    others are the names of the other sheets: what one of them says, the name of the file does not say of this one.
    """
    left_out = False
    for several in _together(table, names, others):
        rule = several[0].rule
        answer = inquiry.ask(_question(table, names, several))
        left_out |= answer in (LEAVE_OUT, "leave")
        if answer in (THIS_YEAR, YEARS_BEFORE):
            column = table.column(rule.sets)
            day = date(table.year - (answer == YEARS_BEFORE), 12, 31)
            column.values = [day if value in (None, "") else value for value in column.values]
    return left_out


def _together(table: RegisterTable, names: Sequence[TableName], others: Sequence[str]) -> Iterator[list[Saying]]:
    """Yield what the names say of the rows, together what has the same answers."""
    said: dict[tuple[bool, tuple[str, ...]], list[Saying]] = {}
    for one in sayings(table.register.key, table.year, [(name.kind, name.text) for name in names]):
        kind = names[one.name].kind
        elsewhere = kind == "file" and one.rule.like and any(re.search(one.rule.like, other) for other in others)
        if table.lines and not elsewhere and not _settled(table, one):
            said.setdefault((kind == "sheet", tuple(one.rule.answers)), []).append(one)
    yield from said.values()


def _settled(table: RegisterTable, said: Saying) -> bool:
    """Return whether each row says itself what a name says of all."""
    columns = [table.of(key) for key in said.rule.settled]
    return bool(columns) and all(any(map(_filled, row)) for row in zip(*columns, strict=True))


def _filled(cell: object) -> bool:
    return not is_nothing(cell) if isinstance(cell, str) else cell is not None


def doubtful_sheet(file: str, sheet: str) -> Question:
    """Return the question whether a sheet with a doubtful name counts."""
    return Question.of("sheet.doubtful", sheet, QuestionPlace(file, sheet), {"sheet": sheet})


def subject_of(file: str, sheet: str, word: str) -> str:
    """Return the subject of a question about a word in the name of a sheet, or of a register for its file and titles."""
    return f"{plain_name(Path(file).stem)}/{sheet}/{word}"


def _question(table: RegisterTable, names: Sequence[TableName], several: Sequence[Saying]) -> Question:
    where, first = table.where, names[several[0].name]
    if first.kind == "sheet" and is_doubtful_sheet(first.text, ()):
        return doubtful_sheet(where.file, where.sheet)
    whose = where.sheet if first.kind == "sheet" else table.register.label
    words = list(dict.fromkeys(said.word for said in several))
    called = dict.fromkeys(title_book().called[names[said.name].kind] for said in several)
    sheet = "" if first.kind == "file" else where.sheet
    place = QuestionPlace(where.file, sheet, (first.line,) if first.line else ())
    values = {"name": "、".join(called), "word": "”“".join(words), "asks": several[0].rule.asks}
    choices = [Answer(key, book().called[key], effect) for key, effect in several[0].rule.answers.items()]
    return Question.of("title.says", subject_of(where.file, whose, "、".join(words)), place, values, choices)
