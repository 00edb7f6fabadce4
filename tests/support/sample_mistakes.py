"""Violations of the law by one office of the sample district, a case for every rule, as examples for newcomers.

The files of 2023 and 2024 are separate: some cases differ between them.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

Row = dict[str, Any]
OFFICE = "jiaotong"
_DATES = ("_on", "_until")


def mistakes(year: int) -> dict[str, list[Row]]:
    """Return the additional rows of the office's files of a year, by register."""
    made = {2023: _of_2023, 2024: _of_2024}.get(year, dict)()
    return {register: [_typed(row) for row in rows] for register, rows in made.items()}


def _typed(row: Row) -> Row:
    """Return the row with its days as dates."""
    return {k: date.fromisoformat(v) if k.endswith(_DATES) and isinstance(v, str) else v for k, v in row.items()}


def _case(nth: int, arrived: str, year: int = 2024, **given: Any) -> Row:
    """Return a request handed in in person, with a number from 901 on."""
    row: Row = {
        "number": f"云交申〔{year}〕第{nth}号",
        "arrived_on": arrived,
        "channel": "当面",
        "received_on": arrived,
        "applicant": "自然人",
        "applicant_name": f"示例申请人{nth}",
        "applicant_id": f"示例证件{nth}",
        "applicant_contact": f"示例联系方式{nth}",
        "applicant_alias": f"SQR{nth}",
        "topic": "示例错误",
        "subject": f"示例错误方面第{nth}号材料",
    }
    return {key: value for key, value in (row | given).items() if value != ""}


def _answer(day: str, disposition: str = "予以公开", articles: str = "36(二)", **given: Any) -> Row:
    """Return the fields of an answer sent on the day of its writing."""
    known = {"replied_on": day, "delivery": "电子", "sent_on": day, "disposition": disposition, "articles": articles}
    return known | given


def _over_the_turn(year: int) -> Iterable[Row]:
    """Yield cases that differ between the files of 2023 and 2024 (H5, H6, H7)."""
    old = year == 2023
    yield _case(901, "2023-12-20", 2023, **({} if old else _answer("2023-12-28")))
    yield _case(902, "2023-12-20", 2023, **_answer("2023-12-28" if old else "2024-01-08"))
    moved = "2023-12-27" if old else "2024-01-02"
    yield _case(903, moved, 2023, **({} if old else _answer("2024-01-19")))
    yield _case(
        904, "2023-12-21", 2023, applicant="自然人" if old else "商业企业", **({} if old else _answer("2024-01-12"))
    )
    if old:
        yield _case(905, "2023-12-18", 2023, **_answer("2023-12-27"))
    else:
        yield _case(905, "2023-12-18", 2023, **_answer("2024-01-05", "本机关不掌握相关政府信息", "36(四)"))
        yield _case(906, "2023-12-21", 2023, **_answer("2024-01-15"))


def _of_2023() -> dict[str, list[Row]]:
    return {"requests": list(_over_the_turn(2023))}


def _of_2024() -> dict[str, list[Row]]:
    return {
        "requests": [*_over_the_turn(2024), *_limits(), *_receipt(), *_results(), *_delivery()],
        "reconsiderations": [
            {
                "number": "云复〔2024〕第901号",
                "request_number": "云交申〔2024〕第999号",
                "authority": "示例市云溪区人民政府",
                "accepted_on": "2024-05-06",
                "notified_on": "2024-05-08",
                "act": "答复内容",
                "closed_on": "2024-06-28",
                "method": "维持",
            }
        ],
        "lawsuits": list(_lawsuits()),
    }


def _limits() -> Iterable[Row]:
    """Yield requests handled too late or too early: H1, H3, H2, H2, H8, H8, H9."""
    corrected = {"correction_notified_on": "2024-04-19", "corrected_on": "2024-04-26", "correction_clear": "是"}
    yield _case(911, "2024-04-08", **corrected, **_answer("2024-05-15"))
    yield _case(912, "2024-05-13", extended_on="2024-06-12", **_answer("2024-06-20"))
    yield _case(913, "2024-06-03", **_answer("2024-07-05"))
    yield _case(914, "2024-11-20")
    lapse = {"correction_notified_on": "2024-03-06", "correction_due_on": "2024-03-27"}
    not_corrected = "申请人无正当理由逾期不补正、行政机关不再处理其政府信息公开申请"
    yield _case(915, "2024-03-04", **lapse, lapsed_on="2024-03-27", disposition=not_corrected)
    fee = {"fee_notified_on": "2024-03-06", "fee_due_on": "2024-04-03", "fee_method": "按量", "fee_pages": 66}
    not_paid = "申请人逾期未按收费通知要求缴纳费用、行政机关不再处理其政府信息公开申请"
    yield _case(916, "2024-03-04", **fee, fee_charged=360, lapsed_on="2024-04-02", disposition=not_paid)
    paid = {"fee_charged": 400, "fee_paid": 400, "fee_paid_on": "2024-03-15"}
    yield _case(917, "2024-03-05", **fee, **paid, **_answer("2024-03-28"))


