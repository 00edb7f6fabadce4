"""The measures of 表四: reconsiderations and lawsuits open in the year, with their outcome on 31 December."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ...forms.characters import fold_number
from ...registers.schema import registers
from ...registers.store.loading import Records
from ...workspace.params_models import CountingRules
from ..table import Line
from .lines import Keys, Reasons, build_lines, date_reasons, days, exclude, with_day, with_reason, year_bounds
from .references import chain, is_circular, references


def reconsiderations(records: Records, rules: CountingRules) -> list[Line]:
    """Count the reconsiderations open in the year, by their outcome on 31 December."""
    frame = records["reconsiderations"]
    begun = frame["notified_on"].fillna(frame["accepted_on"])
    reasons, outcome = _concluded("reconsiderations", frame, begun, frame["closed_on"], records, rules)
    refused = (frame["method"] == "not_accepted") & frame["notified_on"].isna()
    reasons = exclude(reasons, refused, "不予受理，且没有通知本机关，不计")
    return build_lines("reconsiderations", frame, reasons, column=outcome)


def lawsuits(records: Records, rules: CountingRules) -> list[Line]:
    """Count the lawsuits open in the year, one for a chain of instances, by way and outcome on 31 December."""
    frame = records["lawsuits"].sort_values(["notified_on", "first_number", "number"], kind="stable")
    _, last = year_bounds(records)
    chains = case_chains(frame)
    notified = days(frame["notified_on"])
    first_of = {chain: i for i, chain in reversed([*enumerate(chains)])}
    last_of = {chain: i for i, chain in enumerate(chains) if notified[i] <= last}
    begun = frame["notified_on"].iloc[[first_of[chain] for chain in chains]].set_axis(frame.index)
    reasons, outcome = _concluded("lawsuits", frame, begun, frame["effective_on"], records, rules)
    latest = np.array([last_of.get(chain) == i for i, chain in enumerate(chains)], dtype=bool)
    reasons = exclude(reasons, ~latest, "同一案件链只计一件，已按最新的审级计")
    reasons = exclude(reasons, frame["role"] == "joint_defendant", "本机关是复议机关共同被告，由原行为主体计")
    if not rules.sole_reviewer_counts:
        reasons = exclude(reasons, frame["role"] == "sole_reviewer", "本机关是复议机关单独被告，按口径不计")
    reviewed = {chain for chain, number in zip(chains, frame["reconsideration_number"], strict=True) if number}
    way = ["after_reconsideration." if chain in reviewed else "direct." for chain in chains]
    return build_lines("lawsuits", frame, reasons, column=np.array(way, dtype=object) + outcome)


def case_chains(frame: pd.DataFrame) -> list[str]:
    """Return the folded number of the first instance of each lawsuit, the same for all instances of a case.

    A lawsuit that names itself, or a number that the register does not hold, begins a case of its own; so does each of
    those whose references form a cycle (checks/cases/references.py reports them).
    """
    numbers = [fold_number(number) for number in frame["number"]]
    before = references(frame["number"], frame["first_number"])
    paths = [chain(number, before) for number in numbers]
    return [number if is_circular(path) else path[-1] for number, path in zip(numbers, paths, strict=True)]


def _concluded(
    register: str,
    frame: pd.DataFrame,
    begun: pd.Series,
    closed: pd.Series,
    records: Records,
    rules: CountingRules,
) -> tuple[Reasons, Keys]:
    """Return the reasons of cases, counted if open in the year, and their outcomes on 31 December, or pending."""
    first, last = year_bounds(records)
    start, end = days(begun), days(closed)
    leads_to = registers()[register]["method"].leads_to
    decided = frame["outcome"].mask(frame["outcome"] == "", frame["method"].map(leads_to))
    outcome = np.where(end <= last, decided, "pending")
    open_in_year = (start <= last) & ~(end < first)
    if not rules.reviews_include_carried_in:
        open_in_year &= start >= first
    reasons = date_reasons(begun, records, rules, "收到通知之日")
    reasons = with_reason(reasons, reasons == "", None)
    ended = (end < first) & (end >= first - np.timedelta64(rules.near_days, "D"))
    reasons = with_reason(reasons, ended, with_day("上年 {} 已审结", end, ended))
    return np.where(open_in_year, "", reasons), outcome
