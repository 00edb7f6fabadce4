"""gktools build, rollup, check, explain, why: reports built, checked and explained."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from ..errors import GktoolsError, ParamsError, TextError
from ..workspace import clock
from .options import AsJson, Offices, Year, command_home, open_project, print_json
from .tables import print_table
from .zh_messages import indent

if TYPE_CHECKING:
    from ..build.batch import Executor
    from ..build.outcome import Outcome
    from ..build.warm_link import OrderResult
    from ..findings import Finding


def build(
    year: Year = None,
    office: Offices = None,
    workers: Annotated[int | None, typer.Option("--workers", min=1, help="同时做几个；不写即处理器个数")] = None,
    force: Annotated[bool, typer.Option("--force", help="没有变化的也重做")] = False,
    scheduler: Annotated[
        str | None, typer.Option("--scheduler", help="由 Dask 集群的许多机器来做：调度器的地址，如 tcp://主机:8786")
    ] = None,
    out: Annotated[str, typer.Option("--out", help="写到对象存储，不写到 output/：如 s3://桶/目录")] = "",
) -> None:
    """做报告：每个机关运行一遍总笔记本，写到 output/<年度>/<机关代码>/。"""
    home = command_home()
    if office and len(office) == 1 and (workers, scheduler, out) == (None, None, ""):
        from ..build.warm_link import Order, ask

        if done := ask(Order(home, tuple(office), year, force)):
            _finish(done)
    from ..build.batch import BuildOptions
    from ..build.batch import build as build_reports
    from ..build.order import reminders, wanted_years, write_pages

    project = open_project(home)
    years = wanted_years(project, year)
    _print_reminders(reminders(project, years))
    with _executor(scheduler) as executor:
        options = BuildOptions(workers=workers, executor=executor, out=out, force=force)
        outcomes = build_reports(project, years, office, options=options, on_progress=_Progress().report)
    _print_end(outcomes, write_pages(project, years if not out else ()))


def _finish(done: OrderResult) -> NoReturn:
    """Print what a warm worker did as if it had been done here."""
    _print_reminders(done.reminders)
    progress = _Progress(done.outcomes)
    for number, outcome in enumerate(done.outcomes, 1):
        progress.report(outcome, number, len(done.outcomes))
    _print_end(done.outcomes, done.pages)


def _print_reminders(reminders: Iterable[str]) -> None:
    for problem in reminders:
        print(f"提醒：{problem}", file=sys.stderr)


def _print_end(outcomes: Sequence[Outcome], pages: Iterable[object]) -> NoReturn:
    """Print the closing table and where to look, and exit."""
    _print_outcomes(outcomes)
    for page in pages:
        print(f"打开查看：{page}")
    sys.exit(1 if any(outcome.status == "failed" for outcome in outcomes) else 0)


def _executor(scheduler: str | None) -> AbstractContextManager[Executor | None]:
    """Return the executor of a cluster; None, for this machine, without one."""
    if scheduler is None:
        return nullcontext()
    from ..build.dask_pool import cluster

    return cluster(scheduler)


class _Progress:
    """Prints each outcome as it is ready: n of N, the result, the rate, and the time left."""

    def __init__(self, done: Sequence[Outcome] = ()) -> None:
        """Of reports that are done already the time is the one they took."""
        from itertools import accumulate
        from time import monotonic

        took = accumulate((outcome.seconds for outcome in done), initial=0.0)
        self._clock: Callable[[], float] = (lambda: next(took)) if done else monotonic
        self._start, self._built = self._clock(), 0

    def report(self, outcome: Outcome, done: int, total: int) -> None:
        """Print one outcome."""
        self._built += outcome.status != "unchanged"
        word = {"built": "做好", "unchanged": "没有变化", "failed": "没有做成"}[outcome.status]
        print(f"[{done}/{total}] {outcome.year} {outcome.name}：{word}{self._pace(total - done)}", flush=True)
        if outcome.message:
            print(indent(f"    {outcome.message}"), flush=True)

    def _pace(self, left: int) -> str:
        """Return the reports built a minute and the time left; unchanged reports are not counted."""
        took = self._clock() - self._start
        if not self._built or not left or not took:
            return ""
        return f"，每分钟 {self._built / took * 60:.0f} 份，约剩 {took / self._built * left:.0f} 秒"


_LISTED = 200
"""The longest list of built reports; failed ones are all listed."""


def _print_outcomes(outcomes: Sequence[Outcome]) -> None:
    """Print the closing table, failures first; of a long run the reports without problems only as a number."""
    from ..build.outcome import STATES, report_status

    rows = [(("failed" if o.status == "failed" else report_status(o.findings)), o) for o in outcomes]
    rows.sort(key=lambda row: list(STATES).index(row[0]))
    cells = []
    listed = rows[: max(_LISTED, sum(state == "failed" for state, _ in rows))]
    for state, o in listed:
        numbers = [str(o.findings.get(key, 0)) if o.status != "failed" else "" for key in ("block", "explain", "hint")]
        cells.append([str(o.year), o.name, STATES[state], *numbers])
    if cells:
        print_table(("年度", "机关", "状态", "不得发布", "需说明", "提示"), cells)
    if len(listed) < len(rows):
        from ..workspace.output import OUTPUT

        print(f"另有 {len(rows) - len(listed)} 份没有一一列出，每一份见 {OUTPUT} 里各年度的 index.html")
    failed = sum(o.status == "failed" for o in outcomes)
    built, unchanged = (sum(o.status == status for o in outcomes) for status in ("built", "unchanged"))
    print(f"共 {len(outcomes)} 份：新做 {built}，没有变化 {unchanged}，没有做成 {failed}")


def rollup(
    district: Annotated[str, typer.Argument(help="政府的机关代码，或它的汇总的代码")],
    year: Annotated[int, typer.Option("--year", min=2000, max=2099, help="报告年度")],
    force: Annotated[bool, typer.Option("--force", help="没有变化的也重做")] = False,
) -> None:
    """做本级政府汇总：把政府本机关和下面各机关已经做好的报告逐格相加，写到 output/<年度>/<汇总的代码>/。"""
    from ..build.batch import BuildOptions
    from ..build.batch import build as build_reports
    from ..build.index_page import write_index

    project = open_project()
    government = project.government(district, year)
    outcome = build_reports(project, [year], [government.code], options=BuildOptions(workers=1, force=force))[0]
    write_index(project, year, clock.today())
    print(f"{outcome.name}：{outcome.message}" if outcome.message else "", end="\n" if outcome.message else "")
    _print_outcomes([outcome])
    sys.exit(1 if outcome.status == "failed" else 0)


def check(
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="已经填好、公布的报告（网页、Word、PDF、表格……），逐格逐句核对", show_default=False),
    ] = None,
    year: Year = None,
    office: Annotated[
        list[str] | None,
        typer.Option("--office", "--unit", help="机关代码，可写多次，不写即全部机关；和文件一起用：报告的单位名称"),
    ] = None,
    figures: Annotated[list[Path] | None, typer.Option("--figures", help="检查已经填好的表（JSON）")] = None,
    before: Annotated[list[Path] | None, typer.Option("--before", help="和文件一起用：上年的报告，与它比")] = None,
    html: Annotated[Path | None, typer.Option("--html", help="和文件一起用：写成一个网页，可以发给填报的机关")] = None,
    as_json: AsJson = False,
) -> None:
    """只检查，不改报告：本单位的各份报告，或者写出文件名的任何一份已公布的报告；有不得发布（要更正）的，返回 1。"""
    if files and not figures:
        from .audit import run_audit

        run_audit(files, before or (), said=(office[0] if office else "", year), page=html, as_json=as_json)
    if before or html:
        raise GktoolsError("--before、--html 和报告的文件一起用，例如：gktools check 报告.docx --html 核对.html")
    found = _check_figures([*figures, *(files or ())]) if figures else _check_reports(year, office)
    if as_json:
        print_json([finding.to_json() for finding in found])
    else:
        from .zh_messages import format_findings

        for line in format_findings(found):
            print(line)
        print(f"共 {len(found)} 条")
    sys.exit(1 if any(finding.severity == "block" for finding in found) else 0)


def _check_figures(paths: list[Path]) -> list[Finding]:
    from ..checks.finished.figures import check_figures
    from ..checks.finished.pairs import check_pairs

    return [finding for path in paths for finding in check_figures(path)] + check_pairs(paths)


def _check_reports(year: int | None, codes: list[str] | None) -> list[Finding]:
    from ..build.batch import check_params
    from ..checks.text_similarity import check_similarity
    from ..findings import Finding, Severity
    from ..inputs.inputs import load_inputs
    from ..registers.store.opening import open_store
    from ..report.queries.lost_offices import lost_offices
    from ..report.queries.unused_registers import unused_registers
    from ..report.report import draft_report

    project = open_project()
    years = [year] if year is not None else project.years()
    with open_store(project.home) as store:
        store.require_sound()
        lost = lost_offices(project, store)
        _print_reminders(map(str, lost))
        _print_reminders(one for each in years for one in unused_registers(project, store, each))
    unread = (one for each in years for one in project.unused_files(each))
    told = {one.code for one in lost}
    _print_reminders(dict.fromkeys(str(one) for one in unread if Path(one.file).stem not in told))
    found: list[Finding] = []
    for each in years:
        wanted = codes or [office.code for office in project.offices(each)]
        similar = check_similarity(project, each)
        for code in wanted:
            project.office(code, each)
            try:
                check_params(project, code, each)
                found += draft_report(load_inputs(project, code, each)).findings
            except (ParamsError, TextError) as error:
                found.append(Finding("params.invalid", Severity.BLOCK, f"做不成报告：\n{error}", code, each))
            found += [finding for finding in similar if finding.office_code == code]
    return found


def explain(
    office: Annotated[str, typer.Argument(help="机关代码")],
    table: Annotated[str, typer.Argument(help="表：表二、表三、表四")],
    row: Annotated[str, typer.Argument(help="行：官方标签的最后一级或几级（用 / 连接），或行的键；表四写空文字 ''")],
    column: Annotated[str, typer.Argument(help="列：同上")],
    year: Annotated[int, typer.Option("--year", min=2000, max=2099, help="报告年度")],
    as_of: Annotated[
        int | None, typer.Option("--as-of", help="按第几次导入之后的台账；做报告时是第几次，见 manifest.json 的 as_of")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """说明一个数是怎么来的：计入哪些记录、按什么规则、差一点的记录有哪些。"""
    from ..report.queries.explain import explain_cell, format_answer

    answer = explain_cell(open_project(), office, year, table, row, column, as_of=as_of)
    if as_json:
        print_json(answer)
    else:
        print(format_answer(answer))


def why(
    office: Annotated[str, typer.Argument(help="机关代码")],
    year: Annotated[int, typer.Option("--year", min=2000, max=2099, help="报告年度")],
) -> None:
    """说明一份报告为什么要重做：从上次做成以来，什么变了。"""
    from ..build.freshness import changed_since_built, input_names

    project = open_project()
    found = changed_since_built(project, project.report(office, year))
    print("没有变化，不用重做" if not found else "变了：" + "、".join(input_names(project, found)))
