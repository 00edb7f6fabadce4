"""gktools records: templates, imports."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import GktoolsError, NotFoundError, Problem
from .options import open_project

if TYPE_CHECKING:
    from ..registers.intake.cover import ImportOptions
    from ..registers.intake.headings import Renamed
    from ..registers.sheet import Sheet
    from ..registers.store.store import Store
    from ..registers.store.versions import SheetResult
    from ..workspace.project import Project

app = typer.Typer(help="登记表：取空白模板、导入、看历史、取消、备份。", no_args_is_help=True)
_SHOWN = 50
"""How many mistakes of a file are listed on screen; the marked copy has them all."""
_GONE_SHOWN = 10


@app.command("template", short_help="取空白登记表")
def records_template(
    office: Annotated[str | None, typer.Option("--office", help="机关代码，写进封面行")] = None,
    year: Annotated[int | None, typer.Option("--year", help="年度，写进封面行")] = None,
    out: Annotated[Path, typer.Option("--out", help="放到哪个目录")] = Path("登记表模板"),
) -> None:
    """取空白登记表：一张登记表一个 xlsx，另有一本全的。"""
    from ..registers.intake.templates import write_templates

    reported = year or date.today().year - 1
    name = open_project().office(office, reported).name if office else ""
    for path in write_templates(out, name, reported if year or office else None):
        print(path)


@app.command("import", short_help="导入登记表；有错的逐处列出，一条不进")
def records_import(
    files: Annotated[list[Path] | None, typer.Argument(help="xlsx、xls 或 csv 文件")] = None,
    register: Annotated[str | None, typer.Option("--register", help="登记表名；文件里写了就不用")] = None,
    office: Annotated[str | None, typer.Option("--office", help="机关代码；文件里写了就不用")] = None,
    year: Annotated[int | None, typer.Option("--year", help="年度；文件里写了就不用")] = None,
    check: Annotated[bool, typer.Option("--check", help="只检查，不导入，也不写标错文件")] = False,
    replace: Annotated[bool, typer.Option("--replace", help="文件里没有了的记录也撤下")] = False,
    person: Annotated[str | None, typer.Option("--as", help="谁导入的；不写即本机账户名")] = None,
    reason: Annotated[str, typer.Option("--reason", help="为什么改，留在记录的历史里")] = "",
    sample: Annotated[bool, typer.Option("--sample", help="导入示例区的登记表")] = False,
) -> None:
    """导入登记表：一个文件要么全部导入，要么一条不进，并列出每一处错误，另写一份标红的供改正。"""
    from ..registers.intake.headings import COLUMNS, read_renamed
    from ..registers.store.store import open_store
    from ..starter.scaffold import sample_registers
    from ..workspace.project import FOLDER

    project = open_project()
    paths = [*(sample_registers() if sample else ()), *(files or ())]
    if not paths:
        raise GktoolsError("没有写要导入的文件，例如：gktools records import 依申请公开登记表.xlsx")
    intake = Intake(
        project,
        _given(project, register, office, year),
        read_renamed(project.home / FOLDER / COLUMNS),
        person or account(),
        reason,
        replace or sample,
        marks=not check and not sample,
    )
    if check:
        results = [intake.take(path, None) for path in paths]
    else:
        with open_store(project.home) as store:
            if forgotten := store.forget():
                print(
                    f"params/records.yaml 不保存个人信息：已从台账库里删去以前存下的 {forgotten} 处；以前的备份里还有，请一并销毁"
                )
            results = [intake.take(path, store) for path in paths]
    if len(paths) > 1:
        print(_in_all(results))
    sys.exit(1 if "refused" in results else 0)


def _given(project: Project, register: str | None, office: str | None, year: int | None) -> ImportOptions:
    """What the options say. Raises GktoolsError for an option that fits no file, before any file is read."""
    from ..registers.intake.cover import EARLIEST, ImportOptions
    from ..registers.schema import register_named

    named: tuple[tuple[str, str | None, Callable[[str], object]], ...] = (
        ("--office", office, project.find),
        ("--register", register, register_named),
    )
    for option, value, find in named:
        try:
            if value:
                find(value)
        except NotFoundError as error:
            raise GktoolsError(f"{option} 写得不对，文件没有读：{error}") from None
    if year is not None and not EARLIEST <= year <= date.today().year:
        raise GktoolsError(
            f"--year 写得不对，文件没有读：年度只能是 {EARLIEST} 到 {date.today().year}（写的是 {year}）"
        )
    return ImportOptions(register, office, year)


@dataclass(frozen=True)
class Intake:
    """How the files of one command are read and kept."""

    project: Project
    given: ImportOptions
    renamed: Renamed
    person: str
    reason: str
    replace: bool
    marks: bool

    def take(self, path: Path, store: Store | None) -> str:
        """Read one file and keep it, or only read it; say what happened, and return changed, same or refused."""
        from ..registers.intake.reading import read_file

        try:
            sheets, problems = read_file(path, self.project.find, self.given, self.renamed)
        except GktoolsError as error:
            print(f"没有导入。{error}", file=sys.stderr)
            return "refused"
        if problems:
            self._refuse(path, problems)
            return "refused"
        _warn(sheets)
        if store is None:
            print(f"{path.name}：检查通过，{len(sheets)} 张登记表，{sum(len(s.lines) for s in sheets)} 条记录")
            return "same"
        kept = store.add(sheets, person=self.person, reason=self.reason, replace=self.replace)
        for one in kept:
            _tell(path.name, one)
        return "changed" if any(one.number for one in kept) else "same"

    def _refuse(self, path: Path, problems: Sequence[Problem]) -> None:
        from ..registers.intake.marking import write_marked_copy

        print(f"{path.name} 没有导入，请改好这 {len(problems)} 处再导：", file=sys.stderr)
        for problem in problems[:_SHOWN]:
            print(f"  {problem}", file=sys.stderr)
        if len(problems) > _SHOWN:
            print(f"  ……还有 {len(problems) - _SHOWN} 处", file=sys.stderr)
        if self.marks:
            try:
                copy = write_marked_copy(path, problems)
            except GktoolsError as error:
                print(error, file=sys.stderr)
            else:
                print(f"每一处都标在 {copy} 里了：改好标红的格，直接导入它就行", file=sys.stderr)


def account() -> str:
    """Return the name of the account the command runs under; empty if it has none."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""


