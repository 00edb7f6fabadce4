"""gktools review: the review server and its users."""

from __future__ import annotations

import getpass
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import GktoolsError, ReviewError, in_one_line, install_command, steering_character
from ..workspace import clock
from .options import OrderedGroup, account, open_project, plain_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..review.entries import UserAct
    from ..review.log import LogEntry
    from ..review.users import Users

app = typer.Typer(help="审签：在浏览器里审阅、批注、签署报告。", invoke_without_command=True, cls=OrderedGroup)
users = typer.Typer(help="能登录审签服务的用户。", no_args_is_help=True)
app.add_typer(users, name="user")

PORT = 8750
URL = "GKTOOLS_URL"
"""The environment variable with the address as people open it, for a service."""


@app.callback()
def review(
    context: typer.Context,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="端口；0 即由系统找一个空的")] = PORT,
    host: Annotated[str, typer.Option("--host", help="地址；不是本机的，要有证书")] = "127.0.0.1",
    certfile: Annotated[Path | None, typer.Option("--certfile", help="TLS 证书（PEM）")] = None,
    keyfile: Annotated[Path | None, typer.Option("--keyfile", help="TLS 密钥（PEM）")] = None,
    url: Annotated[str, typer.Option("--url", envvar=URL, show_envvar=False, help="前面有代理的，大家打开的网址")] = "",
    proxy: Annotated[list[str] | None, typer.Option("--proxy", help="代理的 IP；默认 127.0.0.1")] = None,
) -> None:
    """启动审签服务；按 Ctrl-C 停止。"""
    if context.invoked_subcommand is not None:
        return
    home = open_project().home
    _require_packages()
    from ..review.log import open_log
    from ..review.user_acts import finish_passwords
    from ..review.web.proxy import OutsideAddress, proxy_addresses
    from ..review.web.rebuild_queue import rebuilds_kept_warm
    from ..review.web.server import ServerAddress, open_server

    if proxy and not url:
        raise ReviewError("--proxy 要和 --url 一起写：代理后面的网址是什么")
    outside = OutsideAddress.parse(url) if url else None
    proxies = proxy_addresses(proxy or ["127.0.0.1", "::1"]) if url else frozenset()
    _destroy_old_submissions()
    server = open_server(home, ServerAddress(host, port, certfile, keyfile, outside, proxies))
    with suppress(GktoolsError), open_log(open_project()) as log:  # what is wrong with it is said by review verify
        log.verified("", 0)  # no earlier one is believed from now on
        if server.context.users.prepared():
            finish_passwords(server.context.users, log)
    print(f"审签服务已启动：{server.address}", flush=True)
    known = server.context.users.all()
    if not known:
        print("还没有用户，谁也不能登录。加用户：gktools review user add 姓名", flush=True)
    if other := [user.name for user in known if user.mark != "ours"]:
        print(f"有 {len(other)} 个用户没有印记，或者印记对不上，不能登录：请看 gktools review user list", flush=True)
    print("按 Ctrl-C 停止", flush=True)
    with rebuilds_kept_warm(server.web_app.settings, home):
        server.start()
    print("审签服务已停止")


def _destroy_old_submissions() -> None:
    """Destroy expired submissions; if the log cannot be written, they stay, and the commands that need the log say so."""
    from ..review.log import open_log
    from ..review.submissions import destroy_old

    project = open_project()
    with suppress(GktoolsError), open_log(project) as log:
        destroy_old(project.home, log)


Name = Annotated[str, typer.Argument(help="姓名，照 params/offices.yaml 里的写")]
Why = Annotated[str, typer.Option("--reason", callback=plain_line, help="为什么；写了的记在审签记录里")]
Stdin = Annotated[bool, typer.Option("--stdin", help="从标准输入读密码（一行），供脚本用")]


@users.command("add")
def user_add(
    name: Name,
    stdin: Stdin = False,
    hub: Annotated[str, typer.Option("--hub", help="在 JupyterHub 上的登录名；写了就不用密码")] = "",
    reason: Why = "",
) -> None:
    """加一个用户。"""
    _require_packages()
    from ..review.users import require_person

    require_person(name, _persons())
    if sign := steering_character(hub, lines=False):
        raise GktoolsError(f"--hub 里有“{sign}”，请照 JupyterHub 上的登录名重新写")
    password = "" if hub else _password(stdin)
    _users().require_new(name, password, hub)
    _users().add(name, password, hub, one_time=not hub, entry=_note(name, "added", reason, hub))
    print(f"已加用户 {name}" + (f"（JupyterHub 上叫 {hub}）" if hub else f"。{_ONE_TIME}"))


