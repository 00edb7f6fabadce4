"""The three steps of signing for a page, and the actions open to this person."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from ....workspace import clock
from ...people import Capacity, Step
from ...state import Attachment, ReviewState, Signature

State = Literal["done", "void", "now", "later"]


@dataclass(frozen=True)
class StepLine:
    """A step for display: its signer and time, or who may sign; void lists the changes that made a signature invalid."""

    label: str
    state: State
    who: str
    at: str = ""
    void: tuple[str, ...] = ()


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
    now: ReviewState, signers: Sequence[Capacity], person: str, blocks: int, voided: Mapping[Step, Sequence[str]]
) -> SignPanel:
    """Return the sign panel of a person; signers are today's capacities, blocks the number of blocking findings.

    voided lists the changes behind signatures that are no longer valid (audit.why_void).
    """
    steps = {c.step for c in signers if c.person == person}
    mine = next((c for c in signers if c.person == person and c.step == now.turn), None)
    why_not = _why_not(now, steps, person, blocks)
    back = now.returned
    return SignPanel(
        tuple(_line(step, now, signers, tuple(voided.get(step, ()))) for step in Step),
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


def _why_not(now: ReviewState, steps: Collection[Step], person: str, blocks: int) -> str:
    """Why a person cannot sign now; empty if they can."""
    if not steps:
        return "您不在这个机关的审签名单里，只能看"
    if now.seal is None:
        return "要公开的文件还没有备齐：备齐以后才能签"
    if now.turn is None:
        return "三步都已签过"
    if any(signature.person == person for signature in now.valid):
        return "您已经签过一步；三步要由三个不同的人签"
    if now.turn not in steps:
        return f"现在轮到“{now.turn.label}”，还没有轮到您"
    return f"还有 {blocks} 处“不得发布”没有解决，不能签" if blocks else ""


def _line(step: Step, now: ReviewState, signers: Sequence[Capacity], voided: tuple[str, ...]) -> StepLine:
    signature = next((one for one in now.signatures if one.step == step), None)
    if signature is not None and signature in now.valid:
        return StepLine(step.label, "done", _signer(signature), clock.shown(signature.at))
    state: State = "now" if now.turn == step and now.seal is not None else "later"
    if signature is not None:
        why = voided or (signature.void or "前面的一步要重新签，这一步随之作废",)
        return StepLine(
            step.label, "now" if state == "now" else "void", _signer(signature), clock.shown(signature.at), why
        )
    named = "、".join(_named(c) for c in signers if c.step == step)
    return StepLine(step.label, state, named or "单位表里没有写由谁签")


def _signer(one: Signature) -> str:
    if one.on_behalf_of:
        return f"{one.person}（代 {one.on_behalf_of} 签）"
    return f"{one.person}{'（区里代行）' if one.from_district else ''}"


def _named(one: Capacity) -> str:
    if one.on_behalf_of:
        return f"{one.person}（可代签）"
    return f"{one.person}{'（区里代行）' if one.from_district else ''}"
