"""The decision which file in force a new file replaces: one of them, none (it is added), or a question to a person."""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import sqlalchemy as sa

from ...errors import RecordsError
from ..questions import Answer, Question, QuestionPlace
from ..schema import registers
from ..sheet import ENTERED, MARKED, MENDED, Sheet
from .database import COVERAGE, in_force
from .in_force import StoredGroup

Why = Literal["common", "nothing-common", "marked", "empty"]


@dataclass(frozen=True)
class FileInstruction:
    """A person's instruction for a file.

    replace: records missing in it end. replaces: the imports whose files it replaces completely. append: it is added to
    the files in force, even if identical to one unless spared (the file has further registers, and was not asked about
    this one). unasked: no question about its numbers. taken: the codes of the questions about changed records that are
    answered: they are changed. seen: the version of its one record that a person had before them, 0 for none. ends: the
    records that it names end.
    """

    replace: bool = False
    replaces: frozenset[int] = frozenset()
    append: bool = False
    spared: bool = False
    unasked: bool = False
    taken: frozenset[str] = frozenset()
    seen: int | None = None
    ends: bool = False

    def of_file(self, *, alone: bool) -> FileInstruction:
        """Return the instruction for one sheet of a file; alone: the file has no other."""
        return self if alone else dataclasses.replace(self, spared=True)


@dataclass(frozen=True)
class FileInForce:
    """A file in force compared with one to be imported: its number, import, number of records and records in common.

    same: both have the same content.
    """

    number: int
    by: int
    file: str
    sheet: str
    standing: int
    common: int
    same: bool

    def called(self, sheet: Sheet) -> bool:
        """Return whether it has the file and sheet name of a sheet."""
        return (self.file, self.sheet) == (sheet.file, sheet.sheet)

    def marked(self, sheet: Sheet) -> bool:
        """Return whether one of the two is our marked or mended copy of the other, or both are of a third."""
        ours = re.compile(rf"（(?:{MARKED}|{MENDED})\d*）(?=\.[^.]*$)")
        plain = [re.sub(r"\.[^.]*$", "", ours.sub("", name)) for name in (self.file, sheet.file)]
        return self.file != sheet.file and plain[0] == plain[1] and any(map(ours.search, (self.file, sheet.file)))


@dataclass(frozen=True)
class Replacement:
    """The files in force that a file replaces; withdraws: their records missing in it end; ends: those it names end."""

    instead_of: tuple[FileInForce, ...] = ()
    withdraws: bool = False
    ends: bool = False


@dataclass(frozen=True)
class AmbiguousFile:
    """A sheet that may correct a file in force or be a different one, with the files in force.

    leaves has the number of records in force after each answer, by the imports it would replace (none: it is added).
    """

    sheet: Sheet
    why: Why
    files: tuple[FileInForce, ...]
    leaves: Mapping[frozenset[int], int] = field(default_factory=dict)

    @property
    def likely(self) -> list[FileInForce]:
        """The files it may replace: of its name, or with records in common; all of them for an empty sheet."""
        return [
            one
            for one in self.files
            if self.why == "empty" or one.common or one.called(self.sheet) or one.marked(self.sheet)
        ]


class AskedError(RecordsError):
    """Sheets that are not imported until their questions are answered."""

    def __init__(self, questions: Sequence[Question]) -> None:
        self.questions = tuple(questions)
        super().__init__("有问题要先回答，什么也没有导入：\n" + "\n".join(map(str, questions)))


def file_question(asked: AmbiguousFile) -> Question:
    """Return the question about a sheet, with the number of records in force after each answer."""
    sheet, register = asked.sheet, registers()[asked.sheet.register]
    files = "；".join(_files_known(asked.files))
    values = {"where": f"{sheet.code} {sheet.year} 年的{register.label}", "known": files, "why": _WHY[asked.why]}
    kind = "file.empty" if asked.why == "empty" else "file.numbers" if register.identity else "file.rows"
    likely = asked.likely
    apart = [one for one in likely if one.file != ENTERED]
    choices = [_replaces([one], asked) for one in apart if asked.why != "empty" or len(likely) == 1]
    choices += [_replaces(likely, asked)] if len(likely) > 1 or not apart else []
    if asked.why != "empty":
        left = _would_be(len(asked.files) + 1, asked.leaves[frozenset()])
        choices.append(Answer("append", "是另外一份，都有效", left, "--append"))
    return Question.of(kind, subject_of(sheet), QuestionPlace(sheet.file, sheet.sheet), values, choices)


