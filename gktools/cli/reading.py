"""gktools read: published reports read back from any file."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import GktoolsError, in_one_line
from .options import plain_line

if TYPE_CHECKING:
    from ..reading.blocks import Source
    from ..reading.published import PrintedReport

_NOT_SURE, _NOT_READ = 1, 2
_SHOWN = 12
"""How many cells that could not be read are listed on the screen."""


def read(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="文件…",
            help="报告：网页、mht、docx、xlsx、xls、有文字的 PDF、txt、md、json、csv，或者装着它们的 zip、文件夹；- 是标准输入",
            show_default=False,
        ),
    ],
    out: Annotated[Path | None, typer.Option("--out", help="写到哪个文件夹，每份报告一个 JSON")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="只输出一份 JSON：一个列表，每份报告一项")] = False,
    show: Annotated[
        bool, typer.Option("--show", help="每个文件写一个网页，标出每一格读成了什么；写在 --out 或当前文件夹")
    ] = False,
    unit: Annotated[str | None, typer.Option("--unit", help="机关名称，报告里没有或读错时写明")] = None,
    year: Annotated[
        int | None, typer.Option("--year", min=2000, max=2099, help="报告年度，报告里没有或读错时写明")
    ] = None,
    part: Annotated[bool, typer.Option("--part", help="只是报告的一部分，缺的表和行不算缺")] = False,
) -> None:
    """读一份已经公布的报告，把各表的数照印的样子读回来。

    不用工作目录，也不用登记表。每一格按行和列的官方名称认；读不准的不猜，列出来，写明原因和出处。

    读完返回 0；有没读准的格返回 1；有文件读不了返回 2。
    """
    from ..reading.about import About
    from ..reading.files import Unreadable, read_files
    from ..reading.marked import marked_page
    from ..reading.published import to_json

    said = About(None, plain_line(unit), year, None)
    pages: dict[str, str] = {}

    def mark(source: Source, report: PrintedReport) -> None:
        pages[report.file] = marked_page(source, report)

    found = list(read_files(files, sys.stdin.buffer, said, whole=not part, seen=mark if show else None))
    reports = [one for one in found if not isinstance(one, Unreadable)]
    failures = [one for one in found if isinstance(one, Unreadable)]
    if as_json:
        print(to_json(reports))
    else:
        for report in reports:
            _print_report(report)
    if out is not None or show:
        _write(reports, out or Path(), pages, as_json=out is not None)
    for failure in failures:
        print(f"{failure.file}：{failure.why}", file=sys.stderr)
    if failures:
        raise typer.Exit(_NOT_READ)
    if any(cell.value is None for report in reports for cell in report.cells):
        raise typer.Exit(_NOT_SURE)


def _print_report(report: PrintedReport) -> None:
    counts = {name: sum(cell.table == name for cell in report.cells) for name in ("table2", "table3", "table4")}
    unread = sum(cell.value is None for cell in report.cells)
    inferred = sum(cell.inferred for cell in report.cells)
    print(f"{report.file}：{in_one_line(report.title or '没有读到标题')}")
    form = f"，印的是 {report.form_found} 年度起用的表" if report.form_found else ""
    print(
        f"  机关：{in_one_line(report.unit or '没有读到，可用 --unit 写明')}；年度：{report.year or '没有读到，可用 --year 写明'}{form}"
    )
    tables = "、".join(f"{chr(_TABLE_NUMBERS[name])} {count} 格" for name, count in counts.items())
    print(f"  {tables}；没有读准 {unread} 格，推断 {inferred} 格")
    missing = [doubt for doubt in report.unsure if doubt.table and not doubt.inferred]
    for doubt in missing[:_SHOWN]:
        row = f"{doubt.row}｜" if doubt.row else ""
        print(f"  没有读准：{row}{doubt.column}（{doubt.place}，印的是“{in_one_line(doubt.printed)}”）：{doubt.why}")
    if len(missing) > _SHOWN:
        print(f"  还有 {len(missing) - _SHOWN} 格没有读准，用 --json 看全部")


_TABLE_NUMBERS = {"table2": 0x4E8C, "table3": 0x4E09, "table4": 0x56DB}


def _write(reports: Sequence[PrintedReport], folder: Path, pages: Mapping[str, str], *, as_json: bool) -> None:
    from ..reading.published import to_json
    from ..workspace.own_files import write_own_files

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise GktoolsError(f"--out {in_one_line(str(folder))} 不是文件夹，请换一个") from None
    names: set[str] = set()
    files: dict[Path, str] = {}
    shown: list[Path] = []
    for report in reports:
        name = _free_name(Path(report.file).name or "report", names)
        if as_json:
            files[folder / f"{name}.json"] = to_json([report]) + "\n"
        if page := pages.get(report.file):
            shown.append(folder / f"{name}（读法）.html")
            files[shown[-1]] = page
    write_own_files(files, "read")
    for place in shown:
        print(f"读法标在：{place.as_posix()}", file=sys.stderr)


def _free_name(wanted: str, taken: set[str]) -> str:
    """Return a name for the files of a report, other than those taken, and take it."""
    stem = "".join(character if character not in '\\/:*?"<>|' else "_" for character in wanted).strip(". ") or "report"
    number, name = 1, stem
    while name in taken:
        number += 1
        name = f"{stem}-{number}"
    taken.add(name)
    return name
