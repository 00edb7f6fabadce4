"""Reconsiderations and lawsuits: which were open in the year, and how each stood on 31 December (表四)."""

from __future__ import annotations

import pandas as pd

from ..params import CountingRules
from ..records.schema import registers
from ..records.store import Records
from .lines import Lines, as_lines, dated, first_and_last, unless


def reconsiderations(records: Records, rules: CountingRules) -> Lines:
    frame = records["reconsiderations"]
    begun = frame["notified_on"].fillna(frame["accepted_on"])
    reason, outcome = _concluded("reconsiderations", frame, begun, frame["closed_on"], records, rules)
    refused = (frame["method"] == "not_accepted") & frame["notified_on"].isna()
    reason = unless(reason, refused, "不予受理，且没有通知本机关，不计")
    return as_lines("reconsiderations", frame, reason, column=outcome)


def lawsuits(records: Records, rules: CountingRules) -> Lines:
    frame = records["lawsuits"].sort_values(["notified_on", "first_number", "number"], kind="stable")
    _, last = first_and_last(records)
    chain = frame["first_number"].mask(frame["first_number"] == "", frame["number"])
    known = frame["notified_on"] <= last
    begun = frame["notified_on"].groupby(chain).transform("min")
    reason, outcome = _concluded("lawsuits", frame, begun, frame["effective_on"], records, rules)
    latest = ~(chain.where(known).duplicated(keep="last")) & known
    reason = unless(reason, ~latest, "同一案件链只计一件，已按最新的审级计")
    reason = unless(reason, frame["role"] == "joint_defendant", "本机关是复议机关共同被告，由原行为主体计")
    if not rules.sole_reviewer_counts:
        reason = unless(reason, frame["role"] == "sole_reviewer", "本机关是复议机关单独被告，按口径不计")
    direct = (frame["reconsideration_number"].groupby(chain).transform("max") == "").map(
        {True: "direct.", False: "after_reconsideration."}
    )
    return as_lines("lawsuits", frame, reason, column=direct + outcome)


def _concluded(
    register: str,
    frame: pd.DataFrame,
    begun: pd.Series,
    closed: pd.Series,
    records: Records,
    rules: CountingRules,
) -> tuple[pd.Series, pd.Series]:
    """Which cases were open in the year, and how each stood on 31 December: its outcome, or pending."""
    first, last = first_and_last(records)
    leads_to = registers()[register]["method"].leads_to
    outcome = frame["outcome"].mask(frame["outcome"] == "", frame["method"].map(leads_to))
    outcome = outcome.mask(~(closed <= last), "pending")
    open_in_year = (begun <= last) & ~(closed < first)
    if not rules.reviews_include_carried_in:
        open_in_year &= begun >= first
    reason = dated(begun, records, rules, "收到通知之日").mask(lambda r: r == "")
    ended = (closed < first) & (closed >= first - pd.Timedelta(days=rules.near_days))
    reason = reason.mask(ended, "上年 " + closed.dt.strftime("%Y-%m-%d") + " 已审结")
    return reason.mask(open_in_year, ""), outcome
