"""The models of the parameter files, with their Chinese titles, bounds and defaults."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal, NamedTuple, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StrictBool, ValidationInfo, field_validator
from pydantic_core import InitErrorDetails, PydanticCustomError, ValidationError

from ..errors import nearest
from ..forms.model import relabel
from ..forms.notices import formats
from ..forms.year_on_year import find_rule
from .offices import office_kinds

CODE = re.compile(r"[a-z0-9][a-z0-9-]*")
Text = Annotated[str, Field(max_length=20_000)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True, allow_inf_nan=False)


_Value = TypeVar("_Value")


class _Wrong(NamedTuple):
    path: tuple[str, ...]
    message: str


def _raise_if_wrong(wrong: list[_Wrong], value: _Value) -> _Value:
    """Return the value if nothing is wrong. Raises ValidationError with every mistake at its own place."""
    if not wrong:
        return value
    details = [
        InitErrorDetails(type=PydanticCustomError("value_error", "{error}", {"error": message}), loc=path, input=None)
        for path, message in wrong
    ]
    raise ValidationError.from_exception_data("params", details)


class Contact(_Model):
    """联系方式：作为文字写进开头段。"""

    address: str | None = Field(None, title="地址")
    postcode: str | None = Field(None, title="邮编")
    phone: str | None = Field(None, title="电话")
    email: str | None = Field(None, title="电子邮箱")
    website: str | None = Field(None, title="电子版所在网站", description="只作文字，不做链接")


class AspectText(_Model):
    """总体情况的一个方面。"""

    heading: str | None = Field(None, title="小标题", description="不写用默认的；写空文字则不要小标题")
    text: Text | None = Field(
        None, title="正文", description="写了就用这里的；要保留自动写的句子，在其中写 {{ 自动语句 }}"
    )
    omit: StrictBool = Field(False, title="不写这一方面")


class Overview(_Model):
    """第一部分的文字。"""

    lead: Text | None = Field(None, title="首段")
    disclosure: AspectText = Field(AspectText(), title="主动公开")
    on_request: AspectText = Field(AspectText(), title="依申请公开")
    management: AspectText = Field(AspectText(), title="政府信息管理")
    platform: AspectText = Field(AspectText(), title="平台建设")
    supervision: AspectText = Field(AspectText(), title="监督保障")


class Texts(_Model):
    """报告的文字部分。数字写成 {{ 指标名 }}，空一行分段。"""

    opening: Text | None = Field(None, title="开头段", description="不写用默认的")
    overview: Overview = Field(Overview(), title="第一部分")
    problems: Text | None = Field(None, title="第五部分", description="本机关自己的话：问题与改进")
    others: Text | None = Field(
        None, title="第六部分", description="写了就用这里的；要保留自动写的句子，在其中写 {{ 自动语句 }}"
    )

    def own(self) -> dict[str, str]:
        """Return the office's own texts by section, as written, with tokens."""
        aspects = (getattr(self.overview, name) for name in type(self.overview).model_fields if name != "lead")
        parts = [self.overview.lead, *(aspect.text for aspect in aspects if not aspect.omit)]
        written = {"overview": "\n".join(part for part in parts if part), "problems": self.problems or ""}
        return {section: words for section, words in written.items() if words}


