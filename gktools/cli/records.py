"""gktools records: templates, imports."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import GktoolsError
from .options import open_project

if TYPE_CHECKING:
    from ..params import Project

app = typer.Typer(help="登记表：取空白模板、导入。", no_args_is_help=True)


@app.command("template")
def records_template(
    office: Annotated[str | None, typer.Option("--office", help="机关代码，写进封面行")] = None,
    year: Annotated[int | None, typer.Option("--year", help="年度，写进封面行")] = None,
    out: Annotated[Path, typer.Option("--out", help="放到哪个目录")] = Path("登记表模板"),
) -> None:
    """取空白登记表：一张登记表一个 xlsx，另有一本全的。"""
    from ..records.templates import write_templates

    reported = year or date.today().year - 1
    name = open_project().office(office, reported).name if office else ""
    for path in write_templates(out, name, reported if year or office else None):
        print(path)


@app.command("import")
def records_import(
    files: Annotated[list[Path] | None, typer.Argument(help="xlsx、xls 或 csv 文件")] = None,
    register: Annotated[str | None, typer.Option("--register", help="登记表名；文件里写了就不用")] = None,
    office: Annotated[str | None, typer.Option("--office", help="机关代码；文件里写了就不用")] = None,
    year: Annotated[int | None, typer.Option("--year", help="年度；文件里写了就不用")] = None,
    check: Annotated[bool, typer.Option("--check", help="只检查，不导入")] = False,
    sample: Annotated[bool, typer.Option("--sample", help="导入示例区的登记表")] = False,
) -> None:
    """导入登记表：一个文件要么全部导入，要么一条不进，并列出每一处错误。"""
    from ..project import sample_registers
    from ..records.reading import Given
    from ..records.store import open_store

    project = open_project()
    paths = [*(sample_registers() if sample else ()), *(files or ())]
    if not paths:
        raise GktoolsError("没有写要导入的文件，例如：gktools records import 依申请公开登记表.xlsx")
    given = Given(register, office, year)
    with open_store(project.home) as store:
        results = [_import_file(project, path, given, None if check else store) for path in paths]
    changed = sum(result == "changed" for result in results)
    refused = sum(result == "refused" for result in results)
    if len(paths) > 1:
        print(
            f"共 {len(paths)} 个文件：导入 {changed} 个，没有变化 {len(paths) - changed - refused} 个，退回 {refused} 个"
        )
    sys.exit(1 if refused else 0)


def _import_file(project: Project, path: Path, given: Any, store: Any) -> str:
    """Read one file and keep it; say what happened, and return changed, same or refused."""
    from ..records.reading import read_file
    from ..records.schema import registers

    try:
        sheets, problems = read_file(path, project.find, given)
    except GktoolsError as error:
        print(error, file=sys.stderr)
        return "refused"
    if problems:
        print(f"{path.name} 没有导入，请改好这 {len(problems)} 处再导：", file=sys.stderr)
        for problem in problems:
            print(f"  {problem}", file=sys.stderr)
        return "refused"
    if store is None:
        print(f"{path.name}：检查通过，{len(sheets)} 张登记表，{sum(len(s.records) for s in sheets)} 条记录")
        return "same"
    kept = store.add(sheets)
    changed = [(sheet, before) for sheet, before in kept if before is not None]
    for sheet, before in changed:
        rows = f"{len(sheet.records)} 条" if sheet.records else "本年无记录"
        instead = f"，替换原来的 {before} 条" if before else ""
        print(f"{path.name}：{sheet.office} {sheet.year} 年 {registers()[sheet.register].label} {rows}{instead}")
    if not changed:
        print(f"{path.name}：没有变化")
    return "changed" if changed else "same"
