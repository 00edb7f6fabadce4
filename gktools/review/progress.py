"""The progress of an office's report, computed from its files and the log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from ..findings import Severity
from ..registers.schema import registers
from ..workspace.offices import Office
from .people import Capacity, Step
from .state import ReviewState

STAGES: Mapping[str, str] = {
    "records": "台账",
    "checks": "核对",
    "text": "文字",
    "built": "做好",
    **{step.value: step.label for step in Step},
    "published": "已公开",
}
"""The stages of a report in order, with their labels."""
WAITING: Mapping[str, str] = {
    "records": "待交台账",
    "checks": "待改问题",
    "text": "待改文字",
    "built": "待做报告",
    **{step.value: f"待{step.label}" for step in Step},
    "published": "待公开",
}
"""The labels of a report that waits for a stage."""
State = Literal["done", "part", "stuck", "open"]
STATES: Mapping[State, str] = {"done": "好了", "part": "还差", "stuck": "有问题", "open": "未到"}
Tally = Mapping[str, Mapping[str, int]]
"""The numbers of open findings by severity, then by rule code."""


@dataclass(frozen=True)
class Facts:
    """The facts about one office's report: registers handed in and required, open findings, review state.

    tally is None while there is no complete report; failed is true if the last build failed. stale is what has changed
    since and makes the report differ now, None while that is not known.
    """

    handed_in: frozenset[str] = frozenset()
    required: frozenset[str] = frozenset()
    tally: Tally | None = None
    failed: bool = False
    state: ReviewState = field(default_factory=lambda: ReviewState(None))
    stale: tuple[str, ...] | None = ()


@dataclass(frozen=True)
class Mark:
    """The state of one stage, with a short note."""

    state: State
    note: str = ""


@dataclass(frozen=True)
class ReviewProgress:
    """The progress of one office's report: stage is the first that is not done, people are those whose turn it is."""

    office: Office
    marks: Mapping[str, Mark]
    stage: str
    people: tuple[str, ...]
    task: str
    tally: Tally
    due: date

    @property
    def blocks(self) -> int:
        """The number of findings that block publication."""
        return sum(self.tally.get(Severity.BLOCK, {}).values())

    @property
    def stage_label(self) -> str:
        """The Chinese label of what the report waits for."""
        return WAITING.get(self.stage, "全部办完")

    @property
    def who(self) -> str:
        """The people who have to act, as text; a fully signed report is published by the district."""
        return "、".join(self.people) or ("区里" if self.stage == "published" else "（单位表里没有写是谁）")

    @property
    def codes(self) -> set[str]:
        """The codes of the rules with open findings, without hints."""
        return {code for severity in (Severity.BLOCK, Severity.EXPLAIN) for code in self.tally.get(severity, {})}


def progress(office: Office, facts: Facts, capacities: Sequence[Capacity], due: date) -> ReviewProgress:
    """Return the progress of an office's report; due is the legal deadline of its publication."""
    marks = _marks(office, facts)
    stage = _next_stage(office, marks, facts)
    step = None if stage in ("published", "done") else _STEP_OF.get(stage, Step.HANDLER)
    people = tuple(one.person for one in capacities if one.step == step)
    return ReviewProgress(office, marks, stage, people, _task(office, stage, marks, facts), facts.tally or {}, due)


_STEP_OF = {step.value: step for step in Step}


def _marks(office: Office, facts: Facts) -> dict[str, Mark]:
    before = {
        "records": _records(office, facts),
        "checks": _checks(facts, text=False),
        "text": _checks(facts, text=True),
        "built": _built(facts),
    }
    return before | {step.value: _signed(step, facts.state) for step in Step} | {"published": _published(facts)}


