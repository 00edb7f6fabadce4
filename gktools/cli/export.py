"""gktools export: finished reports in written formats."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..render.documents.formats import FORMATS
from .options import open_project

if TYPE_CHECKING:
    from ..build.export import ExportResult


_PACKAGE = "package"
_PUBLIC = "public-"
_FORMATS = (
    f"格式：{'、'.join(sorted(FORMATS, key=lambda name: name.startswith(_PUBLIC)))}（公开用的，不带核对出的问题）、"
    "all（以上全部）、package（全年一个数据包）；可写多次"
)


def export(
    year: Annotated[int, typer.Option("--year", min=2000, max=2099, help="报告年度")],
    to: Annotated[list[str], typer.Option("--to", help=_FORMATS)],
    office: Annotated[
        list[str] | None, typer.Argument(help="机关代码或名称；可写几个；不写即全部机关", show_default=False)
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="写到哪个文件夹；不写即放在各报告旁边")] = None,
    workers: Annotated[int | None, typer.Option("--workers", min=1, help="同时做几个；不写即处理器个数")] = None,
) -> None:
    """把做好的报告导出为 Word、PDF、Excel、供粘贴的页面、数据文件。"""
    from ..build.export import ExportOptions, export_reports, select_formats

    formats = select_formats(name for name in to if name != _PACKAGE)
    if _PACKAGE in to:
        _write_package(year, office, out)
    if not formats:
        return
    options = ExportOptions(out, workers)
    results = export_reports(
        open_project(), year, office, formats, options=options, on_progress=_print_result, on_warning=_warn
    )
    failed = [result for result in results if result.message]
    print(f"共 {len(results)} 个文件：导出 {len(results) - len(failed)}，没有导出 {len(failed)}")
    for result in failed if len(results) > _SHORT else []:
        print(f"  {result.name} {result.format}：{result.message}", file=sys.stderr)
    sys.exit(1 if failed else 0)


def _write_package(year: int, office: list[str] | None, out: Path | None) -> None:
    from ..build.export import write_package

    for path in write_package(open_project(), year, out, office):
        print(f"数据包：{_relative(path)}")


_SHORT = 20
"""With more files than this, the failed ones are listed again at the end."""


def _print_result(result: ExportResult, done: int, total: int) -> None:
    head = f"[{done}/{total}] {result.name} {result.format}"
    if result.message:
        print(f"{head}：没有导出。{result.message}", file=sys.stderr, flush=True)
    else:
        print(f"{head}：{_relative(result.target)}", flush=True)


def _relative(path: Path | None) -> str:
    """Return a path relative to the current folder where it is below it."""
    here = Path.cwd()
    return str(path.relative_to(here) if path is not None and path.is_relative_to(here) else path)


def _warn(message: str) -> None:
    print(f"提醒：{message}", file=sys.stderr, flush=True)
