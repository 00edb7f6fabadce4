"""gktools records: history, undo, backup, restore."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import GktoolsError
from ..workspace import clock
from .options import AsJson, account, open_project, plain_line, print_json
from .records import app

if TYPE_CHECKING:
    from ..registers.store.history import Import, Touched, Version
    from ..registers.store.journal import LogChange
    from ..registers.store.store import Store

__all__ = ["app"]

_KINDS = {"import": "导入", "undo": "取消", "restore": "恢复"}
_SHOWN = 50
"""How many imports are listed on screen."""
_FILES_SHOWN = 5
"""How many replaced files are named on screen."""
_ENDED = {"replaced": "被更正", "withdrawn": "撤下", "undone": "被取消"}
Person = Annotated[str | None, typer.Option("--as", callback=plain_line, help="谁做的；不写即本机账户名")]


@app.command("history", short_help="每次导入，或一条记录改过什么")
def records_history(
    number: Annotated[str, typer.Argument(help="记录的编号，例如 依申请〔2024〕3号；不写即列出每一次导入")] = "",
    office: Annotated[str | None, typer.Option("--office", help="机关代码或名称")] = None,
    register: Annotated[str | None, typer.Option("--register", help="登记表名")] = None,
    as_json: AsJson = False,
) -> None:
    """一条记录改过什么：哪次导入、什么时候、谁、哪个文件、改了哪些栏目；不写编号即列出每一次导入。"""
    from ..registers.schema import register_named
    from ..registers.store.opening import open_store

    project = open_project()
    code = project.find(office) if office else None
    key = register_named(register).key if register else None
    with open_store(project.home) as store:
        found: list[Any] = list(store.history(number, code, key) if number else store.imports(code, key))
    if as_json:
        print_json([one.to_json() for one in found])
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
    reason: Annotated[str, typer.Option("--reason", callback=plain_line, help="为什么取消")] = "",
) -> None:
    """取消一次导入：它新增、更正的退回去，它撤下、替换的放回来；后来的导入又改过的不动。"""
    from ..registers.store.opening import open_store
    from ..review.log import note_imports

    home, who = open_project().home, account() if person is None else person
    with open_store(home) as store:
        undone = store.undo(number, person=who, reason=reason)
        if failed := note_imports(store, home, who, account=account()):
            print(failed, file=sys.stderr)
    later = f"，后来的导入改过或也有的 {undone.stayed} 条没有动" if undone.stayed else ""
    print(f"已取消第 {number} 次导入：退回 {undone.ended} 条，放回 {undone.returned} 条{later}")
    print(f"要再用它：gktools records undo {undone.number}")


@app.command("audit", short_help="核对台账库：和每次导入时是不是一样")
def records_audit(
    office: Annotated[str | None, typer.Option("--office", help="只核对一个机关，代码或名称")] = None,
    new_head: Annotated[
        bool, typer.Option("--new-head", help="records.head 不见了、别的都对的，另写一份（例如新装的工作目录）")
    ] = False,
) -> None:
    """用密钥核对台账库：每次导入的内容、先后，有没有人绕过 gktools 改过、添过、删过；说明是哪次导入、哪个机关、哪一条。"""
    from ..registers.store.opening import open_store
    from ..registers.store.privacy import in_clear_note
    from ..review.audit import strange_importers
    from ..review.log import Log

    project = open_project()
    with open_store(project.home) as store:
        if new_head:
            print(f"已另写一份 records.head：到第 {store.renew_head()} 次导入")
        code = project.find(office) if office else None
        wrong = store.audit(code)
        try:
            entries = [] if wrong else Log(store, project.home).verified("", 0)
        except GktoolsError as error:
            wrong, entries = [str(error)], []
        notes = [one for named, one, _ in strange_importers(project, entries) if code in (None, named)]
        notes += [*([] if wrong else store.sealed_afterwards()), in_clear_note(store.texts_in_clear())]
    for sentence in filter(None, (*wrong, *notes)):
        print(sentence)
    found = (
        f"发现 {len(wrong)} 处不对：请查明是谁动过，从备份恢复（gktools records restore）" if wrong else "没有发现不对"
    )
    print(f"台账库核对完了，{found}")
    sys.exit(1 if wrong else 0)


@app.command("backup", short_help="把台账库备份成一个文件")
def records_backup(
    file: Annotated[Path | None, typer.Argument(help="备份写到哪个文件；不写即放在工作目录")] = None,
) -> None:
    """备份台账库：全部内容写成一个文件，SQLite 和 PostgreSQL 都一样；写完核对过才算。"""
    from ..registers.store.opening import open_store

    home = open_project().home
    name = clock.now().strftime("records-%Y%m%d-%H%M%S.backup.db")
    with open_store(home) as store:
        written = store.backup(file or home / name)
    print(f"已备份到 {written.name}，核对过是完好的。里面有不公开的栏目，请和台账一样保管")
    print("密钥文件 records.key 不在里面，请另外保存；要把工作目录里该留的全部备份，用 gktools backup")


@app.command("restore", short_help="用备份换掉台账库现有的内容")
def records_restore(
    file: Annotated[Path, typer.Argument(help="备份文件")],
    yes: Annotated[bool, typer.Option("--yes", help="确认恢复")] = False,
    person: Person = None,
    reason: Annotated[str, typer.Option("--reason", callback=plain_line, help="为什么恢复")] = "",
    review_log: Annotated[
        bool | None,
        typer.Option("--review-log/--no-review-log", help="备份里多出来的审签记录也添上，或者不添"),
    ] = None,
    take_back: Annotated[
        bool, typer.Option("--take-back-log", help="上一次恢复添上的审签记录退掉；用那次恢复之前自动存下的备份")
    ] = False,
) -> None:
    """从备份恢复：备份里的内容整个换掉台账库现有的；现有的先自动备份。审签记录不动，除非写明要添上或退掉。"""
    from ..registers.store.backup import private_copy
    from ..registers.store.journal import LogChange
    from ..registers.store.opening import open_store
    from ..review.backup_log import note_restore
    from ..review.entries import RestoredBody

    if not yes:
        raise GktoolsError(f"恢复会用 {file} 换掉台账库里现有的全部内容（现有的会先备份）；确认的，请加上 --yes")
    home, who = open_project().home, account() if person is None else person
    with open_store(home) as store, private_copy(file) as copy:
        log = LogChange(take_back=True) if take_back else _log_change(store, copy, home, review_log)
        own = account()  # records history says it too
        told = reason if who == own else f"{reason}（由账户 {own} 运行）"
        restored = store.restore(copy, person=who, reason=told, log=log)
        if failed := note_restore(store, home, who, RestoredBody(file.name, reason, restored.log), own):
            print(failed, file=sys.stderr)
    print(f"已从 {file.name} 恢复（第 {restored.number} 次）；恢复之前的内容在 {restored.before.name}")
    if restored.lost:
        print(f"备份里没有的 {len(restored.lost)} 次写入，恢复以后都没有了，要用的请再导一次：")
        for one in restored.lost[:_LOST_SHOWN]:
            print(f"  {_import(one)[0]}")
        if len(restored.lost) > _LOST_SHOWN:
            print(f"  ……还有 {len(restored.lost) - _LOST_SHOWN} 次，恢复之前的内容里有")
    if restored.log:
        done = "添上" if restored.log.startswith("+") else "退掉"
        print(f"审签记录{done}了第 {restored.log[1:].replace('-', '–')} 条")
    if log.add:
        print(f"要退掉：gktools records restore {restored.before.name} --yes --take-back-log")


def _log_change(store: Store, file: Path, home: Path, wanted: bool | None) -> LogChange:
    """Return what becomes of the review log: the entries by which a backup's is longer are added if somebody says so who saw the list.

    Raises GktoolsError if they are wrong, or if nobody has said whether they are wanted.
    """
    from ..registers.store.backup import read_version
    from ..registers.store.journal import LogChange
    from ..review.backup_log import read_backup_log
    from ..review.log import Log
    from .asking import at_terminal
    from .log_lines import entry_line

    read_version(file)
    found = read_backup_log(Log(store, home), file, home)
    if found.differs:
        print("备份里的审签记录和现在的不是同一份，不会用它的；现在的审签记录不动", file=sys.stderr)
    if not found.entries and not found.errors:
        return LogChange()
    print(f"备份里的审签记录比现在的多 {len(found.entries)} 条：")
    for entry in found.entries:
        print(f"  {entry_line(entry)}")
    if found.errors:
        for error in found.errors:
            print(f"  不对：{error}", file=sys.stderr)
        if wanted is not False:
            raise GktoolsError("备份里的审签记录不对，没有恢复，什么也没有变；只恢复台账的，加上 --no-review-log")
        return LogChange()
    if wanted is None and not at_terminal():
        raise GktoolsError(
            "没有恢复，什么也没有变：请看上面各条是不是真的签过（备份也许是练习用的），"
            "要添上的加 --review-log，不添的加 --no-review-log"
        )
    if wanted is None:
        wanted = input("这些都是真的，要添进现在的审签记录吗？写“添上”；直接按回车即不添：").strip() == "添上"
    return LogChange(add=tuple(entry.hash for entry in found.entries)) if wanted else LogChange()


_LOST_SHOWN = 20


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
    more = f"等 {len(touched.instead_of)} 个" if len(touched.instead_of) > _FILES_SHOWN else ""
    line += f"，代替{'、'.join(touched.instead_of[:_FILES_SHOWN])}{more}" if touched.instead_of else ""
    return line + (f"（要核对：改了另一个文件 {touched.doubt} 的记录，没有问过）" if touched.doubt else "")


def _version(one: Version) -> list[str]:
    from ..registers.schema import registers

    place = f"{one.file}" + (f"“{one.sheet}”" if one.sheet else "") + f"第 {one.row} 行"
    what = f"{one.code} {one.year} 年 {registers()[one.register].label}"
    head = f"第 {one.number} 次{_KINDS[one.kind]}  {clock.shown(one.moment)}  {what}  {place}  {_by(one)}"
    ended = [f"    到第 {one.until} 次为止（{_ENDED[one.ended]}）"] if one.until is not None else []
    return [head, *(f"    {change}" for change in one.changes), *ended]