class Layout(_Model):
    """本地写法。"""

    opening: StrictBool = Field(True, title="要开头段")
    signature: StrictBool = Field(True, title="要落款")
    signed_on: date | None = Field(None, title="落款日期", description="不写则落款只写机关名称")
    numbering: Literal["chinese", "arabic", "none"] = Field(
        "chinese", title="小标题编号", description="chinese 用（一），arabic 用 1.，none 不编号"
    )
    brackets: Literal["full", "half"] = Field("full", title="括号", description="full 全角，half 半角")
    banner_covers_total: StrictBool = Field(
        True, title="表头盖住总计列", description="官方格式盖住；false 则总计列与它并排"
    )
    pictures: tuple[Literal["dispositions", "applicants", "last_year", "offices"], ...] = Field(
        (),
        title="第一部分的图",
        description="dispositions 按办理结果，applicants 按申请人，last_year 与上年相比，offices 各机关相比（只有汇总的报告有）",
    )
    labels: dict[str, dict[str, str]] = Field(
        {}, title="标签的本地写法", description="表 → 行或列的键 → 印出来的文字；官方标签不变，只改印法"
    )

    @field_validator("labels")
    @classmethod
    def _labels_name_headings(cls, labels: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
        wrong = []
        for table, changed in labels.items():
            known = _label_paths(table)
            if not known:
                wrong.append(_Wrong((table,), f"不是一张表{nearest(table, [f.key for f in formats()[-1].forms])}"))
                continue
            stray = [path for path in changed if path not in known]
            wrong += [_Wrong((table, path), f"不是 {table} 里的行或列{nearest(path, known)}") for path in stray]
        return _raise_if_wrong(wrong, labels)


class CountingRules(_Model):
    """计数口径。没有官方定义的，这里是默认值，审阅页上照列。"""

    completed_by: Literal["delivery", "document"] = Field(
        "delivery",
        title="办结日",
        description="delivery 按送达（当面、委托按签收，邮寄按交邮，电子按发送；没有送达日期的算没有办结，要补登），"
        "document 按答复书落款日，要在 decisions 里写明谁定的、为什么",
    )
    reviews_include_carried_in: StrictBool = Field(
        True, title="复议诉讼含上年未审结", description="true 计当年在办的全部案件，false 只计当年收到的案件"
    )
    sole_reviewer_counts: StrictBool = Field(
        True, title="复议机关单独作被告的计入", description="改变原行为或不作为的复议机关单独作被告，由作出机关计"
    )
    joint_documents: Literal["lead", "all"] = Field(
        "lead", title="联合发文", description="lead 只由牵头机关计，all 都计"
    )
    charges_include_processing_fees: StrictBool = Field(
        True, title="收费金额含信息处理费", description="实收的信息处理费并入表二的收费金额，按缴费日计年"
    )
    near_days: int = Field(31, ge=0, le=366, title="差一点的范围（天）", description="列出时间上只差这些天的记录")


class CountingDecision(_Model):
    """谁定的一项计数口径，为什么：印在审阅页上，记进清单。一个机关一年定一次，开新年度时不带过去。"""

    rule: str = Field(min_length=1, title="哪一项口径", description="counting 里的名字，如 completed_by")
    person: str = Field(min_length=1, max_length=50, title="谁定的")
    reason: str = Field(min_length=2, max_length=500, title="为什么")

    @field_validator("rule")
    @classmethod
    def _rule_is_known(cls, rule: str) -> str:
        if rule not in CountingRules.model_fields:
            raise ValueError(f"counting 里没有“{rule}”这一项{nearest(rule, CountingRules.model_fields)}")
        return rule


class Thresholds(_Model):
    """校验里没有官方数的界限。"""

    other_share: Decimal = Field(Decimal("0.3"), ge=0, le=1, title="其他处理占比", description="高于它要说明")
    other_count: int = Field(3, ge=0, title="其他处理件数", description="不多于它的不看占比")
    amount_wan: Decimal = Field(
        Decimal(1_000_000), ge=0, title="金额上限（万元）", description="大于它，像是把元写成了万元"
    )
    problems_characters: int = Field(60, ge=0, title="第五部分最少字数")
    sudden_ratio: Decimal = Field(
        Decimal(3), ge=1, title="与上年悬殊的倍数", description="本年与上年相差这么多倍以上的提示"
    )
    sudden_count: int = Field(20, ge=0, title="与上年悬殊的最小差", description="相差不多于它的不提示（件、项）")
    sudden_amount: Decimal = Field(
        Decimal(500), ge=0, title="与上年悬殊的最小差（万元）", description="金额相差不多于它的不提示"
    )
    likeness: Decimal = Field(
        Decimal("0.5"), ge=0, le=1, title="雷同比例", description="自己写的文字里与别处雷同的字数占比，高于它要说明"
    )


class TimeLimits(_Model):
    """期限口径。法律没有写明，或没有读到原文的，这里是默认值，审阅页上照列。"""

    payment_days: int = Field(
        20, ge=1, le=60, title="缴费期限（工作日）", description="没有登记缴费截止日的，从收到收费通知次日起算"
    )
    payment_restarts: StrictBool = Field(
        True, title="缴费后重新计算答复期限", description="true 从缴费次日起重新计算，false 不重新计算"
    )
    correction_days: int = Field(
        15, ge=1, le=60, title="补正期限（工作日）", description="没有登记补正期限截止日的，从补正告知次日起算"
    )


class DoublePublicity(_Model):
    """本年上传“双公示”平台的件数；填了就与表二核对。"""

    licences: int | None = Field(None, ge=0, title="许可件数")
    penalties: int | None = Field(None, ge=0, title="处罚件数")


class ExplainedDifference(_Model):
    """一处已经查明原因的差异：由“不得发布”降为“需说明”，原因印在审阅页上；与上年不一致的，还写进第六部分。"""

    rule: str = Field(
        min_length=1, title="核对项目", description="问题里写的名字，如 上年结转，或问题的代码，如 rollup.not-the-sum"
    )
    cell: str = Field(
        "",
        title="哪一处",
        description="官方标签的最后一级（如 自然人），或“表 行键 列键”，记录写编号，机关写代码；不写即这一项目的每一处",
    )
    reason: str = Field(min_length=2, max_length=500, title="原因")
    person: str = Field(min_length=1, max_length=50, title="经办人")

    @field_validator("rule")
    @classmethod
    def _rule_is_known(cls, rule: str) -> str:
        return find_rule(rule)


class ReportParams(_Model):
    """一个机关一年报告的参数。"""

    contact: Contact = Field(Contact(), title="联系方式")
    text: Texts = Field(Texts(), title="文字")
    layout: Layout = Field(Layout(), title="写法")
    counting: CountingRules = Field(CountingRules(), title="计数口径")
    decisions: tuple[CountingDecision, ...] = Field((), title="口径由谁定")
    limits: TimeLimits = Field(TimeLimits(), title="期限口径")
    checks: Thresholds = Field(Thresholds(), title="校验界限")
    double_publicity: DoublePublicity = Field(DoublePublicity(), title="双公示上传数")
    differences: tuple[ExplainedDifference, ...] = Field((), title="差异说明")

    def decision(self, rule: str) -> CountingDecision | None:
        """Return the latest decision on a counting rule, with person and reason; None if there is none."""
        return next((given for given in reversed(self.decisions) if given.rule == rule), None)


class Name(_Model):
    """机关的一个名称和它的有效期。"""

    name: str = Field(min_length=2, title="名称")
    since: date = Field(date(1949, 10, 1), title="起")
    until: date | None = Field(None, title="止", description="当天仍有效；不写即至今")


Person = Annotated[str, Field(min_length=1, max_length=50)]


class StandIn(_Model):
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


class FromDistrict(_Model):
    """人手不够三个人的机关，由区里出的人。"""

    handler: Person | None = Field(None, title="经办人")
    deputy: Person | None = Field(None, title="分管领导")
    head: Person | None = Field(None, title="主要领导")


class People(_Model):
    """经办和审签的人。"""

    handler: Person | None = Field(None, title="经办人")
    deputy: Person | None = Field(None, title="分管领导")
    head: Person | None = Field(None, title="主要领导")
    stand_ins: tuple[StandIn, ...] = Field((), title="代签")
    from_district: FromDistrict = Field(FromDistrict(), title="区里代行的人")


class OfficeEntry(_Model):
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


class OfficeBook(_Model):
    """单位表。"""

    offices: dict[str, OfficeEntry]

    @field_validator("offices")
    @classmethod
    def _codes_are_plain(cls, offices: dict[str, OfficeEntry]) -> dict[str, OfficeEntry]:
        wrong = []
        for code, entry in offices.items():
            if not CODE.fullmatch(code):
                wrong.append(_Wrong((code,), "作机关代码不行：只能用小写字母、数字和短横线"))
            if entry.parent is not None and entry.parent not in offices:
                wrong.append(_Wrong((code, "parent"), f"“{entry.parent}”不在单位表里{nearest(entry.parent, offices)}"))
            elif code in ancestors(code, offices):
                wrong.append(_Wrong((code, "parent"), "绕了一圈又是自己的上级"))
            if why := _rollup_problem(code, offices):
                wrong.append(_Wrong((code, "rolls_up"), why))
        return _raise_if_wrong([*wrong, *_predecessor_problems(offices)], offices)


def _predecessor_problems(offices: Mapping[str, OfficeEntry]) -> list[_Wrong]:
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
            wrong.append(_Wrong((code, "predecessors"), message))
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


def _label_paths(table: str) -> set[str]:
    paths: set[str] = set()
    for format_ in formats():
        for form in format_.forms:
            if form.key == table:
                relabel(form, lambda path, label: paths.add(path) or label)  # type: ignore[func-returns-value]
    return paths