def subject_of(sheet: Sheet) -> str:
    """Return the subject of questions about a sheet, the same in every run."""
    return f"{sheet.file}/{registers()[sheet.register].label}"


_WHY: Mapping[Why, str] = {
    "common": "这个文件名字不同，有的行却相同，",
    "nothing-common": "这个文件名字相同，却没有一条相同，",
    "marked": "这个文件和库里的一个是原件和标错的那份，",
    "empty": "",
}


def _known(one: FileInForce) -> str:
    sheet = f"“{one.sheet}”" if one.sheet else ""
    common = f"其中 {one.common} 条这个文件里也有" if one.common else "没有一条这个文件里也有"
    return f"{_named(one)}{sheet}（{one.standing} 条，{common}）"


def _files_known(files: Sequence[FileInForce]) -> list[str]:
    """Return the texts of the files in force; what was entered record by record is one."""
    entered = [one for one in files if one.file == ENTERED]
    common = sum(one.common for one in entered)
    have = f"其中 {common} 条这个文件里也有" if common else "没有一条这个文件里也有"
    forms = f"{ENTERED}（{sum(one.standing for one in entered)} 条，{have}）"
    return [*(_known(one) for one in files if one not in entered), *([forms] if entered else [])]


def names_of_files(files: Sequence[FileInForce]) -> list[str]:
    """Return the names of files in force for staff; what was entered record by record is one."""
    entered = [one for one in files if one.file == ENTERED]
    return [*map(_named, (one for one in files if one not in entered)), *([f"{ENTERED}的"] if entered else [])]


def _named(one: FileInForce) -> str:
    return f"导入 {one.by} 的 {one.file}"


def _replaces(files: Sequence[FileInForce], asked: AmbiguousFile) -> Answer:
    by = sorted({one.by for one in files})
    ready = " ".join(f"--replaces {number}" for number in by)
    left = _would_be(len(asked.files) - len(files) + 1, asked.leaves[frozenset(by)])
    key = "-".join(map(str, ("replaces", *by)))
    return Answer(key, f"代替{'、'.join(names_of_files(files))}", left, ready)


def _would_be(files: int, records: int) -> str:
    return f"有效的一共 {files} 个文件、{records} 条"


def files_in_force(now: StoredGroup, keys: Sequence[str], said: Sequence[str]) -> list[FileInForce]:
    """Return the files in force, compared with a file of these keys and content hashes."""
    ours, ours_said = Counter(key or text for key, text in zip(keys, said, strict=True)), Counter(said)
    standing: dict[int, tuple[Counter[str], Counter[str]]] = {n: (Counter(), Counter()) for n in now.coverage}
    for one in now.state.held:
        for number, _ in one.places:
            standing[number][0][one.key or one.said] += 1
            standing[number][1][one.said] += 1
    return [
        FileInForce(
            number,
            row["import_id"],
            row["file"],
            row["sheet"],
            standing[number][0].total(),
            (standing[number][0] & ours).total(),
            standing[number][1] == ours_said,
        )
        for number, row in now.coverage.items()
    ]