def _records(office: Office, facts: Facts) -> Mark:
    """The state of the registers; a missing one is not needed if the built report has no unknown figure."""
    if office.rolls_up:
        return Mark("open", "等各机关") if facts.tally is None else Mark("done")
    missing = [register.label for key, register in registers().items() if key in facts.required - facts.handed_in]
    unknown = any(code.endswith(".unknown") for code in (facts.tally or {}).get(Severity.BLOCK, {}))
    if not missing or (facts.tally is not None and not unknown):
        return Mark("done")
    if not facts.handed_in:
        return Mark("open", "一张没交")
    return Mark("part", f"缺{'、'.join(missing)}" if len(missing) <= _NAMED else f"缺 {len(missing)} 张")


_NAMED = 2
"""The most missing registers that are listed by name."""


def _checks(facts: Facts, *, text: bool) -> Mark:
    """The state of the findings about the text, or of all others."""
    if facts.tally is None:
        return Mark("open")
    counted = {
        severity: sum(n for code, n in codes.items() if code.startswith(_TEXT) == text)
        for severity, codes in facts.tally.items()
    }
    if blocks := counted.get(Severity.BLOCK):
        return Mark("stuck", f"{blocks} 处不得发布")
    if unexplained := counted.get(Severity.EXPLAIN):
        return Mark("part", f"{unexplained} 处待说明")
    return Mark("done")


_TEXT = "text."


def _built(facts: Facts) -> Mark:
    if facts.failed:
        return Mark("stuck", "没有做成")
    if facts.tally is None:
        return Mark("open")
    if facts.stale is None:
        return Mark("part", "变没变还没有核对完，请刷新")
    if facts.stale:
        return Mark("stuck", f"需重做：{'、'.join(facts.stale)}变了")
    if facts.state.stage == "files":
        return Mark("part", "签过的文件要重新备齐")
    return Mark("done")


def _signed(step: Step, state: ReviewState) -> Mark:
    valid = next((one for one in state.valid if one.step == step), None)
    if valid is not None:
        return Mark("done", valid.person)
    if state.returned is not None and state.returned.step == step:
        return Mark("stuck", "退回")
    return Mark("stuck", "已失效") if any(one.step == step for one in state.signatures) else Mark("open")


def _published(facts: Facts) -> Mark:
    version = f"第 {len(facts.state.versions)} 版"
    if facts.state.published and not facts.stale:
        return Mark("done", version)
    return Mark("part", f"{version}，待更正") if facts.state.versions else Mark("open")


def _next_stage(office: Office, marks: Mapping[str, Mark], facts: Facts) -> str:
    """The next stage to act on; a published report is done unless it would differ now."""
    if marks["published"].state == "done":
        return "done"
    if facts.tally is None or facts.failed:
        return "built" if marks["records"].state == "done" or office.rolls_up or facts.failed else "records"
    if facts.stale or facts.state.stage == "files":
        return "built"
    stuck = next((stage for stage in ("checks", "text") if marks[stage].state != "done"), "")
    turn = facts.state.turn
    return stuck or ("published" if turn is None else turn.value)


def _task(office: Office, stage: str, marks: Mapping[str, Mark], facts: Facts) -> str:
    """The task at a stage as a Chinese phrase, addressed to the person whose turn it is."""
    if stage == "handler" and facts.state.returned is not None:
        return f"改好后再确认（被退回：{' '.join(facts.state.returned.reason.split())}）"
    if stage == "built" and facts.tally is None and office.rolls_up:
        return "等各机关的报告做好，再做汇总"
    note = marks[stage].note if stage in marks else ""
    if stage == "built" and facts.tally is not None and not facts.failed:
        after = "；公开的若和重做的不一样，要更正" if facts.state.versions else ""
        return f"备齐文件（{note}{after}）"
    if stage == "published" and facts.state.versions:
        return "更正（公开以后变了）"
    task = _EXPLAIN if stage in ("checks", "text") and marks[stage].state == "part" else _TASKS[stage]
    return task + (f"（{note}）" if note else "")


_EXPLAIN = "说明要说明的问题，或者改正"
_TASKS = {
    "records": "交登记表",
    "built": "做报告",
    "checks": "改正不得发布的问题",
    "text": "改正文字里不得发布的问题",
    "handler": "确认报告",
    "deputy": "复核",
    "head": "审批",
    "published": "公开",
    "done": "",
}
