"""The measures of 表二: documents, decisions, items, charges and procurements of the year.

A measure returns its lines: the counted records with the keys of their cells, and the near misses. measures.py has the
Chinese definition of each.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from ...registers.store.loading import Records
from ...registers.store.record_columns import RecordColumns, is_false, is_true, numbers
from ...workspace.params_models import CountingRules
from ..table import Line
from .lines import Reasons, build_lines, date_reasons, exclude, with_day, with_reason, year_bounds


@lru_cache(maxsize=16)
def _documents(records: Records, rules: CountingRules) -> RecordColumns:
    """Return the documents with ended (the first day after its validity) and out (the reason for never counting it)."""
    held = records.of_year("documents")
    expired, repealed = held["expires_on"] + np.timedelta64(1, "D"), held["repealed_on"]
    follows = is_false(held["lead"]) & (rules.joint_documents == "lead")
    ended = np.where(np.isnat(expired) | (repealed <= expired), repealed, expired)
    out = np.where(follows, "联合发文，由牵头机关计", "").astype(object)
    return held.with_columns(ended=ended, out=out)


def _exclude_uncounted(reasons: Reasons, held: RecordColumns) -> Reasons:
    """Return the reasons, with the reason in out for documents that are never counted."""
    return exclude(reasons, held["out"] != "", held["out"])


def document_event(field: str, what: str) -> Callable[[Records, CountingRules], list[Line]]:
    """Return the measure that counts documents by kind whose day in a field is in the year; what names the day."""

    def lines(records: Records, rules: CountingRules) -> list[Line]:
        held = _documents(records, rules)
        reasons = _exclude_uncounted(date_reasons(held[field], records, rules, what), held)
        return build_lines(held, reasons, row=held["kind"])

    return lines


def documents_in_force(records: Records, rules: CountingRules) -> list[Line]:
    """Count the documents in force on 31 December by kind, including those published but not yet effective."""
    held = _documents(records, rules)
    first, last = year_bounds(records)
    published, ended = held["published_on"], held["ended"]
    reasons = date_reasons(held["published_on"], records, rules, "公布日期")
    reasons = with_reason(reasons, reasons == "", None)
    reasons = with_reason(reasons, (published <= last) & ~(ended <= last), "")
    recent = (ended <= last) & (ended >= first)
    reasons = with_reason(reasons, recent, with_day("年底前已于 {} 失效", ended, recent))
    return build_lines(held, _exclude_uncounted(reasons, held), row=held["kind"])


def documents_public(records: Records, rules: CountingRules) -> list[Line]:
    """Count the documents made public up to 31 December, by kind."""
    held = _documents(records, rules)
    _, last = year_bounds(records)
    reasons = date_reasons(held["public_on"], records, rules, "公开日期")
    reasons = with_reason(reasons, reasons == "", None)
    reasons = with_reason(reasons, held["public_on"] <= last, "")
    return build_lines(held, _exclude_uncounted(reasons, held), row=held["kind"])


def decisions(records: Records, rules: CountingRules) -> list[Line]:
    """Count the decisions of the year, by kind."""
    held = records.of_year("decisions")
    reasons = date_reasons(held["decided_on"], records, rules, "决定日期")
    return build_lines(held, reasons, row=held["kind"])


def items_last_year(records: Records, rules: CountingRules) -> list[Line]:
    """Count the items that were in the list at the beginning of the year, by kind."""
    held = records.of_year("items")
    reasons = np.where(is_true(held["listed"]), "", "年初不在清单里").astype(object)
    return build_lines(held, reasons, row=held["kind"])


def items_change(records: Records, rules: CountingRules) -> list[Line]:
    """Count the items added in the year, less those removed in it, by kind."""
    held = records.of_year("items")
    added = date_reasons(held["added_on"], records, rules, "增加日")
    removed = date_reasons(held["removed_on"], records, rules, "取消日")
    return [
        *build_lines(held, added, row=held["kind"], amount=1),
        *build_lines(held, removed, row=held["kind"], amount=-1),
    ]


def charges(records: Records, rules: CountingRules) -> list[Line]:
    """Add up the charges collected in the year, in 分, and the paid 信息处理费 if the rules include it."""
    held = records.of_year("charges")
    reasons = date_reasons(held["collected_on"], records, rules, "收缴日期")
    lines = build_lines(held, reasons, row="fees", amount=held["amount"])
    fees = records.of_year("requests")
    fees = fees.chosen(numbers(fees["fee_paid"]) > 0)
    reasons = date_reasons(fees["fee_paid_on"], records, rules, "缴费日")
    if not rules.charges_include_processing_fees:
        reasons = exclude(reasons, reasons == "", "信息处理费，按口径不并入")
    return [*lines, *build_lines(fees, reasons, row="fees", amount=fees["fee_paid"])]


def procurements(*, money: bool) -> Callable[[Records, CountingRules], list[Line]]:
    """Return the measure of the central procurements signed in the year: their amounts in 分, or their number."""

    def lines(records: Records, rules: CountingRules) -> list[Line]:
        held = records.of_year("procurements")
        reasons = date_reasons(held["signed_on"], records, rules, "合同日期")
        reasons = exclude(reasons, ~is_true(held["central"]), "不是集中采购")
        amount = held["amount"] if money else 1
        return build_lines(held, reasons, row="central_procurement", amount=amount)

    return lines