@users.command("list")
def user_list() -> None:
    """列出全部用户，和各自在哪些机关、能做什么。"""
    from ..review.log import open_log
    from ..review.people import offices_of
    from ..review.user_acts import user_errors

    project, found = open_project(), _users().all()
    with open_log(project) as log:
        wrong = user_errors(found, log)
    for user in found:
        codes = sorted(offices_of(project, user.name))
        where = "、".join(codes) if codes else "单位表里已经没有这个人，登录后什么也看不到"
        how = (f"JupyterHub：{user.login}" if user.login else "密码") + ("，已锁住" if user.locked else "")
        print(f"{user.name}\t{how}\t{where}")
    for sentence in wrong:
        print(sentence)
    print(f"共 {len(found)} 人" + (f"，{len(wrong)} 处不对" if wrong else ""))


@users.command("accept")
def user_accept(
    yes: Annotated[bool, typer.Option("--yes", help="不再问：列出的都认识、都该能登录")] = False,
) -> None:
    """认下旧版 gktools 加的用户：他们没有印记，认下以前不能登录；记在审签记录里。"""
    from ..review.log import open_log
    from ..review.user_acts import accept_users, acceptable

    users = _users()
    with open_log(open_project()) as log:
        bare, had_one = acceptable(users, log)
        for user in had_one:
            print(
                f"用户“{user.name}”原来有印记，现在没有了：有人动过 review-users.db，不认；请查清，再先 remove 再 add"
            )
        for user, told in bare:
            how = f"JupyterHub：{user.login}" if user.login else "密码"
            print(f"{user.name}\t{how}\t{told}")
        if bare and not yes:
            print("这些人都认识、都该能登录吗？不认识的，先用 gktools review user remove 去掉")
            try:
                yes = input("写“认下”；直接按回车即不认：").strip() == "认下"
            except EOFError:
                print()
        accepted = [user for user, _ in bare] if yes else []
        accept_users(users, log, account(), accepted)
    print(f"已认下 {len(accepted)} 人" if accepted else "没有认下谁" if bare or had_one else "没有要认的用户")
    sys.exit(1 if had_one or len(accepted) < len(bare) else 0)


@users.command("remove")
def user_remove(name: Name, reason: Why = "") -> None:
    """去掉一个用户：马上不能再登录，已经签过的不变。"""
    from ..review.log import open_log
    from ..review.user_acts import require_removable

    with open_log(open_project()) as log:
        require_removable(_users(), log, name)
    _note(name, "removed", reason)
    _users().remove(name)
    print(f"已去掉用户 {name}")


@users.command("lock")
def user_lock(name: Name, reason: Why = "") -> None:
    """锁住一个用户：马上不能再登录，已经登录的都退出；已经签过的不变。"""
    _set_locked(name, reason, locked=True)
    print(f"已锁住 {name}；放开：gktools review user unlock {name}")


@users.command("unlock")
def user_unlock(name: Name, reason: Why = "") -> None:
    """放开锁住的用户。"""
    _set_locked(name, reason, locked=False)
    print(f"已放开 {name}")


def _set_locked(name: str, reason: str, *, locked: bool) -> None:
    _users().require_ours(name)
    _users().set_locked(name, locked, entry=_note(name, "locked" if locked else "unlocked", reason))


@users.command("password")
def user_password(name: Name, stdin: Stdin = False, reason: Why = "") -> None:
    """重设一个用户的密码；这个人已经登录的都退出。"""
    password = _password(stdin)
    _users().require_ours(name, password)
    _users().set_password(name, password, one_time=True, entry=_note(name, "password", reason))
    print(f"已改 {name} 的密码。{_ONE_TIME}")


_ONE_TIME = "这个密码只能用一次：本人登录后先改成自己的，才能签、能改"


def _note(name: str, act: UserAct, reason: str, hub: str = "") -> int:
    """Record in the log what is about to be done to a user, and return the entry's number.

    Nothing is done that is not there. A login in JupyterHub that is a person's number is not written down.
    """
    from ..registers.person_numbers import personal_number
    from ..review.log import open_log
    from ..review.user_acts import note_act

    with open_log(open_project()) as log:
        return note_act(
            log, account(), name, act, reason=reason, hub=_NUMBER if personal_number(hub, cards=True) else hub
        )


