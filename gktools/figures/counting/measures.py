"""The measures that a format file may name."""

from __future__ import annotations

from . import disclosures, requests, reviews
from .lines import Measure

MEASURES: dict[str, Measure] = {
    "documents.issued": Measure(
        ("documents",),
        disclosures.document_event("published_on", "公布日期"),
        "公布日期在本年的文件，含修订后重新公布的",
    ),
    "documents.repealed": Measure(
        ("documents",),
        disclosures.document_event("ended", "失效之日"),
        "废止或失效在本年的文件；有效期届满的，次日失效",
    ),
    "documents.in_force": Measure(
        ("documents",), disclosures.documents_in_force, "12 月 31 日当天有效的文件，含已公布未施行的"
    ),
    "documents.newly_public": Measure(
        ("documents",), disclosures.document_event("public_on", "公开日期"), "公开日期在本年的文件"
    ),
    "documents.public": Measure(("documents",), disclosures.documents_public, "到 12 月 31 日为止公开过的文件"),
    "decisions.decided": Measure(
        ("decisions",), disclosures.decisions, "决定日期在本年的全部决定，含依法未公开的；次年撤销不回改"
    ),
    "items.last_year": Measure(("items",), disclosures.items_last_year, "年初在权责清单里的事项"),
    "items.change": Measure(("items",), disclosures.items_change, "本年增加的事项减去本年取消的事项"),
    "charges.collected": Measure(
        ("charges", "requests"),
        disclosures.charges,
        "收缴日期在本年的金额，默认含实收的信息处理费（按缴费日），由分折算为万元",
        money=True,
        asked_by={"requests": "charges_include_processing_fees"},
    ),
    "procurements.projects": Measure(
        ("procurements",), disclosures.procurements(money=False), "合同日期在本年的集中采购项目"
    ),
    "procurements.amount": Measure(
        ("procurements",),
        disclosures.procurements(money=True),
        "合同日期在本年的集中采购合同金额，由分折算为万元",
        money=True,
    ),
    "requests.received": Measure(
        ("requests",), requests.received, "法定的收到申请之日（条例 31 条）在本年的申请，一份登记计一件"
    ),
    "requests.carried_in": Measure(
        ("requests",), requests.carried_in, "本年以前收到、到上年 12 月 31 日还没有办结的申请"
    ),
    "requests.completed": Measure(("requests",), requests.completed, "办结日在本年的申请，一件只计一个最终处理结果"),
    "requests.carried_out": Measure(
        ("requests",), requests.carried_out, "到本年 12 月 31 日还没有办结的申请，含补正中、征求意见中、延期中的"
    ),
    "reconsiderations.concluded": Measure(
        ("reconsiderations",),
        reviews.reconsiderations,
        "本年在办的复议案件（默认含上年未审结的），按 12 月 31 日的结果归类",
    ),
    "lawsuits.concluded": Measure(
        ("lawsuits",),
        reviews.lawsuits,
        "本年在办的诉讼案件（默认含上年未审结的），同一案件链计一件，按 12 月 31 日生效的结果归类；复议机关作共同被告的不计",
    ),
}
