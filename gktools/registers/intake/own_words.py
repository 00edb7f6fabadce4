"""The headings and words of this district's offices (params/columns.yaml).

A line maps a heading to a field's heading or to 忽略; or a word of one column (申请方式=信函) to a permitted word, to 空, or to
不计 for rows to leave out; or gives the value of a column that files lack in every row (类别: =…). A section is a register
(for every office) or 机关代码/登记表名 (for one office, which takes precedence).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import TypeAdapter

from ...errors import NotFoundError, ParamsError, Problem, nearest
from ...yamlfile import UnreadableYamlError, YamlDocument, read_yaml, validate
from ..schema import Field, Register, fold, fold_number, register_named
from ..words import NOT_COUNTED, NOTHING
from .cover import FindOffice
from .units import NamedUnit, named, scale_in, unit_in
from .values import parse

COLUMNS = "columns.yaml"
IGNORE = "忽略"

Section = tuple[str, str]
"""The code of an office ("" for all of them) and the key of a register."""
Headings = Mapping[str, NamedUnit | None]
"""The meaning of a column by its folded heading; None if it is ignored."""
Words = Mapping[str, str]
"""The replacement of a word by its folded form."""
Constants = Mapping[str, str | bool]
"""The value of a column missing in a file, the same for every row, by field key."""


@dataclass(frozen=True)
class OwnWords:
    """The headings and words that params/columns.yaml maps, by section; words also by field."""

    headings: Mapping[Section, Headings] = field(default_factory=dict)
    words: Mapping[Section, Mapping[str, Words]] = field(default_factory=dict)
    constants: Mapping[Section, Constants] = field(default_factory=dict)

    def headings_of(self, register: str, office: str) -> Headings:
        """Return the headings mapped in a register for an office, with those for every office."""
        return {
            **self.headings.get(("", register), {}),
            **(self.headings.get((office, register), {}) if office else {}),
        }

    def words_of(self, register: str, office: str, key: str) -> Words:
        """Return the words mapped in one column of a register for an office, with those for every office."""
        sections = dict.fromkeys((("", register), (office, register)))
        return {word: ours for at in sections for word, ours in self.words.get(at, {}).get(key, {}).items()}

    def constants_of(self, register: str, office: str) -> Constants:
        """Return the constant values for an office in a register, with those for every office."""
        return {**self.constants.get(("", register), {}), **self.constants.get((office, register), {})}


def read_own_words(path: Path, find_office: FindOffice | None = None) -> OwnWords:
    """Return the mappings of params/columns.yaml; empty without the file.

    find_office resolves the offices of sections. Raises ParamsError with every mistake in the file.
    """
    if not path.is_file():
        return OwnWords()
    document, written, problems = _written(path)
    reader = _Reader(document, find_office)
    for name, lines in written.items():
        reader.take(name, lines)
    if problems := [*problems, *reader.problems]:
        raise ParamsError(problems=problems)
    return OwnWords(reader.headings, reader.words, reader.constants)


def written_lines(path: Path) -> dict[str, dict[str, str]]:
    """Return the lines of params/columns.yaml as written, by section; none without the file. Raises ParamsError."""
    if not path.is_file():
        return {}
    _, written, problems = _written(path)
    if problems:
        raise ParamsError(problems=problems)
    return written


def _written(path: Path) -> tuple[YamlDocument, dict[str, dict[str, str]], list[Problem]]:
    try:
        document = read_yaml(path, f"{path.parent.name}/{path.name}")
    except UnreadableYamlError as error:
        raise ParamsError(problems=[error.problem]) from None
    written, problems = validate(TypeAdapter(dict[str, dict[str, str] | None]), document)
    return document, {name: lines or {} for name, lines in (written or {}).items()}, problems


class _Reader:
    """The sections read so far, and their problems."""

    def __init__(self, document: YamlDocument, find_office: FindOffice | None) -> None:
        self._document, self._find_office = document, find_office
        self.headings: dict[Section, dict[str, NamedUnit | None]] = {}
        self.words: dict[Section, dict[str, dict[str, str]]] = {}
        self.constants: dict[Section, dict[str, str | bool]] = {}
        self.problems: list[Problem] = []

    def take(self, name: str, lines: Mapping[str, str]) -> None:
        """Read one section."""
        code, slash, label = name.rpartition("/")
        try:
            register = register_named(label)
            office = (self._find_office or str)(code) if slash else ""
        except NotFoundError as error:
            self._wrong((name,), str(error))
            return
        section = (office, register.key)
        given = list(_headings(lines))
        for heading in given:
            self._heading(section, register, (name, heading), lines[heading])
        for line in lines:
            if line not in given:
                self._word(section, register, (name, line), lines[line])

    def _heading(self, section: Section, register: Register, place: tuple[str, str], ours: str) -> None:
        if ours.startswith(("=", "＝")):
            self._constant(section, register, place, ours[1:])
            return
        meant = None if ours == IGNORE else named(register.key, fold_number(ours))
        official = next((one for one in register.fields if fold_number(one.heading) == fold_number(place[1])), None)
        if official is not None and (ours == IGNORE or (meant and meant.field.type != official.type)):
            self._wrong(place, _OFFICIAL_HEADING.format(heading=official.heading, label=register.label))
            return
        if ours != IGNORE and meant is None:
            known = [*(known.heading for known in register.fields), IGNORE]
            message = f"{register.label}没有“{ours}”这一栏{nearest(ours, known)}（不要这一列的，写“{IGNORE}”）"
            self._wrong(place, message)
        if meant and (unit := _lost(meant, place[1])):
            self._wrong(place, _OTHER_UNIT.format(unit=unit, ours=ours))
            return
        if meant and meant.field.type == "yuan" and not meant.unit:
            meant = NamedUnit(meant.field, unit_in(place[1]))
        self.headings.setdefault(section, {})[fold_number(place[1])] = meant

    def _constant(self, section: Section, register: Register, place: tuple[str, str], ours: str) -> None:
        meant = named(register.key, fold_number(place[1]))
        found = meant.field if meant else None
        if found is None or not found.allowed:
            known = [known.heading for known in register.fields if known.allowed]
            message = (
                f"“=”只能用在有固定说法的栏目：{register.label}没有“{place[1]}”这样的一栏{nearest(place[1], known)}"
            )
            self._wrong(place, message)
            return
        try:
            value = parse(found, ours)
        except ValueError as error:
            self._wrong(place, f"“{found.heading}”栏填不了“{ours}”：{error}")
            return
        if not isinstance(value, str | bool):
            self._wrong(place, "“=”后面要写这一栏填什么")
            return
        self.constants.setdefault(section, {})[found.key] = value

    def _word(self, section: Section, register: Register, place: tuple[str, str], ours: str) -> None:
        heading, _, word = _halves(place[1])
        meant = self.headings.get(section, {}).get(fold_number(heading)) or named(register.key, fold_number(heading))
        found = meant.field if meant else None
        if found is None:
            known = [known.heading for known in register.fields]
            self._wrong(place, f"等号前面要写栏目：{register.label}没有“{heading}”这一栏{nearest(heading, known)}")
        elif not fold(word):
            self._wrong(place, "等号后面要写台账里的词")
        elif fold(ours) == NOTHING and found.required:
            self._wrong(place, f"“{found.heading}”必填，不能当作空")
        else:
            try:
                value = "" if fold(ours) == NOTHING else ours
                if fold(ours) != NOT_COUNTED or not found.allowed:
                    parse(found, value)
            except ValueError as error:
                self._wrong(place, f"“{found.heading}”栏填不了“{ours}”：{error}")
            else:
                if _means_otherwise(found, word, value):
                    self._wrong(place, _OFFICIAL_WORD.format(heading=found.heading, word=word.strip()))
                    return
                self.words.setdefault(section, {}).setdefault(found.key, {})[fold(word)] = value

    def _wrong(self, place: tuple[str, ...], message: str) -> None:
        self.problems.append(self._document.problem(place, message))


_OFFICIAL_HEADING = (
    "“{heading}”就是{label}的栏名，不能忽略，也不能当作另一种内容的栏：请删去这一行；这一列装的是别的，请在文件里改表头"
)
_OTHER_UNIT = (
    "表头里写着“{unit}”，当作“{ours}”就丢了这个单位：金额的，冒号后写单位相同的栏名（如 金额（万元））；"
    "件数、条数的，请在文件里换算成一件一件的数，改好表头，再删去这一行"
)
_OFFICIAL_WORD = (
    "“{word}”就是“{heading}”栏的规定说法，不能当作别的，也不能不计：请删去这一行；填错了的，请在文件里改这些格"
)


def _lost(meant: NamedUnit, heading: str) -> str:
    """Return the unit in a heading that is lost where it is taken for another; empty if none is."""
    unit = unit_in(heading) if meant.field.type == "yuan" else ""
    return unit if unit and meant.unit not in ("", unit) else scale_in(meant.field, heading)


def _means_otherwise(known: Field, word: str, ours: str) -> bool:
    """Return whether a word that is a value of a column by itself is given another one; a text has no value by itself."""
    if known.type == "text":
        return False
    try:
        value = parse(known, word)
        return value is not None and (fold(ours) == NOT_COUNTED or parse(known, ours) != value)
    except ValueError:
        return False


def _headings(lines: Mapping[str, str]) -> Iterator[str]:
    """Yield the lines that map a heading rather than a word."""
    return (line for line in lines if not _halves(line)[1])


def _halves(line: str) -> tuple[str, str, str]:
    return line.replace("＝", "=").partition("=")


def section_of(register: Register, office: str) -> str:
    """Return the name of the section of params/columns.yaml of an office's register; of every office's without one."""
    return f"{office}/{register.label}" if office else register.label


def written_line(word: str, ours: str) -> str:
    """Return a line of params/columns.yaml, ready to be pasted."""
    return f"  {_yaml(word)}: {_yaml(ours)}"


def _yaml(word: str) -> str:
    plain = re.fullmatch(r"[^\W\d][\w（）()/、]*", word)
    return word if plain else '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'
