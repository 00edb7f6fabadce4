"""What every sheet, heading and word of a file handed in was taken for, as a table to look through and to change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256

from ....editing.answers import OwnLine
from ....registers.file_import import WHY_LEFT_OUT
from ....registers.intake.own_words import section_of
from ....registers.schema import Register, registers
from ....registers.sheet import MatchedColumn, MatchedSheet, MatchedWord
from ....registers.words import NOT_COUNTED, NOTHING
from ...submission_result import FoundFile, SubmissionReading
from .mending import heading_name, meanings

_WHY = {
    "heading": "表头就是这一栏的名字",
    "alias": "表头是这一栏的另一种叫法",
    "unit": "表头是这一栏的名字加上单位",
    "own": "本机关定过",
    "passed_over": "认得，不收，只看有没有作废这样的字",
    "second": "这一栏已经有一列了",
    "asked": "要您回答",
    "unknown": "不认得",
}


@dataclass(frozen=True)
class ShownColumn:
    """A column: its heading, what it was taken for ("" for nothing), why, what its cells look like, and the field to change it."""

    heading: str
    taken: str
    why: str
    samples: str
    name: str


@dataclass(frozen=True)
class ShownWord:
    """A word of a column with the number of its cells, what it was taken for, why, what may be chosen, and the field for it."""

    heading: str
    word: str
    cells: int
    taken: str
    why: str
    choices: tuple[str, ...]
    name: str


@dataclass(frozen=True)
class ShownSheet:
    """A sheet: its name, what it was taken for, its columns and words; meanings are what a heading may be said to mean."""

    name: str
    taken: str
    columns: tuple[ShownColumn, ...]
    words: tuple[ShownWord, ...]
    meanings: tuple[str, ...]


def shown_sheets(file: FoundFile) -> list[ShownSheet]:
    """Return every sheet of a file."""
    return [_sheet(file, sheet) for sheet in file.matched]


def _sheet(file: FoundFile, sheet: MatchedSheet) -> ShownSheet:
    if not sheet.register:
        why = WHY_LEFT_OUT.get(sheet.left_out)
        taken = f"没有读：{why}" if why else "没有认出是哪张登记表"
        return ShownSheet(sheet.sheet, taken, (), (), ())
    register = registers()[sheet.register]
    columns = tuple(_column(file, sheet, register, column) for column in sheet.columns)
    words = tuple(_word(file, sheet, register, word) for word in sheet.words)
    return ShownSheet(sheet.sheet, register.label, columns, words, meanings(register))


def _column(file: FoundFile, sheet: MatchedSheet, register: Register, column: MatchedColumn) -> ShownColumn:
    field = register[column.field] if column.field else None
    samples = "、".join(column.samples)
    if not samples and column.filled:
        hidden = field is not None and (field.personal or field.confidential)
        samples = "有内容，不显示" if hidden or field is None else "有内容"
    name = heading_name(file, sheet.sheet, column.place) if sheet.office else ""
    return ShownColumn(column.heading, field.heading if field else "", _WHY[column.why], samples or "空的", name)


def _word(file: FoundFile, sheet: MatchedSheet, register: Register, word: MatchedWord) -> ShownWord:
    field = register[word.field]
    choices = (*field.allowed, *(() if field.required else (NOTHING,)), *((NOT_COUNTED,) if field.allowed else ()))
    why = _WHY["own"] if word.own else "常见的叫法"
    name = word_name(file, sheet, word) if sheet.office else ""
    return ShownWord(field.heading, word.word, word.cells, word.value, why, choices, name)


def word_name(file: FoundFile, sheet: MatchedSheet, word: MatchedWord) -> str:
    """Return the name of the field that says what a word means."""
    return "w-" + sha256(repr((file.name, sheet.sheet, word.field, word.word)).encode()).hexdigest()[:20]


def given_matches(reading: SubmissionReading, filled: Mapping[str, str]) -> list[OwnLine]:
    """Return the headings and words to which a form gives another meaning, as lines to keep for their office."""
    return list(dict.fromkeys(line for file in reading.files for line in _lines(file, filled)))


def _lines(file: FoundFile, filled: Mapping[str, str]) -> Iterator[OwnLine]:
    for sheet in (sheet for sheet in file.matched if sheet.register and sheet.office):
        register = registers()[sheet.register]
        section = section_of(register, sheet.office)
        for column in sheet.columns:
            said = filled.get(heading_name(file, sheet.sheet, column.place), "")
            if said in meanings(register):
                yield OwnLine(section, column.heading, said)
        for word in sheet.words:
            said = filled.get(word_name(file, sheet, word), "")
            if said in _word(file, sheet, register, word).choices:
                yield OwnLine(section, f"{register[word.field].heading}={word.word}", said)
