"""The models of params/offices.yaml: the offices with their names, kinds, people and successors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Annotated, Concatenate, Literal, ParamSpec, TypeVar

from pydantic import Field, StrictBool, ValidationInfo, field_validator

from ..errors import nearest
from .model import FieldProblem, Line, Model, is_code, raise_problems
from .offices import office_kinds


class Name(Model):
    """机关的一个名称和它的有效期。"""

    name: Line = Field(min_length=2, title="名称")
    since: date = Field(date(1949, 10, 1), title="起")
    until: date | None = Field(None, title="止", description="当天仍有效；不写即至今")


Person = Annotated[Line, Field(min_length=1, max_length=50)]


class StandIn(Model):
    """在一段时间里代为签署的人。"""

    step: Literal["handler", "deputy", "head"] = Field(
        title="代哪一步", description="handler 代经办人，deputy 代分管领导，head 代主要领导"
    )
    person: Person = Field(title="代签的人")
    since: date = Field(title="起")
    until: date = Field(title="止", description="当天仍有效")

    @field_validator("until")
    @classmethod
    def _ends_after_it_begins(cls, until: date, info: ValidationInfo) -> date:
        if "since" in info.data and until < info.data["since"]:
            raise ValueError("止比起还早，请改正代签的起止日期")
        return until


class FromDistrict(Model):
    """人手不够三个人的机关，由区里出的人。"""

    handler: Person | None = Field(None, title="经办人")
    deputy: Person | None = Field(None, title="分管领导")
    head: Person | None = Field(None, title="主要领导")


class People(Model):
    """经办和审签的人。"""

    handler: Person | None = Field(None, title="经办人")
    deputy: Person | None = Field(None, title="分管领导")
    head: Person | None = Field(None, title="主要领导")
    stand_ins: tuple[StandIn, ...] = Field((), title="代签")
    from_district: FromDistrict = Field(FromDistrict(), title="区里代行的人")


class OfficeEntry(Model):
    """单位表里的一个机关。"""

    names: tuple[Name, ...] = Field(min_length=1, title="名称")
    kind: str = Field(title="种类")
    parent: str | None = Field(None, title="上级")
    rolls_up: str | None = Field(
        None, title="汇总", description="填一个政府的代码：这一条是它的本级政府汇总报告，等于它和它下面各机关之和"
    )
    may_make_rules: StrictBool | None = Field(None, title="有无规章制定权", description="不写按种类")
    predecessors: tuple[str, ...] = Field(
        (), title="前身", description="并入本机关的机关代码；它们不再存在的那一年，上年的数把它们的也加上"
    )
    people: People = Field(People(), title="人员")

    @field_validator("kind")
    @classmethod
    def _kind_is_known(cls, kind: str) -> str:
        if kind not in office_kinds():
            known = "，".join(f"{each.key} {each.label}" for each in office_kinds().values())
            raise ValueError(f"没有“{kind}”这种机关{nearest(kind, office_kinds())}（可填：{known}）")
        return kind

    def name_on(self, day: date) -> str | None:
        """Return the name in force on a day; None if there was no such office then."""
        return next((n.name for n in self.names if n.since <= day and (n.until is None or day <= n.until)), None)

    @property
    def ended_on(self) -> date | None:
        """The last day of the office; None if one of its names still holds."""
        ends = [name.until for name in self.names]
        return None if None in ends else max(end for end in ends if end)


_CODE_RULE = "作机关代码不行：只能用小写字母、数字和短横线，最多 40 个，不能是 con、nul 这些 Windows 不许用的名字"


class OfficeBook(Model):
    """单位表。"""

    offices: dict[str, OfficeEntry]

    @field_validator("offices")
    @classmethod
    def _codes_are_plain(cls, offices: dict[str, OfficeEntry]) -> dict[str, OfficeEntry]:
        wrong = []
        for code, entry in offices.items():
            if not is_code(code):
                wrong.append(FieldProblem((code,), _CODE_RULE))
            if entry.parent is not None and entry.parent not in offices:
                wrong.append(
                    FieldProblem((code, "parent"), f"“{entry.parent}”不在单位表里{nearest(entry.parent, offices)}")
                )
            elif code in ancestors(code, offices):
                wrong.append(FieldProblem((code, "parent"), "绕了一圈又是自己的上级"))
            if why := _rollup_problem(code, offices):
                wrong.append(FieldProblem((code, "rolls_up"), why))
        return raise_problems([*wrong, *_predecessor_problems(offices)], offices)


def _predecessor_problems(offices: Mapping[str, OfficeEntry]) -> list[FieldProblem]:
    """Return the mistakes in predecessors: each must be another office of the book, ended, and part of one office only."""
    wrong, successors = [], dict[str, str]()
    for code, entry in offices.items():
        for before in entry.predecessors:
            if before == code:
                message = "不能是自己的前身；改名的，在 names 里写旧名称和新名称"
            elif before not in offices:
                message = f"“{before}”不在单位表里{nearest(before, offices)}"
            elif all(name.until is None for name in offices[before].names):
                message = f"“{before}”还在，不能是前身；请给它的名称写上 until"
            elif before in successors:
                message = f"“{before}”已经是“{successors[before]}”的前身，只能归到一个机关"
            else:
                successors[before] = code
                continue
            wrong.append(FieldProblem((code, "predecessors"), message))
    return wrong


def _rollup_problem(code: str, offices: Mapping[str, OfficeEntry]) -> str:
    """Return why an entry cannot be the sum of the government it names; empty if it can, or names none."""
    entry = offices[code]
    if entry.parent is not None and entry.parent in offices and offices[entry.parent].rolls_up is not None:
        return f"上级“{entry.parent}”是汇总，不是机关；上级应写被汇总的政府的代码"
    if entry.rolls_up is None:
        return ""
    if entry.rolls_up not in offices:
        return f"“{entry.rolls_up}”不在单位表里{nearest(entry.rolls_up, offices)}"
    if entry.rolls_up == code or offices[entry.rolls_up].rolls_up is not None:
        return "要写一个政府本机关的代码，不能是汇总"
    if entry.parent is not None:
        return "汇总不要写上级 parent：它不是机关，不会再计入别处"
    first = next(other for other, known in offices.items() if known.rolls_up == entry.rolls_up)
    return f"“{entry.rolls_up}”的汇总已经有“{first}”一条" if first != code else ""


def ancestors(code: str, offices: Mapping[str, OfficeEntry]) -> set[str]:
    """Return the codes of every office above one, as far as they are in the book."""
    found: set[str] = set()
    parent = offices[code].parent
    while parent is not None and parent in offices and parent not in found:
        found.add(parent)
        parent = offices[parent].parent
    return found


Made = TypeVar("Made")
Asked = ParamSpec("Asked")


def kept_for_book(
    make: Callable[Concatenate[Mapping[str, OfficeEntry], Asked], Made],
) -> Callable[Concatenate[Mapping[str, OfficeEntry], Asked], Made]:
    """Keep what a function computes of an office book, as long as it is asked of the same book (which never changes).

    A server asks at every page, of thousands of offices.
    """
    last: tuple[object, dict[object, Made]] = (None, {})

    def call(book: Mapping[str, OfficeEntry], /, *args: Asked.args, **given: Asked.kwargs) -> Made:
        nonlocal last
        held = last
        if held[0] is not book:
            held = last = (book, {})
        if args not in held[1]:
            held[1][args] = make(book, *args, **given)
        return held[1][args]

    return call
