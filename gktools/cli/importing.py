"""What gktools records import does with its files: all are read first, and nothing is kept while anything is asked."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from ..errors import GktoolsError, Problem
from ..forms.characters import visible
from ..registers.intake.cover import ImportOptions
from ..registers.intake.marking import write_marked_copy
from ..registers.intake.own_words import OwnWords
from ..registers.intake.reading import read_file
from ..registers.questions import Answers, Question
from ..registers.schema import registers
from ..registers.sheet import FileReading, LeftOut, Sheet
from ..registers.store.store import Store, open_store
from ..registers.store.versions import SheetResult
from ..workspace.project import Project

Outcome = Literal["changed", "same", "refused", "asked", "held"]
"""What became of a file: kept, nothing new in it, full of mistakes, asked about, or waiting for what is asked elsewhere."""
_SHOWN = 50
"""How many mistakes of a file are listed on screen; the marked copy has them all."""
_GONE_SHOWN = 10


_WITH_RULES = frozenset(("requests", "reconsiderations", "lawsuits", "documents", "procurements"))
"""The registers with records that a rule may take out of a count."""
_WHY = {"empty": "空的", "instructions": "说明", "answered": "回答说不是登记表", "hidden": "隐藏的，不像登记表"}


@dataclass(frozen=True)
class Result:
    """What became of one file."""

    file: str
    outcome: Outcome
    problems: tuple[Problem, ...] = ()
    questions: tuple[Question, ...] = ()
    warnings: tuple[Problem, ...] = ()
    kept: tuple[SheetResult, ...] = ()
    marked: str = ""
    left_out: tuple[LeftOut, ...] = ()

    def to_json(self) -> dict[str, object]:
        """The result as plain values."""
        return {
            "file": self.file,
            "result": self.outcome,
            "marked": self.marked,
            "registers": [_register_json(one) for one in self.kept],
            "left_out": [{"sheet": one.sheet, "why": one.why} for one in self.left_out],
            "warnings": [str(warning) for warning in self.warnings],
        }


@dataclass(frozen=True)
class Done:
    """What became of every file of one command."""

    results: tuple[Result, ...]
    notes: tuple[str, ...] = ()

    @property
    def sound(self) -> bool:
        """Whether nothing was refused and nothing is asked."""
        return all(result.outcome in ("changed", "same") for result in self.results)

    @property
    def questions(self) -> tuple[Question, ...]:
        """Every open question once, whichever files it stands in."""
        return tuple(_once(question for result in self.results for question in result.questions))

    def to_json(self) -> dict[str, object]:
        """Everything as plain values."""
        return {
            "problems": [_problem_json(problem) for result in self.results for problem in result.problems],
            "questions": [question.to_json() for question in self.questions],
            "results": [result.to_json() for result in self.results],
        } | ({"notes": list(self.notes)} if self.notes else {})


@dataclass(frozen=True)
class Intake:
    """How the files of one command are read and kept. quiet: nothing is printed."""

    project: Project
    given: ImportOptions
    own: OwnWords
    answers: Answers
    replace: bool
    marks: bool
    keeps: bool
    quiet: bool = False

    def run(self, paths: Sequence[Path]) -> Done:
        """Read every file, and keep those that are sound unless something is asked."""
        read = [self._read(path) for path in paths]
        asked = any(result.questions for result, _ in read)
        if asked:
            results = [self._hold(result) for result, _ in read]
        elif self.keeps:
            results = self._keep(read)
        else:
            results = [self._checked(result, found.sheets) for result, found in read]
        done = Done(tuple(results), tuple(self._notes(results)))
        for note in done.notes:
            self._err(f"请核对：{note}")
        if done.questions:
            self._err(f"有 {len(done.questions)} 个问题要先回答，什么也没有导入：")
            for question in done.questions:
                self._err(f"  {question}")
        if len(paths) > 1:
            self._out(_in_all(results))
        return done

    def _read(self, path: Path) -> tuple[Result, FileReading]:
        try:
            found = read_file(path, self.project.find, self.given, self.own, answers=self.answers)
        except GktoolsError as error:
            self._err(f"没有导入。{error}")
            return Result(path.name, "refused", (Problem(str(error)),)), FileReading()
        marked = "" if found.sound else self._refuse(path, found)
        outcome: Outcome = "refused" if found.problems else "asked" if found.questions else "same"
        warnings = tuple(warning for sheet in found.sheets for warning in sheet.warnings)
        for warning in warnings:
            self._err(f"请核对：{warning}")
        if told := "、".join(f"{one.sheet}（{_WHY[one.why]}）" for one in found.left_out):
            self._out(f"{path.name}：没有导入的工作表：{told}")
        return Result(path.name, outcome, found.problems, found.questions, warnings, (), marked, found.left_out), found

    def _keep(self, read: Iterable[tuple[Result, FileReading]]) -> list[Result]:
        with open_store(self.project.home) as store:
            if forgotten := store.forget():
                self._out(
                    f"params/records.yaml 不保存个人信息：已从台账库里删去以前存下的 {forgotten} 处；"
                    "以前的备份里还有，请一并销毁"
                )
            return [self._kept(store, result, found.sheets) for result, found in read]

    def _notes(self, results: Iterable[Result]) -> Iterator[str]:
        """What no table counts, or has no day to be counted by, in what was imported; once for an office and year."""
        touched = dict.fromkeys(
            (one.sheet.code, one.sheet.year)
            for result in results
            for one in result.kept
            if one.sheet.register in _WITH_RULES and one.sheet.lines
        )
        if not touched or not self.marks:  # the sample's own are listed on its review pages
            return
        from ..report.queries.after_import import notes_after_import

        with open_store(self.project.home) as store:
            for code, year in touched:
                name = self.project.name(code, year)
                yield from (f"{name} {year} 年：{note}" for note in notes_after_import(self.project, store, code, year))

    def _kept(self, store: Store, result: Result, sheets: Sequence[Sheet]) -> Result:
        if result.outcome == "refused":
            return result
        person, reason = self.answers.person, self.answers.reason
        kept = tuple(store.add(sheets, person=person, reason=reason, replace=self.replace))
        for one in kept:
            self._out(_told(result.file, one))
        return replace(result, outcome="changed" if any(one.number for one in kept) else "same", kept=kept)

    def _checked(self, result: Result, sheets: Sequence[Sheet]) -> Result:
        if result.outcome == "same":
            rows = sum(len(sheet.lines) for sheet in sheets)
            self._out(f"{result.file}：检查通过，{len(sheets)} 张登记表，{rows} 条记录")
        return result

    def _hold(self, result: Result) -> Result:
        return replace(result, outcome="held") if result.outcome == "same" else result

    def _refuse(self, path: Path, found: FileReading) -> str:
        """Say what is wrong with a file; return the name of its marked copy."""
        if found.problems:
            self._err(f"{path.name} 没有导入，请改好这 {len(found.problems)} 处再导：")
        for problem in found.problems[:_SHOWN]:
            self._err(f"  {problem}")
        if len(found.problems) > _SHOWN:
            self._err(f"  ……还有 {len(found.problems) - _SHOWN} 处")
        if not self.marks:
            return ""
        try:
            copy = write_marked_copy(path, found.problems, found.questions)
        except GktoolsError as error:
            self._err(str(error))
            return ""
        if found.problems:
            self._err(f"每一处都标在 {copy} 里了：改好标红的格，直接导入它就行")
        else:
            self._err(f"要问的地方标在 {copy} 里了")
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


def _told(file: str, one: SheetResult) -> str:
    """What became of one register."""
    sheet = one.sheet
    name = f"{file}：{sheet.code} {sheet.year} 年 {registers()[sheet.register].label}"
    rows = f"{len(sheet.lines)} 条" if sheet.lines else "本年无记录"
    if one.number is None:
        lines = [f"{name} {rows}，没有变化"]
    else:
        parts = {"新增": one.added, "改动": one.changed, "不变": one.same, "撤下": one.withdrawn}
        told = "、".join(f"{word} {count} 条" for word, count in parts.items() if count)
        lines = [f"{name} {rows}{f'（{told}）' if told else ''}，导入编号 {one.number}"]
    if one.gone and not one.withdrawn:
        first = visible("、".join(one.gone[:_GONE_SHOWN])) + ("……" if len(one.gone) > _GONE_SHOWN else "")
        undo = f"；导错了文件的，用 gktools records undo {one.number} 退回" if one.number else ""
        lines += [
            f"  请核对：库里有 {len(one.gone)} 条，这个文件里没有：{first}",
            f"  它们仍然有效。确实该撤下的，加 --replace 再导一次{undo}",
        ]
    return "\n".join(lines)


def _in_all(results: Sequence[Result]) -> str:
    outcomes = [result.outcome for result in results]
    told = (
        f"共 {len(results)} 个文件：导入 {outcomes.count('changed')} 个，没有变化 {outcomes.count('same')} 个，"
        f"退回 {outcomes.count('refused')} 个"
    )
    waiting = outcomes.count("asked") + outcomes.count("held")
    return f"{told}，等回答 {waiting} 个" if waiting else told


def _problem_json(problem: Problem) -> dict[str, object]:
    return {
        "file": problem.file, "sheet": problem.sheet, "row": problem.line, "column": problem.column,
        "message": problem.message, "value": problem.value,
    }  # fmt: skip


def _register_json(one: SheetResult) -> dict[str, object]:
    sheet = one.sheet
    return {
        "register": sheet.register, "office": sheet.code, "year": sheet.year, "sheet": sheet.sheet,
        "rows": len(sheet.lines), "import": one.number, "added": one.added, "changed": one.changed, "same": one.same,
        "withdrawn": one.withdrawn, "gone": list(one.gone),
    }  # fmt: skip