def _receipt() -> Iterable[Row]:
    """Yield requests with wrong days or numbers of receipt: H11 three times, H13 twice."""
    net = {"channel": "互联网", "received_on": ""}
    yield _case(921, "2024-08-05", **net, confirmed_on="2024-08-06", **_answer("2024-08-05", sent_on="2024-08-07"))
    yield _case(922, "2024-08-12", **net, **_answer("2024-08-20"))
    yield _case(923, "2024-08-13", **_answer("2024-08-22"))
    yield _case(924, "2024-08-13", **_answer("2024-08-22")) | {"number": "云交申[2024]第0923号"}
    yield _case(925, "2024-09-02", channel="平常信函", confirmed_on="2024-09-05", **_answer("2024-09-19")) | {
        "received_on": "2024-09-05"
    }
    yield _case(926, "2024-12-23", **net)


def _results() -> Iterable[Row]:
    """Yield results without their required steps: H4, A10, A11 twice, A12 three times."""
    yield _case(931, "2024-07-01", **_answer("2024-07-12", articles="14"))
    yield _case(932, "2024-07-02", **_answer("2024-07-15", "属于国家秘密", "14、37"))
    asked = {"correction_notified_on": "2024-07-08", "correction_due_on": "2024-07-29"}
    yield _case(933, "2024-07-03", **asked, **_answer("2024-07-16", "补正后申请内容仍不明确", "30"))
    lapse = {"corrected_on": "2024-07-22", "lapsed_on": "2024-07-30"}
    not_corrected = "申请人无正当理由逾期不补正、行政机关不再处理其政府信息公开申请"
    yield _case(934, "2024-07-03", **asked, **lapse, disposition=not_corrected)
    yield _case(935, "2024-07-04", **_answer("2024-07-17", "保护第三方合法权益", "15、32、36(三)"))
    yield _case(936, "2024-07-05", **_answer("2024-07-18", "无正当理由大量反复申请", "35"))
    yield _case(937, "2024-07-08", **_answer("2024-07-19", "重复申请", "36(六)"))


def _delivery() -> Iterable[Row]:
    """Yield an answer without its day of delivery, one that may be of January, a transfer by an office that goes on (H5), and
    answers sent by courier and freight collect."""
    yield _case(941, "2024-08-19", **_answer("2024-08-28", sent_on=""))
    sent = {"replied_on": "", "delivery": "", "sent_on": "", "delivered_on": "2024-12-20"}
    yield _case(942, "2024-12-09", **_answer("", **sent))
    yield _case(943, "2024-12-16", handed_over_on="2024-12-18", handed_to="示例市云溪区城市管理局")
    for nth, way in ((944, "快递（非邮政）"), (945, "邮寄到付")):
        yield _case(nth, "2024-09-09", **_answer("2024-09-20", delivery=way, sent_on="", posted_on="2024-09-20"))


def _lawsuits() -> Iterable[Row]:
    """Yield a lawsuit without a reconsideration (B6), and one that only the acting body counts (B7)."""
    court = {"court": "示例市示例区人民法院", "method": "驳回诉讼请求"}
    yield court | {
        "number": "（2024）示01行初901号",
        "request_number": "云交申〔2024〕第935号",
        "instance": "一审",
        "role": "原行为主体",
        "notified_on": "2024-08-26",
        "judged_on": "2024-11-04",
        "effective_on": "2024-11-20",
    }
    first = {"number": "（2024）示01行初902号", "instance": "一审", "role": "复议机关共同被告"}
    yield court | first | {"notified_on": "2024-04-08", "judged_on": "2024-06-17"}
    second = {"number": "（2024）示01行终902号", "instance": "二审", "role": "原行为主体"}
    days = {"notified_on": "2024-07-08", "judged_on": "2024-09-09", "effective_on": "2024-09-09"}
    yield court | second | days | {"first_number": first["number"], "court": "示例市中级人民法院"}
