"""Entries of the review log as lines for staff and auditors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import GktoolsError
from ..workspace import clock

if TYPE_CHECKING:
    from ..review.entries import UserBody
    from ..review.log import LogEntry

_ENTRIES = {
    **{
        "looked": "看过",
        "signed": "签署",
        "returned": "退回",
        "verdict": "对问题的处理",
        "comment": "批注",
        "answer": "回复",
    },
    **{"passed": "转交批注", "closed": "了结批注", "attached": "附件", "edited": "修改", "key": "换发布密钥"},
    **{
        "notebook": "认可笔记本",
        "user": "用户变动",
        "loss": "写明丢失",
        "submission": "销毁没有导入的登记表",
        "imported": "台账有变动",
        "brought-in": "填入已公布的数",
        "restored": "恢复台账",
        "published": "发布",
        "corrected": "更正",
    },
}
"""The kinds of entries of the review log, for staff."""
_ACTS = {
    "added": "加",
    "removed": "去掉",
    "password": "重设密码",
    "own_password": "自己改密码",
    "locked": "锁住",
    "unlocked": "放开",
    "accepted": "认下",
}
"""What is done to a user, for staff."""


def _act_line(body: UserBody) -> str:
    return f"{_ACTS.get(body.act, body.act)}：{body.user}" + (f"（JupyterHub 上叫 {body.hub}）" if body.hub else "")


def entry_line(entry: LogEntry) -> str:
    """Return who did what, when, and about which report, as a line; with what they wrote."""
    from ..review.entries import UserBody

    what = f"{entry.code} {entry.year} 年度" if entry.code else "不是某一份报告的"
    who = f"{entry.person}（账户 {entry.account}）" if entry.account else entry.person
    try:
        whom = [_act_line(entry.body)] if isinstance(entry.body, UserBody) else []
        said = "  ".join([*whom, *(str(one) for one in entry.body.own_words if one)])
    except GktoolsError as error:
        said = str(error)
    kind = _ENTRIES.get(entry.kind, entry.kind)
    return f"第 {entry.number} 条  {clock.shown(entry.at)}  {who}  {kind}  {what}" + (f"  {said}" if said else "")
