"""The mistakes of a file handed in as fields of a form, and what a person wrote into them: mended cells, words kept."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256

from ....editing.answers import OwnLine
from ....registers.intake.cover import COVER_FIELDS, NO_RECORDS
from ....registers.intake.mends import Mend
from ....registers.intake.own_words import IGNORE, section_of
from ....registers.intake.proposals import headings_of
from ....registers.intake.templates import TICK
from ....registers.schema import Field, Register, registers
from ....registers.sheet import MatchedSheet
from ....registers.words import NOT_COUNTED, NOTHING
from ...submission_result import FoundFile, FoundMistake, SubmissionReading
from .browser_words import in_browser

PRIVATE = "private-"
"""How the names of fields for personal or confidential cells begin: what was written into them is kept nowhere else."""
LISTED = 20
"""How many mistakes of one kind, and how many rows of one mistake, are listed; the marked copy has them all."""
_ADVICE = re.compile("；?请改(?:这一格|表头)，或在 params/.*?(?=（填的是|$)", re.DOTALL)
"""The part of a message that says what to write into a file: here a person chooses it."""


@dataclass(frozen=True)
class RowField:
    """A row of a mistake with the name of the field for its cell."""

    row: int
    name: str


@dataclass(frozen=True)
class ShownMistake:
    """A mistake as it is shown: its place, its text and the fields that mend it.

    name is the field for all its cells together, "" if they are not mended here or not alike; rows are the fields for single
    cells. choices are what may stand there, () for any text; empties names the box that empties the cells, keeps the one that
    keeps the choice for the office, meant the list of fields that a heading may mean: "" where there is none.
    """

    place: str
    text: str
    name: str = ""
    rows: tuple[RowField, ...] = ()
    more: int = 0
    choices: tuple[str, ...] = ()
    hint: str = ""
    empties: str = ""
    keeps: str = ""
    meant: str = ""

    @property
    def is_mended_here(self) -> bool:
        """Whether it has a field."""
        return bool(self.name or self.rows or self.meant)


@dataclass(frozen=True)
class MistakeKind:
    """The mistakes of one kind in a file: their number, and the first ones."""

    title: str
    count: int
    first: tuple[ShownMistake, ...]


@dataclass(frozen=True)
class MendedCell:
    """A mended cell as it is shown: its place, and its text unless that is or may be personal."""

    place: str
    text: str


def mistake_kinds(file: FoundFile) -> list[MistakeKind]:
    """Return the mistakes of a file by kind, in the order in which they were found."""
    found: dict[str, list[FoundMistake]] = {}
    for one in file.mistakes:
        found.setdefault(one.kind, []).append(one)
    return [
        MistakeKind(in_browser(kind), len(several), tuple(_shown(file, one) for one in several[:LISTED]))
        for kind, several in found.items()
    ]


def _shown(file: FoundFile, one: FoundMistake) -> ShownMistake:
    key, field = _key(file.name, one), _field(one)
    if is_unknown_heading(file, one):
        return _unknown_heading(file, one)
    if field is None:
        return ShownMistake(one.place, in_browser(one.text))
    together = one.alike or len(one.rows) == 1
    single = one.rows[:LISTED] if len(one.rows) > 1 else ()
    return ShownMistake(
        one.place,
        _without_advice(one.text),
        _name(one, key) if together else "",
        tuple(RowField(row, _name(one, key, row)) for row in single),
        len(one.rows) - len(single) if single else 0,
        field.allowed,
        _HINTS.get(field.type, ""),
        "" if field.required else f"e-{key}",
        f"k-{key}" if _may_be_kept(file, one) else "",
    )


def _unknown_heading(file: FoundFile, one: FoundMistake) -> ShownMistake:
    sheet = _sheet(file, one.sheet)
    if sheet is None or not sheet.office:
        return ShownMistake(one.place, in_browser(one.text))
    choices = meanings(registers()[sheet.register])
    return ShownMistake(
        one.place, _without_advice(one.text), choices=choices, meant=heading_name(file, one.sheet, one.column or 0)
    )


def meanings(register: Register) -> tuple[str, ...]:
    """Return what a heading of a register may be said to mean: its fields, an amount by its units, or nothing."""
    return (*(heading for field in register.fields for heading in headings_of(field)), IGNORE)


_HINTS = {"date": "2024-03-05", "count": "3", "number": "3", "yuan": "1280.50"}


def _without_advice(text: str) -> str:
    return in_browser(_ADVICE.sub("", text))


def is_unknown_heading(file: FoundFile, one: FoundMistake) -> bool:
    """Return whether a mistake is a heading that is not known."""
    sheet = _sheet(file, one.sheet)
    places = [column.place for column in sheet.columns if column.why == "unknown"] if sheet else []
    return not one.field and one.column in places


def heading_name(file: FoundFile, sheet: str, place: int) -> str:
    """Return the name of the field that says what a heading means."""
    return f"h-{_hash(file.name, sheet, place)}"


def mended_cells(file: FoundFile, mends: Iterable[Mend]) -> list[MendedCell]:
    """Return the mended cells of a file in the order in which they were mended."""
    return [_mended(file, mend) for mend in mends]


def _mended(file: FoundFile, mend: Mend) -> MendedCell:
    sheet = _sheet(file, mend.sheet)
    if sheet and mend.line < sheet.heading:
        return MendedCell(f"{mend.sheet} 第 {mend.line} 行".strip(), mend.text or "（空）")
    column = next((one for one in sheet.columns if one.place == mend.column), None) if sheet else None
    place = f"第 {mend.line} 行" + (f" “{column.heading}”列" if column else "")
    field = registers()[sheet.register][column.field] if sheet and column and column.field else None
    hidden = field is None or field.personal or field.confidential
    return MendedCell(f"{mend.sheet} {place}".strip(), "改过了" if hidden else mend.text or "（空）")


# --- what was written into the fields ----------


def given_mends(reading: SubmissionReading, filled: Mapping[str, str]) -> dict[str, list[Mend]]:
    """Return the mended cells that a form says, by the name of their file."""
    found = {file.name: list(_mends(file, filled)) for file in reading.files}
    return {name: mends for name, mends in found.items() if mends}


def _mends(file: FoundFile, filled: Mapping[str, str]) -> Iterator[Mend]:
    for one in file.mistakes:
        key = _key(file.name, one)
        said = filled.get(_name(one, key), "").strip()
        if _field(one) is None or (said and _is_kept(file, one, filled)):
            continue
        whole = said if one.alike or len(one.rows) == 1 else ""
        emptied = f"e-{key}" in filled
        for row in one.rows:
            text = filled.get(_name(one, key, row), "").strip() or whole
            if text or emptied:
                yield Mend(one.sheet, row, one.column or 0, text)


def given_words(reading: SubmissionReading, filled: Mapping[str, str]) -> list[OwnLine]:
    """Return the words among the mistakes of which a form says that the office means a permitted one by them."""
    return [line for file in reading.files for line in _words(file, filled)]


def _words(file: FoundFile, filled: Mapping[str, str]) -> Iterator[OwnLine]:
    for one in file.mistakes:
        sheet, field = _sheet(file, one.sheet), _field(one)
        said = filled.get(_name(one, _key(file.name, one)), "").strip()
        if sheet and field and said and _is_kept(file, one, filled) and said in (*field.allowed, NOTHING, NOT_COUNTED):
            section = section_of(registers()[sheet.register], sheet.office)
            yield OwnLine(section, f"{field.heading}={one.word.strip()}", said)


def _is_kept(file: FoundFile, one: FoundMistake, filled: Mapping[str, str]) -> bool:
    return f"k-{_key(file.name, one)}" in filled and _may_be_kept(file, one)


def _may_be_kept(file: FoundFile, one: FoundMistake) -> bool:
    """Return whether a word may be kept for the office: it is shown, and of a column with a list."""
    field = _field(one)
    listed = field is not None and bool(field.allowed) and not one.field.startswith(f"{COVER_FIELDS}.")
    return listed and bool(one.word) and one.alike and bool(_office(file, one.sheet))


# --- names ----------


def _name(one: FoundMistake, key: str, row: int | None = None) -> str:
    """Return the name of the field for the cells of a mistake, or for the one in a row."""
    field = _field(one)
    private = PRIVATE if field and (field.personal or field.confidential) else ""
    return f"{private}m-{key}" + (f"-{row}" if row is not None else "")


def _field(one: FoundMistake) -> Field | None:
    """Return the field of the cells of a mistake; None if another content of them mends nothing."""
    register, _, key = one.field.partition(".")
    if not key or one.column is None or one.column < 0:
        return None
    return _COVER[key] if register == COVER_FIELDS else registers()[register][key]


_COVER = {
    "office": Field("office", "单位", required=True),
    "year": Field("year", "年度", required=True),
    "empty": Field("empty", NO_RECORDS, "choice", choices={"ticked": TICK}),
}
"""The lines of the cover as fields of a form."""


def _sheet(file: FoundFile, name: str) -> MatchedSheet | None:
    """Return a sheet that is a register; None if it is none."""
    return next((sheet for sheet in file.matched if sheet.sheet == name and sheet.register), None)


def _office(file: FoundFile, sheet: str) -> str:
    """Return the office of a sheet; "" if it is not known."""
    found = _sheet(file, sheet)
    return found.office if found else ""


def _key(file: str, one: FoundMistake) -> str:
    return _hash(file, one.sheet, one.rows, one.column, one.text)


def _hash(*parts: object) -> str:
    return sha256(repr(parts).encode()).hexdigest()[:20]
