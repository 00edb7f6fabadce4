"""The import of files by gktools records import: all are read first; while a question is open none is stored."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from ..errors import GktoolsError, Problem, in_one_line, visible
from ..registers.file_import import WHY_LEFT_OUT, FileRead, FileResult, read_for_import, store_files, waiting
from ..registers.intake.cover import ImportOptions
from ..registers.intake.marking import write_marked_copy
from ..registers.intake.own_words import OwnWords
from ..registers.questions import Answers, Question
from ..registers.schema import registers
from ..registers.store.opening import open_store
from ..registers.store.privacy import in_clear_note
from ..registers.store.replacement import FileInstruction, names_of_files
from ..registers.store.versions import SheetResult
from ..review.log import note_imports
from ..workspace.project import Project
from .found_key import found_key_note

_SHOWN = 50
"""How many mistakes of a file are listed on screen; the marked copy has them all."""
_GONE_SHOWN = 10
"""How many records that are missing in a new file are listed on screen."""
_DIFFERENCES_SHOWN = 10
"""How many changed records are listed on screen."""


_WITH_NOTES = frozenset(key for key, register in registers().items() if register.identity or register.own_number)
"""The registers with records that a rule may take out of a count, or that may be there twice."""


@dataclass(frozen=True)
class ImportSummary:
    """The results for all files of one command."""

    results: tuple[FileResult, ...]
    notes: tuple[str, ...] = ()

    @property
    def accepted(self) -> bool:
        """Whether no file was refused and no question is open."""
        return all(result.outcome in ("changed", "same") for result in self.results)

    @property
    def questions(self) -> tuple[Question, ...]:
        """The open questions of all files, each once."""
        return tuple(_once(question for result in self.results for question in result.questions))

    def to_json(self) -> dict[str, object]:
        """Return the mistakes, the questions and the results of all files as data for JSON."""
        return {
            "problems": [_problem_json(problem) for result in self.results for problem in result.problems],
            "questions": [question.to_json() for question in self.questions],
            "results": [_file_json(result) for result in self.results],
        } | ({"notes": list(self.notes)} if self.notes else {})


@dataclass(frozen=True)
class Intake:
    """The import of the files of one command.

    options are those of the command line, own the headings and words of params/columns.yaml; instruction says which
    files in force are replaced. marks writes marked copies; stores is false for a check only; quiet prints nothing;
    asks says that open questions are asked at the terminal, so that a file with some gets no marked copy; account is the
    one that runs the command.
    """

    project: Project
    options: ImportOptions
    own: OwnWords
    answers: Answers
    instruction: FileInstruction
    marks: bool
    stores: bool
    quiet: bool = False
    asks: bool = False
    account: str = ""

    def run(self, paths: Sequence[Path]) -> ImportSummary:
        """Read every file, store those without mistakes unless a question is open, and return the results.

        Raises GktoolsError if one import is to be replaced by several files.
        """
        if self.instruction.replaces and len(paths) > 1:
            raise GktoolsError("--replaces 说的是一个文件代替哪一次导入，一次只能导一个文件")
        read = [self._read(path) for path in paths]
        if any(one.result.questions for one in read):
            results = [waiting(one.result) for one in read]
        elif self.stores:
            results = self._store(read)
        else:
            results = [self._checked(one) for one in read]
        summary = ImportSummary(tuple(results), tuple(self._notes(results)))
        for note in summary.notes:
            self._err(f"请核对：{note}")
        if summary.questions:
            self._err(f"有 {len(summary.questions)} 个问题要先回答，什么也没有导入：")
            for question in summary.questions:
                self._err(f"  {question}")
        if len(paths) > 1:
            self._out(_totals(results))
        return summary

    def _read(self, path: Path) -> FileRead:
        opening = partial(open_store, self.project.home)
        read = read_for_import(path, self.project.find, self.options, self.own, self.answers, open_store=opening)
        if not read.opened:
            self._err(f"没有导入。{read.result.problems[0]}")
            return read
        if (result := read.result).outcome in ("refused", "asked"):
            result = replace(result, marked=self._refuse(path, result))
        for warning in result.warnings:
            self._err(f"请核对：{warning}")
        if left_out := "、".join(f"{one.sheet}（{WHY_LEFT_OUT[one.why]}）" for one in result.left_out):
            self._out(f"{path.name}：没有导入的工作表：{left_out}")
        return replace(read, result=result)

    def _store(self, read: Sequence[FileRead]) -> list[FileResult]:
        sound = any(one.result.outcome != "refused" for one in read)
        with open_store(self.project.home) as store:
            if sound and (key := store.found_key()):
                self._err(found_key_note(*key, "停下导入，把它移走，让这里另造一把"))
            if forgotten := store.forget():
                self._out(
                    f"params/records.yaml 不保存个人信息：已从台账库里删去以前存下的 {forgotten} 处；"
                    "以前的备份里还有，请一并销毁"
                )
            results = store_files(store, read, self.answers, self.instruction)
            stored = [(result.file, one) for result in results for one in result.stored]
            for file, one in stored:
                self._out(_sheet_message(file, one))
            changed = dict.fromkeys(one.sheet.code for _, one in stored if one.number)
            names = self.project.names_of(changed)
            home, person = self.project.home, self.answers.person
            if changed and (failed := note_imports(store, home, person, names=names, account=self.account)):
                self._err(failed)
        return results

    def _notes(self, results: Iterable[FileResult]) -> Iterator[str]:
        """Yield how many personal texts are stored as written, which records no table counts or have no day to be counted by."""
        results = tuple(results)
        touched = dict.fromkeys(
            (one.sheet.code, one.sheet.year)
            for result in results
            for one in result.stored
            if one.sheet.register in _WITH_NOTES and one.sheet.lines
        )
        if not any(result.stored for result in results):
            return
        with open_store(self.project.home) as store:
            yield from filter(None, [in_clear_note(store.texts_in_clear())])
            if not touched or not self.marks:  # the sample's own are listed on its review pages
                return
            from ..report.queries.after_import import notes_after_import

            for code, year in touched:
                name = self.project.name(code, year)
                yield from (f"{name} {year} 年：{note}" for note in notes_after_import(self.project, store, code, year))

    def _checked(self, read: FileRead) -> FileResult:
        if read.result.outcome == "same":
            rows = sum(len(sheet.lines) for sheet in read.sheets)
            self._out(f"{read.result.file}：检查通过，{len(read.sheets)} 张登记表，{rows} 条记录")
        return read.result

    def _refuse(self, path: Path, found: FileResult) -> str:
        """Print the mistakes of a file; return the path of its marked copy, "" if none is written."""
        if found.problems:
            self._err(f"{path.name} 没有导入，请改好这 {len(found.problems)} 处再导：")
        for problem in found.problems[:_SHOWN]:
            self._err(f"  {problem}")
        if len(found.problems) > _SHOWN:
            self._err(f"  ……还有 {len(found.problems) - _SHOWN} 处")
        if not self.marks or (self.asks and found.questions):
            return ""
        try:
            copy = write_marked_copy(path, found.problems, found.questions)
        except GktoolsError as error:
            self._err(str(error))
            return ""
        if found.problems:
            self._err(f"每一处都标在 {in_one_line(str(copy))} 里了：改好标红的格，直接导入它就行")
        else:
            self._err(f"要问的地方标在 {in_one_line(str(copy))} 里了")
        return str(copy)

    def _out(self, text: str) -> None:
        if not self.quiet:
            print(text)

    def _err(self, text: str) -> None:
        if not self.quiet:
            print(text, file=sys.stderr)


def _once(questions: Iterable[Question]) -> Iterable[Question]:
    found: dict[tuple[str, str], Question] = {}
    for question in questions:
        found.setdefault((question.code, question.subject), question)
    return found.values()


def _sheet_message(file: str, one: SheetResult) -> str:
    """Return the message about the import of one register."""
    sheet = one.sheet
    name = f"{file}：{sheet.code} {sheet.year} 年 {registers()[sheet.register].label}"
    rows = f"{len(sheet.lines)} 条" if sheet.lines else "本年无记录"
    if one.number is None:
        lines = [f"{name} {rows}，没有变化{_same_as(one)}"]
    else:
        parts = {"新增": one.added, "改动": one.changed, "不变": one.same, "撤下": one.withdrawn}
        counts = "、".join(f"{word} {count} 条" for word, count in parts.items() if count)
        lines = [f"{name} {rows}{f'（{counts}）' if counts else ''}，导入编号 {one.number}{_beside(one)}"]
    lines += [
        f"  改动：第 {row} 行 {'；'.join(map(str, changes))}" for row, changes in one.differences[:_DIFFERENCES_SHOWN]
    ]
    if len(one.differences) > _DIFFERENCES_SHOWN:
        lines.append(f"  改动：……还有 {len(one.differences) - _DIFFERENCES_SHOWN} 行")
    if one.gone and not one.withdrawn:
        first = visible("、".join(one.gone[:_GONE_SHOWN])) + ("……" if len(one.gone) > _GONE_SHOWN else "")
        undo = f"；导错了文件的，用 gktools records undo {one.number} 退回" if one.number else ""
        lines += [
            f"  请核对：库里有 {len(one.gone)} 条，这个文件里没有：{first}",
            f"  它们仍然有效。确实该撤下的，加 --replace 再导一次{undo}",
        ]
    if one.withdrawn:
        first = visible("、".join(one.gone[:_GONE_SHOWN])) + ("……" if len(one.gone) > _GONE_SHOWN else "")
        lines.append(f"  撤下的（以前年度的登记表里也有的，照那里的计，别的不再计入）：{first}")
    if one.entered:
        first = visible("、".join(one.entered[:_GONE_SHOWN])) + ("……" if len(one.entered) > _GONE_SHOWN else "")
        lines.append(f"  页面上填的 {len(one.entered)} 条，这个文件里没有，仍然有效：{first}")
    return "\n".join(lines)


def _same_as(one: SheetResult) -> str:
    """Return the message that a file in force is identical, and how to import this one nevertheless; empty if none is."""
    other = next((known for known in one.instead_of if not known.called(one.sheet)), None)
    if other is None:
        return ""
    message = f"：和导入 {other.by} 的 {other.file} 完全一样"
    another = bool(one.sheet.lines) and not registers()[one.sheet.register].identity
    return message + ("。确实是另外一份的，加 --append 再导一次" if another else "")


def _beside(one: SheetResult) -> str:
    """Return the message about replaced files of other names, and the number of files in force if there are several."""
    others = [known for known in one.instead_of if not known.called(one.sheet)]
    replaced = "".join(f"，代替{name}" for name in names_of_files(others))
    return replaced + (f"；这张登记表现在有 {one.files} 个文件，共 {one.records} 条" if one.files > 1 else "")


def _totals(results: Sequence[FileResult]) -> str:
    outcomes = [result.outcome for result in results]
    text = (
        f"共 {len(results)} 个文件：导入 {outcomes.count('changed')} 个，没有变化 {outcomes.count('same')} 个，"
        f"退回 {outcomes.count('refused')} 个"
    )
    waiting = outcomes.count("asked") + outcomes.count("held")
    return f"{text}，等回答 {waiting} 个" if waiting else text


def _file_json(result: FileResult) -> dict[str, object]:
    return {
        "file": result.file,
        "result": result.outcome,
        "marked": result.marked,
        "registers": [_register_json(one) for one in result.stored],
        "left_out": [{"sheet": one.sheet, "why": one.why} for one in result.left_out],
        "warnings": [str(warning) for warning in result.warnings],
    }


def _problem_json(problem: Problem) -> dict[str, object]:
    return {
        "file": problem.file, "sheet": problem.sheet, "row": problem.line,
        "rows": [line for line in (problem.line, *getattr(problem, "also", ())) if line], "column": problem.column,
        "message": problem.message, "value": problem.value,
    }  # fmt: skip


def _register_json(one: SheetResult) -> dict[str, object]:
    sheet = one.sheet
    return {
        "register": sheet.register, "office": sheet.code, "year": sheet.year, "sheet": sheet.sheet,
        "rows": len(sheet.lines), "import": one.number, "added": one.added, "changed": one.changed, "same": one.same,
        "withdrawn": one.withdrawn, "gone": list(one.gone), "replaces": [known.by for known in one.instead_of],
        "files": one.files, "records": one.records, "entered": list(one.entered),
        "differences": [{"row": row, "changes": [str(change) for change in changes]} for row, changes in one.differences],
    }  # fmt: skip
