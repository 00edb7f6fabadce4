"""The models of the parameter files, with their Chinese titles, bounds and defaults."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import chain
from typing import Literal

from pydantic import Field, StrictBool, field_validator

from ..errors import nearest
from ..forms.local_wording import labels_of, misleading_labels
from ..forms.model import Form
from ..forms.notices import formats
from ..forms.year_on_year import find_rule
from .model import FieldProblem, Line, Model, Short, ShortLine, Text, raise_problems


class Contact(Model):
    """联系方式：作为文字写进开头段。"""

    address: Short | None = Field(None, title="地址")
    postcode: Short | None = Field(None, title="邮编")
    phone: Short | None = Field(None, title="电话")
    email: Short | None = Field(None, title="电子邮箱")
    website: Short | None = Field(None, title="电子版所在网站", description="只作文字，不做链接")


class AspectText(Model):
    """总体情况的一个方面。"""

    heading: Short | None = Field(None, title="小标题", description="不写用默认的；写空文字则不要小标题")
    text: Text | None = Field(
        None, title="正文", description="写了就用这里的；要保留自动写的句子，在其中写 {{ 自动语句 }}"
    )
    omit: StrictBool = Field(False, title="不写这一方面")


class Overview(Model):
    """第一部分的文字。"""

    lead: Text | None = Field(None, title="首段")
    disclosure: AspectText = Field(AspectText(), title="主动公开")
    on_request: AspectText = Field(AspectText(), title="依申请公开")
    management: AspectText = Field(AspectText(), title="政府信息管理")
    platform: AspectText = Field(AspectText(), title="平台建设")
    supervision: AspectText = Field(AspectText(), title="监督保障")


class Texts(Model):
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


_SIGNED_ON = "签发的那天；不写则印公布期限的最后一天（印哪一天没有官方规定，签发时请改）"


class Layout(Model):
    """本地写法。"""

    opening: StrictBool = Field(True, title="要开头段")
    signature: StrictBool = Field(True, title="要落款")
    signed_on: date | None = Field(None, title="落款日期", description=_SIGNED_ON)
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
    labels: dict[str, dict[str, ShortLine]] = Field(
        {}, title="标签的本地写法", description="表 → 行或列的键 → 印出来的文字；官方标签不变，只改印法"
    )

    def dated(self, due: date) -> date | None:
        """Return the date under the signature: as written, or the last day of publication; None without a signature."""
        return (self.signed_on or due) if self.signature else None

    @field_validator("labels")
    @classmethod
    def _labels_name_headings(cls, labels: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
        wrong = []
        for table, changed in labels.items():
            known = _label_paths(table)
            if not known:
                wrong.append(
                    FieldProblem((table,), f"不是一张表{nearest(table, [f.key for f in formats()[-1].forms])}")
                )
                continue
            stray = [path for path in changed if path not in known]
            wrong += [FieldProblem((table, path), f"不是 {table} 里的行或列{nearest(path, known)}") for path in stray]
            wrong += [FieldProblem((table, path), message) for path, message in _misleading(table, changed).items()]
        return raise_problems(wrong, labels)


class CountingRules(Model):
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
    money_decimals: int = Field(
        6,
        ge=0,
        le=6,
        title="万元的小数位数",
        description="最多印几位，末尾的 0 不写；6 是精确到分，不舍入。没有官方规定，区里可以定；少于 6 的四舍五入，汇总仍按分相加",
    )
    near_days: int = Field(31, ge=0, le=366, title="差一点的范围（天）", description="列出时间上只差这些天的记录")


class CountingDecision(Model):
    """谁定的一项计数口径，为什么：印在审阅页上，记进清单。一个机关一年定一次，开新年度时不带过去。"""

    rule: Short = Field(min_length=1, title="哪一项口径", description="counting 里的名字，如 completed_by")
    person: Line = Field(min_length=1, max_length=50, title="谁定的")
    reason: str = Field(min_length=2, max_length=500, title="为什么")

    @field_validator("rule")
    @classmethod
    def _rule_is_known(cls, rule: str) -> str:
        if rule not in CountingRules.model_fields:
            raise ValueError(f"counting 里没有“{rule}”这一项{nearest(rule, CountingRules.model_fields)}")
        return rule


class Thresholds(Model):
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


class TimeLimits(Model):
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
    fee_standard_since: date = Field(
        date(2021, 1, 1),
        title="信息处理费标准从哪天起",
        description="从这一天起缴的费按国办函〔2020〕109号的标准核对；没有读到它的施行条款，施行日以原文为准",
    )


class DoublePublicity(Model):
    """本年上传“双公示”平台的件数；填了就与表二核对。"""

    licences: int | None = Field(None, ge=0, title="许可件数")
    penalties: int | None = Field(None, ge=0, title="处罚件数")


class ExplainedDifference(Model):
    """一处已经查明原因的差异：由“不得发布”降为“需说明”，原因印在审阅页上；与上年不一致的，还写进第六部分。"""

    rule: Short = Field(
        min_length=1, title="核对项目", description="问题里写的名字，如 上年结转，或问题的代码，如 rollup.not-the-sum"
    )
    cell: Short = Field(
        "",
        title="哪一处",
        description="官方标签的最后一级（如 自然人），或“表 行键 列键”，记录写编号，机关写代码；不写即这一项目的每一处",
    )
    reason: str = Field(min_length=2, max_length=500, title="原因")
    person: Line = Field(min_length=1, max_length=50, title="经办人")

    @field_validator("rule")
    @classmethod
    def _rule_is_known(cls, rule: str) -> str:
        return find_rule(rule)


class ReportParams(Model):
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


def _label_paths(table: str) -> set[str]:
    return {path for form in _forms_of(table) for path in labels_of(form)}


def _misleading(table: str, wording: dict[str, str]) -> dict[str, str]:
    """Return what is wrong with labels that could be taken for another row or column, by path."""
    found: dict[str, str] = {}
    for path, other in chain.from_iterable(misleading_labels(form, wording) for form in _forms_of(table)):
        message = f"“{wording[path]}”会被当成另一行（列）“{other}”：请写回官方标签，或者换一个不会混淆的写法"
        found.setdefault(path, message)
    return found


def _forms_of(table: str) -> list[Form]:
    return [form for official in formats() for form in official.forms if form.key == table]
