"""The measures of 表四: reconsiderations and lawsuits open in the year, with their outcome on 31 December."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...registers.schema import registers
from ...registers.store.loading import Records
from ...registers.store.record_columns import Days, Mask, RecordColumns, Texts, among, first_known, mapped
from ...workspace.params_models import CountingRules
from ..table import Line
from .lines import Reasons, build_lines, date_reasons, exclude, take_out, with_day, with_reason, year_bounds
from .references import chain, is_circular, references


def reconsiderations(records: Records, rules: CountingRules) -> list[Line]:
    """Count the reconsiderations open in the year, by their outcome on 31 December."""
    held = records.of_year("reconsiderations")
    begun = first_known(held["notified_on"], held["accepted_on"])
    reasons, outcome = _concluded(held, begun, held["closed_on"], records, rules)
    refused = (held["method"] == "not_accepted") & np.isnat(held["notified_on"])
    reasons = exclude(reasons, refused, "不予受理，且没有通知本机关，不计")
    return build_lines(held, reasons, column=outcome)


def lawsuits(records: Records, rules: CountingRules) -> list[Line]:
    """Count the lawsuits open in the year, one for a chain of instances, by way and outcome on 31 December."""
    held = records.of_year("lawsuits")
    held = held.chosen(held.order("notified_on", "first_number", "number"))
    _, last = year_bounds(records)
    chains = case_chains(held)
    notified = held["notified_on"]
    first_of = {chain: i for i, chain in reversed([*enumerate(chains)])}
    last_of = {chain: i for i, chain in enumerate(chains) if notified[i] <= last}
    begun = notified[[first_of[chain] for chain in chains]]
    reasons, outcome = _concluded(held, begun, held["effective_on"], records, rules)
    latest = np.array([last_of.get(chain) == i for i, chain in enumerate(chains)], dtype=bool)
    reasons = exclude(reasons, ~latest, _CHAINED)
    reasons = exclude(reasons, held["role"] == "joint_defendant", "本机关是复议机关共同被告，由原行为主体计")
    if not rules.sole_reviewer_counts:
        reasons = exclude(reasons, held["role"] == "sole_reviewer", "本机关是复议机关单独被告，按口径不计")
    counted = {chain for chain, reason in zip(chains, reasons, strict=True) if reason == ""}
    ended_before = ~latest & among(chains, counted) & (reasons == None)  # noqa: E711 - one by one
    reasons = take_out(reasons, ended_before, _CHAINED)
    reviewed = reviewed_cases(held, chains)
    way = ["after_reconsideration." if chain in reviewed else "direct." for chain in chains]
    return build_lines(held, reasons, column=np.array(way, dtype=object) + outcome)


_CHAINED = "同一案件链只计一件，已按最新的审级计"


def case_chains(lawsuits: RecordColumns) -> list[str]:
    """Return the folded number of the first instance of each lawsuit, the same for all instances of a case.

    A lawsuit that names itself, or a number that the register does not hold, begins a case of its own; so does each of
    those whose references form a cycle (checks/cases/references.py reports them).
    """
    numbers = lawsuits.folded("number").tolist()
    before = references(lawsuits["number"], lawsuits["first_number"])
    paths = [chain(number, before) for number in numbers]
    return [number if is_circular(path) else path[-1] for number, path in zip(numbers, paths, strict=True)]


def reviewed_cases(lawsuits: RecordColumns, chains: Sequence[str]) -> set[str]:
    """Return the cases (as case_chains tells them) of which an instance names a reconsideration before it."""
    return {case for case, number in zip(chains, lawsuits["reconsideration_number"], strict=True) if number}


def begins_directly(lawsuits: RecordColumns) -> Mask:
    """Return which lawsuits of the acting body are the first of a case without a reconsideration before it."""
    chains = case_chains(lawsuits)
    reviewed = reviewed_cases(lawsuits, chains)
    first = lawsuits.folded("number") == np.array(chains, dtype=object)
    direct: Mask = (lawsuits["role"] == "actor") & first & ~among(chains, reviewed)
    return direct


def _concluded(
    held: RecordColumns, begun: Days, end: Days, records: Records, rules: CountingRules
) -> tuple[Reasons, Texts]:
    """Return the reasons of cases, counted if open in the year, and their outcomes on 31 December, or pending."""
    first, last = year_bounds(records)
    leads_to = registers()[held.register]["method"].leads_to
    by_way = mapped(lambda way: leads_to.get(way, ""), held["method"])
    outcome = np.where(end <= last, np.where(held["outcome"] == "", by_way, held["outcome"]), "pending")
    open_in_year = (begun <= last) & ~(end < first)
    left_out = (begun < first) & (not rules.reviews_include_carried_in)
    reasons = date_reasons(begun, records, rules, "收到通知之日")
    reasons = with_reason(reasons, reasons == "", None)
    ended = (end < first) & (end >= first - np.timedelta64(rules.near_days, "D"))
    reasons = with_reason(reasons, ended, with_day("上年 {} 已审结", end, ended))
    return exclude(np.where(open_in_year, "", reasons), left_out, "上年未审结的，按口径不计"), outcome