def _warn(sheets: Sequence[Sheet]) -> None:
    for warning in (warning for sheet in sheets for warning in sheet.warnings):
        print(f"请核对：{warning}", file=sys.stderr)


def _tell(file: str, one: SheetResult) -> None:
    """Say what became of one register."""
    from ..registers.schema import registers

    sheet = one.sheet
    name = f"{file}：{sheet.code} {sheet.year} 年 {registers()[sheet.register].label}"
    rows = f"{len(sheet.lines)} 条" if sheet.lines else "本年无记录"
    if one.number is None:
        print(f"{name} {rows}，没有变化")
    else:
        parts = {"新增": one.added, "改动": one.changed, "不变": one.same, "撤下": one.withdrawn}
        told = "、".join(f"{word} {count} 条" for word, count in parts.items() if count)
        print(f"{name} {rows}{f'（{told}）' if told else ''}，导入编号 {one.number}")
    if one.gone and not one.withdrawn:
        first = "、".join(one.gone[:_GONE_SHOWN]) + ("……" if len(one.gone) > _GONE_SHOWN else "")
        undo = f"；导错了文件的，用 gktools records undo {one.number} 退回" if one.number else ""
        print(
            f"  请核对：库里有 {len(one.gone)} 条，这个文件里没有：{first}\n"
            f"  它们仍然有效。确实该撤下的，加 --replace 再导一次{undo}"
        )


def _in_all(results: Sequence[str]) -> str:
    counts = {result: results.count(result) for result in ("changed", "same", "refused")}
    return (
        f"共 {len(results)} 个文件：导入 {counts['changed']} 个，没有变化 {counts['same']} 个，"
        f"退回 {counts['refused']} 个"
    )
