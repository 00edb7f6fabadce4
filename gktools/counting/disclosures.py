"""Documents, decisions, items, charges and procurements of the year (表二)."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from ..params import CountingRules
from ..records.store import Records
from .lines import Lines, as_lines, dated, first_and_last, unless
from .requests import requests_in_time


def _documents(records: Records, rules: CountingRules) -> pd.DataFrame:
    """The documents with ended (the first day one is no longer in force) and out (why never counted)."""
    frame = records["documents"].copy()
    frame["ended"] = frame["repealed_on"].fillna(frame["expires_on"] + pd.Timedelta(days=1))
    early = frame["expires_on"] + pd.Timedelta(days=1) < frame["repealed_on"]
    frame["ended"] = frame["ended"].mask(early, frame["expires_on"] + pd.Timedelta(days=1))
    follows = (frame["lead"] == False) & (rules.joint_documents == "lead")  # noqa: E712 - three-valued
    frame["out"] = follows.fillna(False).map({True: "联合发文，由牵头机关计", False: ""}).astype(object)
    return frame


def document_event(field: str, what: str) -> Callable[[Records, CountingRules], Lines]:
    def lines(records: Records, rules: CountingRules) -> Lines:
        frame = _documents(records, rules)
        reason = unless(dated(frame[field], records, rules, what), frame["out"] != "", frame["out"])
        return as_lines("documents", frame, reason, row=frame["kind"])

    return lines


def documents_in_force(records: Records, rules: CountingRules) -> Lines:
    frame = _documents(records, rules)
    _, last = first_and_last(records)
    reason = dated(frame["published_on"], records, rules, "公布日期").mask(lambda r: r == "")
    ended = frame["ended"] <= last
    reason = reason.mask((frame["published_on"] <= last) & ~ended, "")
    recent = ended & (frame["ended"] >= pd.Timestamp(records.year, 1, 1))
    reason = reason.mask(recent, "年底前已于 " + frame["ended"].dt.strftime("%Y-%m-%d") + " 失效")
    return as_lines("documents", frame, unless(reason, frame["out"] != "", frame["out"]), row=frame["kind"])


def documents_public(records: Records, rules: CountingRules) -> Lines:
    frame = _documents(records, rules)
    _, last = first_and_last(records)
    reason = dated(frame["public_on"], records, rules, "公开日期").mask(frame["public_on"] <= last, "")
    return as_lines("documents", frame, unless(reason, frame["out"] != "", frame["out"]), row=frame["kind"])


def decisions(records: Records, rules: CountingRules) -> Lines:
    frame = records["decisions"]
    reason = dated(frame["decided_on"], records, rules, "决定日期")
    return as_lines("decisions", frame, reason, row=frame["kind"])


def items_last_year(records: Records, rules: CountingRules) -> Lines:
    frame = records["items"]
    reason = pd.Series("", index=frame.index, dtype=object)
    reason = reason.mask(~frame["listed"].fillna(False).astype(bool), "年初不在清单里")
    return as_lines("items", frame, reason, row=frame["kind"])


def items_change(records: Records, rules: CountingRules) -> Lines:
    frame = records["items"]
    added = dated(frame["added_on"], records, rules, "增加日")
    removed = dated(frame["removed_on"], records, rules, "取消日")
    return pd.concat(
        [
            as_lines("items", frame, added, row=frame["kind"], amount=1),
            as_lines("items", frame, removed, row=frame["kind"], amount=-1),
        ]
    )


def charges(records: Records, rules: CountingRules) -> Lines:
    frame = records["charges"]
    reason = dated(frame["collected_on"], records, rules, "收缴日期")
    lines = as_lines("charges", frame, reason, row="fees", amount=frame["amount"])
    fees = requests_in_time(records, rules)
    fees = fees[fees["fee_paid"].fillna(0) > 0]
    reason = dated(fees["fee_paid_on"], records, rules, "缴费日")
    if not rules.charges_include_processing_fees:
        reason = unless(reason, fees["record"].notna(), "信息处理费，按口径不并入")
    return pd.concat([lines, as_lines("requests", fees, reason, row="fees", amount=fees["fee_paid"])])


def procurements(*, money: bool) -> Callable[[Records, CountingRules], Lines]:
    def lines(records: Records, rules: CountingRules) -> Lines:
        frame = records["procurements"]
        reason = dated(frame["signed_on"], records, rules, "合同日期")
        reason = unless(reason, ~frame["central"].fillna(False).astype(bool), "不是集中采购")
        amount = frame["amount"] if money else 1
        return as_lines("procurements", frame, reason, row="central_procurement", amount=amount)

    return lines