def decide_replacement(
    sheet: Sheet, instruction: FileInstruction, known: Sequence[FileInForce]
) -> Replacement | AmbiguousFile:
    """Return which files a sheet replaces; an AmbiguousFile if that cannot be decided."""
    if sheet.in_form:
        own = (one for one in known if one.file == sheet.file and one.common == one.standing)  # its own record, or none
        return Replacement(tuple(own), ends=instruction.ends)
    said = tuple(one for one in known if one.by in instruction.replaces)
    if said or not known:
        return Replacement(said, bool(said) or instruction.replace)
    same = sorted((one for one in known if one.same), key=lambda one: not one.called(sheet))
    same = same if sheet.lines or not any(one.standing for one in known) else []  # 本年无记录, and there are records
    if same and (same[0].called(sheet) or not (instruction.append and not instruction.spared and sheet.lines)):
        return Replacement((same[0],), instruction.replace)
    empty = tuple(one for one in known if not one.standing)
    if not sheet.lines:
        alone = instruction.replace and len(known) == 1
        return Replacement(tuple(known), instruction.replace) if alone else AmbiguousFile(sheet, "empty", tuple(known))
    if instruction.append:
        return Replacement(empty)
    found = (_by_number if registers()[sheet.register].identity else _by_rows)(sheet, instruction, known)
    if isinstance(found, str):
        return AmbiguousFile(sheet, found, tuple(known))
    return Replacement((*(one for one in empty if one not in found), *found), instruction.replace)


def _by_number(
    sheet: Sheet, instruction: FileInstruction, known: Sequence[FileInForce]
) -> tuple[FileInForce, ...] | Why:
    """Return the files that a sheet with numbers replaces: those it has most records in common with."""
    ours = [one for one in known if one.called(sheet) or one.marked(sheet)]
    if any(one.standing and not one.common and not (instruction.replace and one.called(sheet)) for one in ours):
        return "nothing-common"
    return tuple(one for one in known if one in ours or 2 * one.common > one.standing)


def _by_rows(sheet: Sheet, instruction: FileInstruction, known: Sequence[FileInForce]) -> tuple[FileInForce, ...] | Why:
    """Return the files that a sheet without numbers replaces: only one of its name with rows in common is certain."""
    called = [one for one in known if one.called(sheet) and one.standing]
    common = [one for one in called if one.common]
    if len(common) == 1 or (instruction.replace and len(called) == 1):
        return tuple(common or called)
    if any(one.marked(sheet) for one in known if one.standing):
        return "marked"
    if any(one.common for one in known):
        return "common"
    return "nothing-common" if called else ()


def instruction_by_answers(
    answers: Mapping[tuple[str, str], str], sheet: Sheet, *, instruction: FileInstruction
) -> FileInstruction:
    """Return the instruction for a sheet: by the answers about it, by code and subject, else instruction."""
    about = {code for (code, subject), key in answers.items() if subject == subject_of(sheet) and key == "take"}
    instruction = dataclasses.replace(instruction, taken=instruction.taken | about)
    for (code, subject), key in answers.items():
        if code.startswith("file.") and subject == subject_of(sheet):
            word, *numbers = key.split("-")
            if key == "append":
                return FileInstruction(instruction.replace, append=True, taken=instruction.taken)
            if word == "replaces" and numbers and all(number.isdecimal() for number in numbers):
                return FileInstruction(instruction.replace, frozenset(map(int, numbers)), taken=instruction.taken)
    return instruction


def check_instructions(
    connection: sa.Connection, instruction: Callable[[Sheet], FileInstruction], sheets: Sequence[Sheet]
) -> None:
    """Raise RecordsError if an instruction names imports that are not in force for any of the sheets."""
    replaces = frozenset(number for sheet in sheets for number in instruction(sheet).replaces)
    if not replaces:
        return
    groups = [(sheet.register, sheet.code, sheet.year) for sheet in sheets]
    about = sa.tuple_(COVERAGE.c.register, COVERAGE.c.office, COVERAGE.c.year).in_(groups)
    wanted = sa.select(COVERAGE.c.import_id, COVERAGE.c.file).where(about & in_force(COVERAGE))
    by = {number: file for number, file in connection.execute(wanted)}  # noqa: C416 - rows are no pairs to dict()
    if strange := sorted(replaces - by.keys()):
        known = "；".join(f"导入 {number}：{file}" for number, file in sorted(by.items())) or "还没有"
        wrong, names = "、".join(map(str, strange)), "、".join(registers()[key].label for key, _, _ in groups)
        raise RecordsError(f"--replaces {wrong} 不是现在有效的{names}的导入编号，没有导入（现在有效的：{known}）")
