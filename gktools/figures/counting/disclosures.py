"""Documents, decisions, items, charges and procurements of the year (表二)."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
import pandas as pd

from ...registers.store.loading import Records
from ...workspace.params_models import CountingRules
from ..table import Line
from .lines import Reasons, about, as_lines, dated, days, first_and_last, texts, told, true, unless


@lru_cache(maxsize=16)
def _documents(records: Records, rules: CountingRules) -> pd.DataFrame:
    """The documents with ended (the first day one is no longer in force) and out (why never counted)."""
    frame = records["documents"]
    expired, repealed = days(frame["expires_on"]) + np.timedelta64(1, "D"), days(frame["repealed_on"])
    follows = true(frame["lead"] == False) & (rules.joint_documents == "lead")  # noqa: E712 - three-valued
    ended = np.where(np.isnat(expired) | (repealed <= expired), repealed, expired)
    out = np.where(follows, "联合发文，由牵头机关计", "").astype(object)
    return frame.assign(ended=ended, out=pd.Series(out, frame.index, dtype=object))


def _unless_out(reasons: Reasons, frame: pd.DataFrame) -> Reasons:
    """The reasons, with those of otherwise counted documents replaced that never count."""
    out = texts(frame["out"])
    return unless(reasons, out != "", out)


def document_event(field: str, what: str) -> Callable[[Records, CountingRules], list[Line]]:
    def lines(records: Records, rules: CountingRules) -> list[Line]:
        frame = _documents(records, rules)
        reasons = _unless_out(dated(frame[field], records, rules, what), frame)
        return as_lines("documents", frame, reasons, row=frame["kind"])

    return lines


def documents_in_force(records: Records, rules: CountingRules) -> list[Line]:
    frame = _documents(records, rules)
    first, last = first_and_last(records)
    published, ended = days(frame["published_on"]), days(frame["ended"])
    reasons = dated(frame["published_on"], records, rules, "公布日期")
    reasons = told(reasons, reasons == "", None)
    reasons = told(reasons, (published <= last) & ~(ended <= last), "")
    recent = (ended <= last) & (ended >= first)
    reasons = told(reasons, recent, about("年底前已于 {} 失效", ended, recent))
    return as_lines("documents", frame, _unless_out(reasons, frame), row=frame["kind"])


def documents_public(records: Records, rules: CountingRules) -> list[Line]:
    frame = _documents(records, rules)
    _, last = first_and_last(records)
    reasons = dated(frame["public_on"], records, rules, "公开日期")
    reasons = told(reasons, reasons == "", None)
    reasons = told(reasons, days(frame["public_on"]) <= last, "")
    return as_lines("documents", frame, _unless_out(reasons, frame), row=frame["kind"])


def decisions(records: Records, rules: CountingRules) -> list[Line]:
    frame = records["decisions"]
    reasons = dated(frame["decided_on"], records, rules, "决定日期")
    return as_lines("decisions", frame, reasons, row=frame["kind"])


def items_last_year(records: Records, rules: CountingRules) -> list[Line]:
    frame = records["items"]
    reasons = np.where(true(frame["listed"]), "", "年初不在清单里").astype(object)
    return as_lines("items", frame, reasons, row=frame["kind"])


def items_change(records: Records, rules: CountingRules) -> list[Line]:
    frame = records["items"]
    added = dated(frame["added_on"], records, rules, "增加日")
    removed = dated(frame["removed_on"], records, rules, "取消日")
    return [
        *as_lines("items", frame, added, row=frame["kind"], amount=1),
        *as_lines("items", frame, removed, row=frame["kind"], amount=-1),
    ]


def charges(records: Records, rules: CountingRules) -> list[Line]:
    frame = records["charges"]
    reasons = dated(frame["collected_on"], records, rules, "收缴日期")
    lines = as_lines("charges", frame, reasons, row="fees", amount=frame["amount"])
    fees = records["requests"][["record", "fee_paid", "fee_paid_on"]]
    fees = fees[true(fees["fee_paid"] > 0)]
    reasons = dated(fees["fee_paid_on"], records, rules, "缴费日")
    if not rules.charges_include_processing_fees:
        reasons = unless(reasons, fees["record"].notna(), "信息处理费，按口径不并入")
    return [*lines, *as_lines("requests", fees, reasons, row="fees", amount=fees["fee_paid"])]


def procurements(*, money: bool) -> Callable[[Records, CountingRules], list[Line]]:
    def lines(records: Records, rules: CountingRules) -> list[Line]:
        frame = records["procurements"]
        reasons = dated(frame["signed_on"], records, rules, "合同日期")
        reasons = unless(reasons, ~true(frame["central"]), "不是集中采购")
        amount = frame["amount"] if money else 1
        return as_lines("procurements", frame, reasons, row="central_procurement", amount=amount)

    return lines
