"""What was done to users, as the review log says it: the newest entry about a user is the one that their row names.

Each act is an entry first and a row afterwards. So an older row put back into the file of users, with a password that
was replaced since, is told from the newest one by anybody who has the log.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence

from ..errors import GktoolsError, ReviewError
from ..workspace import clock
from .accounts import NAME, Accounts
from .entries import UserAct, UserBody
from .log import Guard, Log, LogEntry
from .users import MARK_ERRORS, User, Users


def note_act(
    log: Log, person: str, user: str, act: UserAct, prepared: str = "", reason: str = "", hub: str = ""
) -> int:
    """Record what is about to be done to a user; return the number of the entry. Raises ReviewError."""
    return log.append("", 0, person, UserBody(user, act, True, prepared, reason, hub)).number


def finish_passwords(users: Users, log: Log) -> None:
    """Set the passwords that users chose where a server was ended between the entry about it and the row.

    Such a user could log in neither with the old password nor with the new one. Nothing is done to a user whose row is
    not the one of the entry before. Raises GktoolsError.
    """
    known = {user.name: user for user in users.all()}
    for name, prepared in users.prepared().items():
        *before, (newest, body) = [(None, None), *(one for one in _acts(log) if one[1].user == name)]
        if body is None or newest is None or body.prepared != prepared or name not in known:
            continue
        if _names(known[name], before[-1][0]):
            users.finish_password(name, prepared, entry=newest.number)


def newest_acts(log: Log) -> dict[str, LogEntry]:
    """Return the newest entry about each user, by name."""
    return {body.user: entry for entry, body in _acts(log)}


def is_newest(user: User, log: Log) -> bool:
    """Return whether a user's row is the one written last, by the newest entry about the user.

    The entries are verified in the read that finds them: one may be hidden for a moment. Raises ReviewError.
    """
    about = [entry for entry in log.verified("", 0) if _about(entry) == user.name]
    return _names(user, about[-1] if about else None)


def acting_as(users: Users, name: str) -> Guard:
    """Return the check of a log whose entries are a user's: that their row is the one of the newest entry about them.

    It is made in the transaction that appends: whoever was locked, removed, or given another password since they logged in,
    or while an older log stood there, has nothing recorded in their name. It raises ReviewError.
    """

    def check(entries: Sequence[LogEntry]) -> None:
        user = users.get(name)
        about = [entry for entry in entries if _about(entry) == name]
        if user is None or not _names(user, about[-1] if about else None):
            raise ReviewError(NOT_NEWEST)

    return check


NOT_NEWEST = "没有办：您的用户和审签记录里最后一次办的对不上，请重新登录；还不行的，请管理 gktools 的人运行 gktools review user list 看"
"""The message to a person whose row in the file of users is not the one that the newest entry about them made."""


def _about(entry: LogEntry) -> str:
    return entry.body.user if isinstance(entry.body, UserBody) else ""


def _names(user: User, newest: LogEntry | None) -> bool:
    return user.entry == (newest.number if newest else 0)


def file_errors(accounts: Accounts, log: Log) -> list[str]:
    """Return what is wrong with the users of a folder, as Chinese sentences: also that the file of users cannot be read.

    No file is made where there is none. Raises ReviewError if the log cannot be read.
    """
    try:
        users = Users(accounts).all() if os.path.lexists(accounts.path) else []
    except GktoolsError as error:
        return [str(error)]
    return user_errors(users, log)


def user_errors(users: Iterable[User], log: Log) -> list[str]:
    """Return, as Chinese sentences, which rows of users were not written by gktools, are not the newest ones, or are gone."""
    users, newest = [*users], newest_acts(log)
    found = [_GONE.format(len(gone), "、".join(gone[:_NAMED]))] if (gone := _gone(users, newest)) else []
    for user in users:
        if wrong := MARK_ERRORS.get(user.mark):
            found.append(f"用户“{user.name}”{wrong}")
        elif not _names(user, newest.get(user.name)):
            found.append(f"用户“{user.name}”{_OLDER}")
    return found


def _gone(users: Iterable[User], newest: Mapping[str, LogEntry]) -> list[str]:
    """Return the names of those whom the log knows as users, and who have no row."""
    known = {user.name for user in users}
    removed = {
        name for name, entry in newest.items() if isinstance(entry.body, UserBody) and entry.body.act == "removed"
    }
    return [name for name in newest if name not in known | removed]


def require_removable(users: Users, log: Log, name: str) -> None:
    """Raise GktoolsError if there is no such user, neither as a row nor, if that is gone, in the log."""
    if name not in _gone(users.all(), newest_acts(log)):
        users.require_known(name)


_NAMED = 20
_GONE = (
    f"{NAME} 里少了 {{}} 个用户：{{}}。审签记录里加过、没有去掉：多半是这个文件不见了，或者有人动过；请从备份放回来，"
    "找不回来的用 gktools review user add 再加（再去掉：gktools review user remove）"
)
_OLDER = (
    "和审签记录里最后一次办的对不上，不能登录：多半是放回了较早的 review-users.db，或者有人动过；"
    "请查清，再用 gktools review user password 重设密码（用 JupyterHub 的，先 remove 再 add）"
)


def acceptable(users: Users, log: Log) -> tuple[list[tuple[User, str]], list[User]]:
    """Return the users without a mark, each with what the log says of them, and those that had one before.

    Only an older gktools wrote no marks: one that is gone was taken away. Raises ReviewError if the log is not whole: an
    entry may be hidden for a moment.
    """
    entries = log.verified("", 0)
    newest = {body.user: entry for entry, body in _acts_in(entries)}
    had_one = {body.user for _, body in _acts_in(entries) if body.marked}
    bare = [user for user in users.all() if user.mark == "missing"]
    told = [(user, _told(newest.get(user.name))) for user in bare if user.name not in had_one]
    return told, [user for user in bare if user.name in had_one]


def accept_users(users: Users, log: Log, person: str, accepted: Iterable[User]) -> None:
    """Take over users whom an older gktools added, each with an entry. Raises GktoolsError if one has changed."""
    for user in accepted:
        if user not in users.all():
            raise GktoolsError(f"用户“{user.name}”刚刚又变了，没有认下；请再看一遍 gktools review user list")
        users.accept(user, entry=note_act(log, person, user.name, "accepted"))


def _told(newest: LogEntry | None) -> str:
    if newest is None:
        return "审签记录里没有加过他：请问清楚是谁加的"
    if newest.body == UserBody(_about(newest), "removed"):
        return f"审签记录：{clock.shown(newest.at)} 已由 {newest.person} 去掉，又有了：请问清楚是谁加的"
    return f"审签记录：最后一次是 {clock.shown(newest.at)} 由 {newest.person} 办的"


def _acts(log: Log) -> list[tuple[LogEntry, UserBody]]:
    return _acts_in(log.entries("", 0))


def _acts_in(entries: Iterable[LogEntry]) -> list[tuple[LogEntry, UserBody]]:
    return [(entry, entry.body) for entry in entries if isinstance(entry.body, UserBody)]
