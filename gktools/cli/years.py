"""gktools year: a new report year, and figures of a published year."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import GktoolsError
from .options import open_project

if TYPE_CHECKING:
    from ..workspace.project import Project

app = typer.Typer(help="报告年度。", no_args_is_help=True)


@app.command("new", short_help="开始新的报告年度")
def year_new(year: Annotated[int, typer.Argument(help="新的报告年度")]) -> None:
    """开始新的报告年度：建 params/<年度>/，各机关的参数照抄上一年的写法，不抄正文。"""
    from ..starter.scaffold import new_year

    created = new_year(open_project(), year)
    print(f"已建 params/{year}/，{len(created)} 个文件。第一、五部分的正文要按新一年的情况写，没有照抄。")


@app.command("import-published", short_help="填入已公布报告的数，供下一年核对")
@app.command("figures", hidden=True)
def year_figures(
    files: Annotated[list[Path] | None, typer.Argument(help="填好的 xlsx", show_default=False)] = None,
    template: Annotated[bool, typer.Option("--template", help="取空白表，不导入")] = False,
    office: Annotated[str | None, typer.Option("--office", help="机关代码；取空白表时要写")] = None,
    year: Annotated[
        int | None, typer.Option("--year", min=2000, max=2099, help="已公布报告的年度；取空白表时要写")
    ] = None,
    out: Annotated[Path, typer.Option("--out", help="空白表放到哪个目录")] = Path(),
) -> None:
    """填入已经公布的报告的数，供下一年度的报告核对：先取空白表（--template），填好后导入。

    导入后写在 params/published/<年度>/<机关代码>.yaml，也可以直接在那里改。
    """
    project = open_project()
    if template:
        print(_template(project, office, year, out))
        return
    if not files:
        raise GktoolsError(
            "没有写要导入的文件。先取空白表，例如：gktools year import-published --template --office minzheng --year 2023"
        )
    for path in files:
        print(_import_published(project, path))


def _template(project: Project, office: str | None, year: int | None, out: Path) -> Path:
    from ..reading.workbook import write_template

    if office is None or year is None:
        raise GktoolsError("取空白表要写机关和年度，例如：--office minzheng --year 2023")
    name = project.office(office, year).name
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"{name}{year}年已公布数.xlsx"
    write_template(path, name, year)
    return path


def _import_published(project: Project, path: Path) -> str:
    """Store the figures of one workbook; return a message with the file, and whether it replaces an earlier one."""
    from ..forms.notices import load_format
    from ..inputs.published_figures import published_path, with_what_is_kept, write_published
    from ..reading.workbook import read_workbook

    name, published = read_workbook(path)
    code = project.find(name)
    target = published_path(project.home, published.year, code)
    replaced = "，代替原来的" if target.exists() else ""
    write_published(target, with_what_is_kept(target, target.relative_to(project.home).as_posix(), published))
    cells = sum(map(len, published.figures.values()))
    empty = sum(len(form.cells) for form in load_format(published.year).forms) - cells
    blank = f"，{empty} 格空着（按没有数处理）" if empty else ""
    return f"已导入 {name} {published.year} 年的 {cells} 个数{blank}，写在 {target.relative_to(project.home)}{replaced}"
