"""The three steps of signing for a page, and the actions open to this person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from ....findings import Severity
from ....workspace import clock
from ....workspace.params_models import Layout
from ...context import ReviewContext
from ...people import Capacity, Step
from ...state import STAGES, Attachment, ReviewState, Signature
from .findings import DECISIONS

State = Literal["done", "void", "now", "later"]


def date_line(layout: Layout, due: date, today: date) -> str:
    """Return the date under the signature, and what to know of it before signing; empty if none is printed."""
    day = layout.dated(due)
    if day is None:
        return ""
    notes = [] if layout.signed_on else ["没有填，印的是公布期限的最后一天；请经办人在“修改”页改成签发的那天"]
    notes += ["这一天还没有到，到那天才能发布"] if day > today else []
    notes += [f"比今天早 {(today - day).days} 天：应是签发的那天，不是的请退回经办人改"] if day < today else []
    return f"{day.isoformat()}{'（' + '；'.join(notes) + '）' if notes else ''}"


@dataclass(frozen=True)
class StepLine:
    """A step for display: its signer and time, or who may sign.

    void lists the changes that made a signature invalid, decided what had been decided when it was given.
    """

    label: str
    state: State
    who: str
    at: str = ""
    void: tuple[str, ...] = ()
    decided: tuple[str, ...] = ()


@dataclass(frozen=True)
class Scan:
    """A scan of the stamped paper for display."""

    number: int
    name: str
    person: str
    at: str


@dataclass(frozen=True)
class SignPanel:
    """The sign panel: the steps, and what this person may do or why not; mine is the capacity to sign in now."""

    steps: tuple[StepLine, ...]
    mine: Capacity | None
    why_not: str
    may_return: bool
    back_label: str
    returned: str
    scans: tuple[Scan, ...]
    may_attach: bool


def sign_panel(
    context: ReviewContext, seen: bool, stale: Sequence[str], voided: Mapping[Step, Sequence[str]]
) -> SignPanel:
    """Return the sign panel for the person of the context.

    seen says whether they have opened this state of the report, stale what makes it stale; voided lists the changes
    behind signatures that are no longer valid (audit.why_void).
    """
    now, steps, person = context.state, context.steps, context.person
    mine = next((c for c in context.signers if c.person == person and c.step == now.turn), None)
    why_not = _why_not(context, seen, stale)
    back = now.returned
    return SignPanel(
        tuple(_line(step, now, context.signers, tuple(voided.get(step, ()))) for step in Step),
        None if why_not else mine,
        why_not,
        bool(steps and now.signatures and not now.published),
        "撤回，重新开始" if steps == {Step.HANDLER} else "退回经办人",
        f"{clock.shown(back.at)}　{back.person}（{back.step.label}）退回：{back.reason}" if back else "",
        tuple(_scan(one) for one in now.attachments),
        bool(steps),
    )


def _scan(one: Attachment) -> Scan:
    return Scan(one.number, one.name, one.person, clock.shown(one.at))


def _why_not(context: ReviewContext, seen: bool, stale: Sequence[str]) -> str:
    """Why the person cannot sign now; empty if they can."""
    now, steps = context.state, context.steps
    if not steps:
        return "您不在这个机关的审签名单里，只能看"
    if stale:
        return f"报告要重做：做好以后，{'、'.join(stale)}变了。备齐文件（会重做报告）以后才能签"
    if now.seal is None:
        return f"{STAGES[now.stage]}：备齐以后才能签"
    if now.turn is None:
        return "三步都已签过"
    if any(signature.person == context.person for signature in now.valid):
        return "您已经签过一步；三步要由三个不同的人签"
    if now.turn not in steps:
        return f"现在轮到“{now.turn.label}”，还没有轮到您"
    if not seen:
        return "您还没有打开过现在这一份报告：先看“报告”一页，再签"
    if blocks := context.open(Severity.BLOCK):
        return f"还有 {blocks} 处“不得发布”没有解决，不能签"
    if unexplained := context.open(Severity.EXPLAIN):
        return f"还有 {unexplained} 处“需说明”没有说明，不能签：在“问题”一页上逐处写明原因，或者改正"
    if waiting := sum(one.waits_for(context.person) for one in now.comments):
        return f"还有 {waiting} 条批注没有答复，不能签：在“批注”一页上答复、办结，或者写明转给谁"
    return ""


def _line(step: Step, now: ReviewState, signers: Sequence[Capacity], voided: tuple[str, ...]) -> StepLine:
    signature = next((one for one in now.signatures if one.step == step), None)
    if signature is not None and signature in now.valid:
        return StepLine(step.label, "done", _signer(signature), clock.shown(signature.at), decided=_decided(signature))
    state: State = "now" if now.turn == step and now.seal is not None else "later"
    if signature is not None:
        why = voided or (signature.void or "前面的一步要重新签，这一步随之作废",)
        return StepLine(
            step.label, "now" if state == "now" else "void", _signer(signature), clock.shown(signature.at), why
        )
    named = "、".join(_named(c) for c in signers if c.step == step)
    return StepLine(step.label, state, named or "单位表里没有写由谁签")


def _decided(one: Signature) -> tuple[str, ...]:
    """What had been decided when a step was signed: each decision with its person and reason, each comment passed on."""
    reset = [f"签字前，密码在 {clock.shown(one.reset)} 由别人重设过，重设以后签的还没有公布过"] if one.reset else []
    decisions = (f"{DECISIONS[d.decision]}（{d.person}）：{d.reason}　——{d.finding.message}" for d in one.decisions)
    comments = (f"批注转给 {c.passed_to or '（没有写明）'}：{c.person}：{c.text}" for c in one.comments)
    return (*reset, *decisions, *comments)


def _signer(one: Signature) -> str:
    if one.on_behalf_of:
        return f"{one.person}（代 {one.on_behalf_of} 签）"
    return f"{one.person}{'（区里代行）' if one.from_district else ''}"


def _named(one: Capacity) -> str:
    if one.on_behalf_of:
        return f"{one.person}（可代签）"
    return f"{one.person}{'（区里代行）' if one.from_district else ''}"