_NUMBER = "一个号码"

Known = Annotated[
    str,
    typer.Option(
        "--known",
        help="另外存着的：网站清单（manifest.dsse.json 或 manifest.json），或者最后一条的“编号 哈希”，也可以在文件里",
    ),
]


@app.command("verify", short_help="核对审签记录和签过的报告有没有被改动")
def verify(
    known: Known = "",
) -> None:
    """核对审签记录有没有被改动、删除、调换，签过的报告是不是还是签的那一份；有问题返回 1。

    公布过的，还和网站清单里签过名的记号对：末尾被删掉、整个被换掉的，由它看得出来。
    """
    from ..publication.log_marks import known_mark
    from ..publication.publish import FOLDER, site_keys
    from ..publication.signing import read_key
    from ..publication.site_verification import read_signed
    from ..review.accounts import Accounts
    from ..review.audit import audit_log as verify_log
    from ..review.audit import clock_warnings
    from ..review.log import open_log
    from ..review.user_acts import file_errors

    project = open_project()
    marks = [known_mark(known)] if known else []
    with open_log(project) as log:
        wrong, count = verify_log(project, log), log.count()
        entries, told = ([], []) if log.verify(contents=False) else (log.entries(), clock_warnings(log))
        with suppress(ReviewError):  # a log that cannot be read is told already
            wrong += file_errors(Accounts(project.home), log)
    try:
        site = read_signed(project.home / FOLDER, site_keys(entries, read_key(project.home, "")))
        marks += [site.mark] if site and site.mark else []
    except GktoolsError as error:
        wrong.append(f"没有和网站对：{error}")
    if entries or not count:
        wrong += dict.fromkeys(f"审签记录：{one}" for mark in marks for one in mark.errors(entries))
    elif marks:
        wrong.append("审签记录本身不对，没有和网站清单、另外存着的对：先照上面说的处理，再核对一次")
    for sentence in (*wrong, *told):
        print(sentence)
    _print_new_keys(entries)
    _print_accounts(entries)
    _print_result(entries, count, wrong)


@app.command("audit", short_help="审计用：核对导出的审签记录，逐条列出来")
def audit(
    file: Annotated[Path, typer.Argument(help="gktools review log 导出的文件")],
    known: Known = "",
) -> None:
    """核对导出的审签记录有没有被改动、删除、调换，逐条列出来；只读这一个文件，不用工作目录、台账库和密钥。有问题返回 1。

    末尾被删掉、整个另造一份的，要和另外存着的对（--known）才看得出来。
    """
    from ..publication.log_marks import known_mark
    from ..review.exported_log import read_exported
    from .log_lines import entry_line

    mark = known_mark(known) if known else None
    entries, wrong = read_exported(file)
    for entry in entries:
        print(in_one_line(entry_line(entry)))
    wrong += mark.errors(entries) if mark else []
    print("\n".join(wrong), end="\n" if wrong else "")
    _print_result(entries, len(entries), wrong)


def _print_result(entries: Sequence[LogEntry], count: int, wrong: Sequence[str]) -> None:
    """Print how many entries and errors there are, of a whole log what to keep of it, and end the command."""
    print(f"审签记录共 {count} 条，" + (f"发现 {len(wrong)} 处不对" if wrong else "没有发现不对"))
    if entries and not wrong:
        print(f"最后一条：{entries[-1].number} {entries[-1].hash}（请单位以外的人记下，以后用 --known 对）")
    sys.exit(1 if wrong else 0)


def _print_new_keys(entries: Sequence[LogEntry]) -> None:
    """Print who gave the site another key without the signature of the one before, and why."""
    from ..review.entries import KeyBody

    for entry in entries:
        if isinstance(entry.body, KeyBody) and entry.body.unendorsed:
            print(
                f"第 {entry.number} 条（{clock.shown(entry.at)}）：{entry.person}换了网站密钥，"
                f"没有原来那一把的签名，原因：{entry.body.reason or '没有写'}"
            )


