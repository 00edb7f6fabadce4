"""gktools publish and gktools correct: publication of signed reports."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import GktoolsError
from ..workspace import clock
from .found_key import found_key_note
from .options import account, open_project, plain_line

if TYPE_CHECKING:
    from ..publication.publish import PublishRequest, PublishResult
    from ..workspace.project import Project

Out = Annotated[Path | None, typer.Option("--out", help="网站写到哪个文件夹；不写即工作目录的 site")]
By = Annotated[str | None, typer.Option("--as", callback=plain_line, help="谁发布的；不写即本机账户名")]
Accept = Annotated[
    list[str] | None, typer.Option("--accept", help="查明可以公开的一处的指纹，见提示；要写 --reason；可写多次")
]


def publish(
    year: Annotated[int, typer.Option("--year", min=2000, max=2099, help="报告年度")],
    office: Annotated[list[str] | None, typer.Option("--office", help="机关代码；可写多次；不写即全部机关")] = None,
    out: Out = None,
    by: By = None,
    accept: Accept = None,
    reason: Annotated[str, typer.Option("--reason", callback=plain_line, help="为什么 --accept 的可以公开")] = "",
    new_key: Annotated[bool, typer.Option("--new-key", help="另造一把签名的密钥；只在原来的找不回来时用")] = False,
) -> None:
    """发布审签完的报告：过了核对的写进网站，没有过的说明为什么；网站一次换上，读者看不到半个网站。"""
    from ..publication.correct import open_tasks
    from ..publication.publish import has_key, site_keys
    from ..publication.publish import publish as publish_reports
    from ..publication.signing import key_path, read_key
    from ..review.log import open_log

    project = open_project()
    codes = [project.find(name) for name in office or ()] or [one.code for one in project.offices(year)]
    request = _publish_request(project, out, by, accept, reason, new_key)
    had_key = has_key(project) and not new_key
    _print_upgrades(project)
    with open_log(project, account=account()) as log:
        if had_key and not site_keys(log.entries(), None) and (key := read_key(project.home, "")):
            print(found_key_note(key_path(project.home), key.id, "把它移走，让这里另造一把"), file=sys.stderr)
        on_progress = _print_result if office else _print_unless_waiting
        results, changed = publish_reports(project, log, year, list(dict.fromkeys(codes)), request, on_progress)
        tasks = open_tasks(log)
    if not office:
        _list_waiting([one.name for one in results if _is_waiting(one)])
    _print_summary(project, request, results, changed, created_key=not had_key and has_key(project))
    for task in tasks:
        print(f"待办：{task}")
    sys.exit(1 if any(one.status == "refused" for one in results) else 0)


def correct(
    office: Annotated[str, typer.Argument(help="机关代码或名称")],
    year: Annotated[int, typer.Option("--year", min=2000, max=2099, help="报告年度")],
    reason: Annotated[str, typer.Option("--reason", callback=plain_line, help="为什么更正；会公布")] = "",
    out: Out = None,
    by: By = None,
    accept: Annotated[
        list[str] | None, typer.Option("--accept", help="查明可以公开的一处的指纹；要写 --accept-reason；可写多次")
    ] = None,
    accept_reason: Annotated[
        str,
        typer.Option("--accept-reason", callback=plain_line, help="为什么 --accept 的可以公开；留在审签记录里，不公布"),
    ] = "",
) -> None:
    """更正已经公开的报告：改好、重做、三个人重新签过以后，公布新的一版和更正说明；原来的一版仍可查看。"""
    from ..publication.correct import correct as correct_report
    from ..review.log import open_log

    project = open_project()
    request = replace(_publish_request(project, out, by, accept, accept_reason, new_key=False), correction=reason)
    _print_upgrades(project)
    with open_log(project, account=account()) as log:
        result, rest, changed = correct_report(project, log, project.find(office), year, request)
    _print_result(result)
    if result.status == "refused":
        sys.exit(1)
    _print_summary(project, request, [result], changed)
    for one in rest:
        print(f"待办：{one}")
    if not rest:
        print("没有别的报告用到它的数。")


def _print_upgrades(project: Project) -> None:
    """Print which imports were sealed only after something had been signed."""
    from ..registers.store.opening import open_store

    with open_store(project.home) as store:
        for sentence in store.sealed_afterwards(signed=True):
            print(f"提醒：{sentence}", file=sys.stderr)


def _publish_request(
    project: Project, out: Path | None, by: str | None, accept: list[str] | None, reason: str, new_key: bool
) -> PublishRequest:
    from ..publication.publish import FOLDER, PublishRequest

    if by is not None and not by.strip():
        raise GktoolsError("--as 后面要写名字")
    folder = (out or project.home / FOLDER).absolute()
    return PublishRequest(by or account(), clock.today(), folder, frozenset(accept or ()), reason, new_key)


_STATUS_TEXTS = {
    "unchanged": "没有变化，公开的是第 {version} 版",
    "published": "已发布，第 {version} 版",
    "uncorrected": "待更正，公开的还是第 {version} 版",
    "refused": "没有发布",
}


def _print_result(result: PublishResult) -> None:
    """Print the result of a report and every finding, each with its remedy on the next line."""
    stream = sys.stderr if result.status == "refused" else sys.stdout
    message = f"：{result.message}" if result.status == "refused" and result.message else ""
    print(f"{result.name}：{_STATUS_TEXTS[result.status].format(version=result.version)}{message}", file=stream)
    for finding in sorted(result.findings, key=lambda one: one.severity != "block"):
        print(f"  [{finding.severity.label}] {finding.message}", file=stream)
        print(f"      {finding.remedy}", file=stream)


def _is_waiting(result: PublishResult) -> bool:
    """Return whether a report is not published only because it is not signed yet."""
    return result.status == "refused" and {one.code for one in result.findings} == {"publish.unsigned"}


def _print_unless_waiting(result: PublishResult) -> None:
    if not _is_waiting(result):
        _print_result(result)


def _list_waiting(names: list[str]) -> None:
    """Print the offices that have not signed yet in one line: in a district that may be most of them."""
    if names:
        more = f"等 {len(names)} 个机关" if len(names) > _MOST_NAMES else ""
        print(
            f"还没有审签完，没有发布：{'、'.join(names[:_MOST_NAMES])}{more}。各到哪一步，见 gktools review 的一览",
            file=sys.stderr,
        )


_MOST_NAMES = 20
"""The most names printed on one line."""


def _print_summary(
    project: Project, request: PublishRequest, results: list[PublishResult], changed: bool, *, created_key: bool = False
) -> None:
    from ..publication.signing import key_path

    counted = {status: sum(one.status == status for one in results) for status in _STATUS_TEXTS}
    uncorrected = f"待更正 {counted['uncorrected']}，" if counted["uncorrected"] else ""
    print(
        f"共 {len(results)} 份：发布 {counted['published']}，没有变化 {counted['unchanged']}，"
        f"{uncorrected}没有发布 {counted['refused']}"
    )
    site = request.folder / "current"
    if site.exists():
        shown = site.relative_to(project.home) if site.is_relative_to(project.home) else site
        print(f"网站{'已换上新的' if changed else '没有变化'}：{shown}（网站服务器的根目录指到这里）")
    if created_key:
        print(
            f"造了一把给网站签名的密钥：{key_path(project.home).name}。请马上另存一份到安全的地方，不要给别人；"
            "丢了它，大家就认不出网站是不是您公布的"
        )
