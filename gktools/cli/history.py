"""gktools records: history, undo, backup, restore."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import GktoolsError
from ..workspace import clock
from .options import AsJson, account, open_project
from .records import app

if TYPE_CHECKING:
    from ..registers.store.history import Import, Touched, Version

__all__ = ["app"]

_KINDS = {"import": "导入", "undo": "取消", "restore": "恢复"}
_SHOWN = 50
"""How many imports are listed on screen."""
_ENDED = {"replaced": "被更正", "withdrawn": "撤下", "undone": "被取消"}
Person = Annotated[str | None, typer.Option("--as", help="谁做的；不写即本机账户名")]


@app.command("history", short_help="每次导入，或一条记录改过什么")
def records_history(
    number: Annotated[str, typer.Argument(help="记录的编号，例如 依申请〔2024〕3号；不写即列出每一次导入")] = "",
    office: Annotated[str | None, typer.Option("--office", help="机关代码或名称")] = None,
    register: Annotated[str | None, typer.Option("--register", help="登记表名")] = None,
    as_json: AsJson = False,
) -> None:
    """一条记录改过什么：哪次导入、什么时候、谁、哪个文件、改了哪些栏目；不写编号即列出每一次导入。"""
    from ..registers.schema import register_named
    from ..registers.store.store import open_store

    project = open_project()
    code = project.find(office) if office else None
    key = register_named(register).key if register else None
    with open_store(project.home) as store:
        found: list[Any] = list(store.history(number, code, key) if number else store.imports(code, key))
    if as_json:
        print(json.dumps([one.to_json() for one in found], ensure_ascii=False, indent=1))
    elif number:
        print("\n".join(line for one in found for line in _version(one)))
    else:
        print("\n".join(line for one in found[:_SHOWN] for line in _import(one)) or "还没有导入过")
        if len(found) > _SHOWN:
            print(
                f"共 {len(found)} 次，只列了最近 {_SHOWN} 次；其余用 --office、--register 缩小范围，或用 --json 全部列出"
            )


@app.command("undo", short_help="取消一次导入")
def records_undo(
    number: Annotated[int, typer.Argument(help="第几次导入，见 gktools records history")],
    person: Person = None,
    reason: Annotated[str, typer.Option("--reason", help="为什么取消")] = "",
) -> None:
    """取消一次导入：它新增、更正的退回去，它撤下、替换的放回来；后来的导入又改过的不动。"""
    from ..registers.store.store import open_store

    with open_store(open_project().home) as store:
        undone = store.undo(number, person=account() if person is None else person, reason=reason)
    later = f"，后来的导入改过或也有的 {undone.stayed} 条没有动" if undone.stayed else ""
    print(f"已取消第 {number} 次导入：退回 {undone.ended} 条，放回 {undone.returned} 条{later}")
    print(f"要再用它：gktools records undo {undone.number}")


@app.command("backup", short_help="把台账库备份成一个文件")
def records_backup(
    file: Annotated[Path | None, typer.Argument(help="备份写到哪个文件；不写即放在工作目录")] = None,
) -> None:
    """备份台账库：全部内容写成一个文件，SQLite 和 PostgreSQL 都一样。"""
    from ..registers.store.store import open_store

    home = open_project().home
    name = clock.now().strftime("records-%Y%m%d-%H%M%S.backup.db")
    with open_store(home) as store:
        written = store.backup(file or home / name)
    print(f"已备份到 {written.name}。里面有不公开的栏目，请和台账一样保管；密钥文件 records.key 不在里面，请另外保存")


@app.command("restore", short_help="用备份换掉台账库现有的内容")
def records_restore(
    file: Annotated[Path, typer.Argument(help="备份文件")],
    yes: Annotated[bool, typer.Option("--yes", help="确认恢复")] = False,
    person: Person = None,
    reason: Annotated[str, typer.Option("--reason", help="为什么恢复")] = "",
) -> None:
    """从备份恢复：备份里的内容整个换掉台账库现有的；现有的先自动备份。"""
    from ..registers.store.store import open_store

    if not yes:
        raise GktoolsError(f"恢复会用 {file.name} 换掉台账库里现有的全部内容（现有的会先备份）；确认的，请加上 --yes")
    with open_store(open_project().home) as store:
        restored = store.restore(file, person=account() if person is None else person, reason=reason)
        try:
            store.recognise("")
        except GktoolsError as error:
            print(f"提醒：{error}", file=sys.stderr)
    print(f"已从 {file.name} 恢复（第 {restored.number} 次）；恢复之前的内容在 {restored.before.name}")


# --- what is printed ----------------------------------------------------------------------------------------


def _by(one: Import | Version) -> str:
    return "，".join([one.person or "没有写明是谁", *([f"原因：{one.reason}"] if one.reason else [])])


def _import(one: Import) -> list[str]:
    what = f"第 {one.undoes} 次" if one.kind == "undo" else one.file
    undone = f"（已由第 {one.undone_by} 次取消）" if one.undone_by else ""
    head = f"第 {one.number} 次  {clock.shown(one.moment)}  {_KINDS[one.kind]}  {what}{undone}  {_by(one)}"
    return [head, *(f"    {_touched(touched, one.kind)}" for touched in one.touched)]


def _touched(touched: Touched, kind: str) -> str:
    from ..registers.schema import registers

    label = registers()[touched.register].label
    where = f"{touched.code} {touched.year} 年 {label}"
    if kind == "undo":
        return f"{where}：放回 {touched.added} 条，退回 {touched.withdrawn} 条"
    line = f"{where} {touched.rows} 条：新增 {touched.added}，更正 {touched.changed}，撤下 {touched.withdrawn}"
    line += f"，代替{'、'.join(touched.instead_of)}" if touched.instead_of else ""
    return line + (f"（要核对：改了另一个文件 {touched.doubt} 的记录，没有问过）" if touched.doubt else "")


def _version(one: Version) -> list[str]:
    from ..registers.schema import registers

    place = f"{one.file}" + (f"“{one.sheet}”" if one.sheet else "") + f"第 {one.row} 行"
    what = f"{one.code} {one.year} 年 {registers()[one.register].label}"
    head = f"第 {one.number} 次{_KINDS[one.kind]}  {clock.shown(one.moment)}  {what}  {place}  {_by(one)}"
    ended = [f"    到第 {one.until} 次为止（{_ENDED[one.ended]}）"] if one.until is not None else []
    return [head, *(f"    {change}" for change in one.changes), *ended]
