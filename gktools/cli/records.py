"""gktools records: templates, imports."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import GktoolsError, NotFoundError
from ..workspace import clock
from .options import AsJson, account, open_project, plain_line, print_json

if TYPE_CHECKING:
    from ..registers.intake.cover import ImportOptions
    from ..workspace.project import Project

app = typer.Typer(help="登记表：取空白模板、导入、看历史、取消、备份。", no_args_is_help=True)


@app.command("template", short_help="取空白登记表")
def records_template(
    office: Annotated[str | None, typer.Option("--office", help="机关代码，写进封面行")] = None,
    year: Annotated[int | None, typer.Option("--year", min=2000, max=2099, help="年度，写进封面行")] = None,
    out: Annotated[Path, typer.Option("--out", help="放到哪个目录")] = Path("登记表模板"),
    everyone: Annotated[bool, typer.Option("--all", help="单位表里每个机关一个文件夹")] = False,
) -> None:
    """取空白登记表：一张登记表一个 xlsx，另有一本全的；--all 给单位表里的每个机关各取一份。"""
    from ..registers.intake.templates import write_templates, write_templates_of_all

    reported = year or clock.today().year - 1
    if everyone:
        if office:
            raise GktoolsError("--office 和 --all 只能写一个")
        names = [one.name for one in open_project().offices(reported) if not one.rolls_up]
        for path in write_templates_of_all(out, names, reported):
            print(path)
        return
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
    replaces: Annotated[
        list[int] | None, typer.Option("--replaces", help="代替哪一次导入的文件（导入编号），可以写几次")
    ] = None,
    append: Annotated[bool, typer.Option("--append", help="是另外一份，不代替库里的文件")] = False,
    person: Annotated[str | None, typer.Option("--as", callback=plain_line, help="谁导入的；不写即本机账户名")] = None,
    reason: Annotated[str, typer.Option("--reason", callback=plain_line, help="为什么改，留在记录的历史里")] = "",
    sample: Annotated[bool, typer.Option("--sample", help="导入示例区的登记表")] = False,
    answer: Annotated[
        list[str] | None, typer.Option("--answer", help="回答导入时的提问：问题:对象=答案，可以写几次")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """导入登记表：一个文件要么全部导入，要么一条不进，并列出每一处错误和要问的，另写一份标红的供改正。"""
    from ..registers.intake.own_words import COLUMNS, read_own_words
    from ..registers.questions import Answers
    from ..registers.store.replacement import FileInstruction
    from ..starter.scaffold import sample_registers
    from ..workspace.home import FOLDER
    from .asking import at_terminal, run_and_ask
    from .importing import Intake

    if append and replaces:
        raise GktoolsError("--replaces 和 --append 只能写一个：是代替那一次导入的，还是另外一份")
    project = open_project()
    paths = [*(sample_registers() if sample else ()), *(files or ())]
    if not paths:
        raise GktoolsError("没有写要导入的文件，例如：gktools records import 依申请公开登记表.xlsx")
    who = person or account()
    intake = Intake(
        project,
        _options(project, register, office, year),
        read_own_words(project.home / FOLDER / COLUMNS, project.find),
        Answers.parse(answer or (), who, reason),
        FileInstruction(replace or sample, frozenset(replaces or ()), append),
        marks=not check and not sample,
        stores=not check,
        quiet=as_json,
        account=account(),
    )
    summary = run_and_ask(intake, paths) if at_terminal() and not as_json else intake.run(paths)
    if as_json:
        print_json(summary.to_json())
    sys.exit(0 if summary.accepted else 1)


def _options(project: Project, register: str | None, office: str | None, year: int | None) -> ImportOptions:
    """Return the options of the command. Raises GktoolsError, before any file is read, for one that is not valid."""
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
    if year is not None and not EARLIEST <= year <= clock.today().year:
        raise GktoolsError(
            f"--year 写得不对，文件没有读：年度只能是 {EARLIEST} 到 {clock.today().year}（写的是 {year}）"
        )
    return ImportOptions(register, office, year)