def _print_accounts(entries: Sequence[LogEntry]) -> None:
    """Print which entries were recorded in a name that somebody gave to the command (--as), and by which account."""
    named = [entry for entry in entries if entry.account]
    if len(named) > _MOST_NAMED:
        print(f"用 --as 写了别的名字的有 {len(named)} 条，下面是最近的 {_MOST_NAMED} 条，全部的见 gktools review log：")
    for entry in named[-_MOST_NAMED:]:
        about = f"{entry.code} {entry.year} 年度，" if entry.code else ""
        print(
            f"第 {entry.number} 条（{about}{entry.kind}，{clock.shown(entry.at)}）写的是{entry.person}，"
            f"命令是账户 {entry.account} 运行的"
        )


_MOST_NAMED = 20

Reason = Annotated[str, typer.Option("--reason", help="为什么；记在审签记录里")]


@app.command("approve-notebook", short_help="认可改过的总笔记本")
def approve(
    code: Annotated[str, typer.Option("--code", help="看过的那一本的编号；不写，只列出改了什么和编号")] = "",
    reason: Reason = "",
) -> None:
    """认可改过的总笔记本：先不带 --code 运行，看改了什么；再带上它印出的编号，认可的就是看过的那一本。

    用认可过的做的报告才能签、能发布；谁认可的、为什么，记在审签记录里。
    """
    from ..review.log import open_log
    from ..review.notebooks import approve_notebook, show_notebook

    project = open_project()
    if not code:
        shown, changed = show_notebook(project)
        print("\n".join(changed) if changed else "和原来的总笔记本一样，不用认可")
        if changed:
            print(f"看过、认可的：gktools review approve-notebook --code {shown} --reason 改了什么、为什么")
            sys.exit(1)
        return
    with open_log(project) as log:
        entry = approve_notebook(project, log, account(), reason, code.strip())
    print(f"已认可，是审签记录第 {entry.number} 条" if entry else "就是原来的总笔记本，或者已经认可过，不用再认可")


@app.command("accept-loss", short_help="写明末尾的审签记录丢了，从剩下的接着写")
def accept(reason: Reason = "") -> None:
    """磁盘坏了等，末尾的审签记录找不回来时用：写明丢到了哪一条、为什么，从剩下的接着写；以后每次核对都会说。

    丢了的里面也许有退回、批注：签过、还没有公布的报告，以后要重新签，或者逐份查明、写明理由，才能发布。不写 --reason，只说是哪几份。
    """
    from ..review.audit import signed_reports
    from ..review.log import open_log

    project = open_project()
    with open_log(project) as log:
        signed = signed_reports(log.entries())
        names = "、".join(f"{project.name(code, year)} {year} 年度" for code, year in signed) or "没有"
        print(f"丢了的里面也许有退回、批注。签过、还没有公布的，以后要重新签，或者逐份查明、写明理由才能发布：{names}")
        entry = log.accept_loss(account(), reason)
    print(f"已写明，是审签记录第 {entry.number} 条")


@app.command("log", short_help="导出审签记录，每行一条")
def log(
    out: Annotated[Path, typer.Argument(help="写到哪个文件，每行一条（JSON）")],
) -> None:
    """把审签记录导出来，每行一条，谁都可以照哈希核对。"""
    from ..review.log import open_log

    with open_log(open_project()) as opened:
        count = opened.export(out)
    print(f"已导出 {count} 条：{out}")


def lab_options(person: str) -> list[str]:
    """Return the options of JupyterLab that show the review pages, read-only, to one person of the office book."""
    _require_packages()
    from ..review.users import require_person

    require_person(person, _persons())
    return ["--ServerApp.jpserver_extensions=gktools.review.web.server=True", f"--ReviewExtension.person={person}"]


def _persons() -> set[str]:
    """Return every person in the office book."""
    from ..review.people import named_people

    return {person for entry in open_project().book.values() for person in named_people(entry.people)}


def _users() -> Users:
    home = open_project().home
    _require_packages()
    from ..review.accounts import Accounts
    from ..review.users import Users

    return Users(Accounts(home))


def _password(stdin: bool) -> str:
    """Return a password typed twice without echo, or one line of standard input."""
    if stdin:
        return sys.stdin.readline().rstrip("\r\n")
    first = getpass.getpass("密码（至少 10 个字符，不显示）：")
    if getpass.getpass("再输一遍：") != first:
        raise GktoolsError("两次输入的密码不一样，没有保存；请再来一次")
    return first


def _require_packages() -> None:
    from importlib.util import find_spec

    if find_spec("jupyter_server") is None or find_spec("argon2") is None:
        raise ReviewError(f"没有装审签服务要的程序包：请运行 {install_command('review')}")
