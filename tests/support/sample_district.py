"""The registers of a made-up district, from a seed: python tests/support/sample_district.py [FOLDER]

Every office has data from 2019 to 2024: requests that are received, corrected, answered and disputed, documents that
are issued and expire, decisions, charges. A year's file contains the records as known on 31 December of that year;
open records are repeated in the next file, with their answer. Names, numbers and amounts are invented.
"""

from __future__ import annotations

import csv
import io
import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

from pydantic import ConfigDict, TypeAdapter
from sample_mistakes import OFFICE as LAWLESS
from sample_mistakes import mistakes

from gktools.forms.model import leaves
from gktools.forms.notices import formats
from gktools.registers.intake.templates import TemplateSheet, layout, write_workbook
from gktools.registers.schema import registers
from gktools.workspace.project import open_project
from gktools.yamlfile import read_yaml, validate

ROOT = Path(__file__).resolve().parents[2]
TARGET = ROOT / "gktools" / "sample" / "registers"
SEED = "云溪区"
YEARS = (2019, 2020, 2023, 2024)
CSV_ENCODINGS = {"jiaoyu": "gb18030", "qingshi-street": "utf-8-sig"}
REFERENCE = "xigong-community"
LEAVE_OUT = {("jiaotong", 2024): {"decisions"}}
"""Registers that are not handed in."""
DECLARES = "renshe"
DECLARES_INSTEAD = {"decisions", "publications"}
MISTAKEN = ("chengguan", 2024)
DISTRICT = "示例市云溪区"

Row = dict[str, Any]


# --- working days -------------------------------------------------------------------------------------------

_HOLIDAYS = (
    ("2019-01-01", 1),
    ("2019-02-04", 7),
    ("2019-04-05", 3),
    ("2019-05-01", 4),
    ("2019-06-07", 3),
    ("2019-09-13", 3),
    ("2019-10-01", 7),
    ("2020-01-01", 1),
    ("2020-01-24", 10),
    ("2020-04-04", 3),
    ("2020-05-01", 5),
    ("2020-06-25", 3),
    ("2020-10-01", 8),
    ("2021-01-01", 3),
    ("2021-02-11", 7),
    ("2021-04-03", 3),
    ("2021-05-01", 5),
    ("2021-06-12", 3),
    ("2021-09-19", 3),
    ("2021-10-01", 7),
    ("2022-12-31", 3),
    ("2023-01-21", 7),
    ("2023-04-05", 1),
    ("2023-04-29", 5),
    ("2023-06-22", 3),
    ("2023-09-29", 8),
    ("2024-01-01", 1),
    ("2024-02-10", 8),
    ("2024-04-04", 3),
    ("2024-05-01", 5),
    ("2024-06-08", 3),
    ("2024-09-15", 3),
    ("2024-10-01", 7),
    ("2025-01-01", 1),
    ("2025-01-28", 8),
)
HOLIDAYS = {date.fromisoformat(first) + timedelta(days=n) for first, length in _HOLIDAYS for n in range(length)}


def on_workday(day: date) -> date:
    while day.weekday() > 4 or day in HOLIDAYS:
        day += timedelta(days=1)
    return day


def last_workday(year: int) -> date:
    day = date(year, 12, 31)
    while on_workday(day) != day:
        day -= timedelta(days=1)
    return day


def after(day: date, workdays: int) -> date:
    for _ in range(workdays):
        day = on_workday(day + timedelta(days=1))
    return day


# --- the offices --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Plan:
    """The plan of an office: the number of records of each kind in 2019, 2020, 2023 and 2024."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    code: str
    short: str
    topics: tuple[str, ...] = ()
    requests: tuple[int, ...] = (0, 0, 0, 0)
    paid: int = 0
    reviews: tuple[int, ...] = (0, 0, 0, 0)
    suits: tuple[int, ...] = (0, 0, 0, 0)
    documents: int = 0
    licences: tuple[int, ...] = (0, 0, 0, 0)
    other_services: tuple[int, ...] = (0, 0, 0, 0)
    penalties: tuple[int, ...] = (0, 0, 0, 0)
    coercions: tuple[int, ...] = (0, 0, 0, 0)
    items: dict[str, int] = field(default_factory=dict)
    charges: tuple[str, ...] = ()
    procurements: int = 0
    channels: tuple[str, ...] = ("政府网站",)
    published: int = 8
    matters: tuple[str, ...] = ()
    quiet: bool = False
    government: bool = False


def plans() -> tuple[Plan, ...]:
    """Return the plans of the offices in sample_district.yaml."""
    document = read_yaml(Path(__file__).with_name("sample_district.yaml"))
    found, problems = validate(TypeAdapter(tuple[Plan, ...]), document)
    assert not problems, problems
    return found


# --- words and decks ----------------------------------------------------------------------------------------


def word(register: str, key: str, value: str) -> str:
    """Return a value as written by a clerk; 其他处理 of the earlier form is one row only."""
    written = registers()[register][key].label(value)
    return "其他处理" if written == "other" else written


class Deck:
    """Values in random order, dealt in turn so that each of them is used."""

    def __init__(self, rng: Random, things: Iterable[Any]) -> None:
        self._rng, self._things, self._left = rng, list(things), []

    def deal(self) -> Any:
        if not self._left:
            self._left = list(self._things)
            self._rng.shuffle(self._left)
        return self._left.pop()


def refusals(year: int) -> list[str]:
    """Return all dispositions in the format of a year, except the two that grant information."""
    official = [known for known in formats() if known.first_year <= year][-1]
    rows = [path for path, _ in leaves(official["requests"].blocks[0].rows) if path.startswith("dispositions.")]
    return [row.removeprefix("dispositions.") for row in rows if "granted" not in row and "total" not in row]


@dataclass
class District:
    """The random state common to all offices."""

    rng: Random
    refused: dict[int, Deck]
    applicants: Deck
    review_ends: Deck
    suit_ends: Deck
    numbers: dict[tuple[str, int], int] = field(default_factory=dict)

    def number(self, series: str, year: int) -> int:
        self.numbers[series, year] = self.numbers.get((series, year), 0) + 1
        return self.numbers[series, year]


def new_district() -> District:
    rng = Random(SEED)
    return District(
        rng,
        {year: Deck(rng, refusals(year)) for year in YEARS},
        Deck(rng, ["natural_person"] * 9 + ["organisation." + kind for kind in ORGANISATIONS]),
        Deck(rng, ["upheld", "claims_rejected", "upheld", "revoked", "withdrawn", "ordered_to_redo", "unlawful",
                   "application_rejected", "mediated", "terminated", "partly_revoked", "ordered_to_act"]),
        Deck(rng, ["claims_rejected", "claims_rejected", "suit_rejected", "revoked", "withdrawn", "ordered_to_redo",
                   "unlawful", "claims_rejected"]),
    )  # fmt: skip


ORGANISATIONS = {
    "business": "示例企业",
    "research": "示例研究所",
    "charity": "示例公益组织",
    "legal_service": "示例律师事务所",
    "other": "示例其他单位",
}


# --- requests -----------------------------------------------------------------------------------------------

_ARTICLES = {
    path.removeprefix("dispositions."): chain[-1].articles
    for path, chain in leaves(formats()[-1]["requests"].blocks[0].rows)
}
_CHINESE = str.maketrans("1234567", "一二三四五六七")


def cited(disposition: str, rng: Random) -> str:
    """Return the articles cited in an answer, as written by clerks: 36(二)."""
    articles = [_article(article) for article in _ARTICLES.get(disposition, ())]
    one_is_enough = disposition in ("granted", "unavailable.not_held")
    return rng.choice(articles) if one_is_enough else "、".join(articles)


def _article(article: str) -> str:
    number, bracket, paragraph = article.partition("(")
    return number + bracket + paragraph.translate(_CHINESE)


class Desk:
    """The requests of one office, with their answers and disputes."""

    def __init__(self, plan: Plan, district: District) -> None:
        self.plan, self.district = plan, district
        self.rng = Random(f"{SEED} {plan.code}")
        self.requests: list[Row] = []
        self.reconsiderations: list[Row] = []
        self.lawsuits: list[Row] = []

    def work(self) -> Desk:
        for year, wanted in zip(YEARS, self.plan.requests, strict=True):
            wishes = self._wishes(year, wanted)
            days = self._days(year, wanted)
            for day, disposition in zip(days, wishes, strict=True):
                self.receive(day, disposition)
        if self.plan.code == "minzheng":
            self._boundaries()
        for year, reviews, suits in zip(YEARS, self.plan.reviews, self.plan.suits, strict=True):
            self._dispute(year, reviews, suits)
        return self

    def _wishes(self, year: int, wanted: int) -> list[str]:
        """Return the results of the year's requests: more than half granted, the others in turn of every kind."""
        if (self.plan.code, year) == MISTAKEN:
            forced = ["other.otherwise"] * 6
            return [*(["granted", "partly_granted", "unavailable.not_held"] * wanted)[: wanted - 6], *forced]
        refused = max(1, round(wanted * 0.45)) if wanted else 0
        partly = wanted // 8
        wishes = [self.district.refused[year].deal() for _ in range(refused)]
        wishes += ["partly_granted"] * partly + ["granted"] * (wanted - refused - partly)
        self.rng.shuffle(wishes)
        return wishes

    def _days(self, year: int, wanted: int) -> list[date]:
        """Return days of receipt, in order; with many requests some are in December. In 2019 after the new 条例."""
        if (self.plan.code, year) == MISTAKEN:
            return [on_workday(date(year, 1, 8) + timedelta(days=19 * n)) for n in range(wanted)]
        first = date(year, 5, 20) if year == 2019 else date(year, 1, 3)
        span = (date(year, 11, 15) - first).days
        late = wanted // 5
        days = [first + timedelta(days=self.rng.randrange(span)) for _ in range(wanted - late)]
        days += [date(year, 12, 5) + timedelta(days=self.rng.randrange(20)) for _ in range(late)]
        return sorted(map(on_workday, days))

    def receive(self, day: date, disposition: str) -> Row:
        if disposition == "not_processed.repeated" and not self._answered_before(day):
            disposition = "not_processed.petition"
        row = self._arrival(day)
        row |= self._applicant()
        row |= {"topic": self.rng.choice(self.plan.topics)}
        row["subject"] = f"{row['topic']}方面第{self.rng.randrange(10, 99)}号材料"
        self._handle(row, disposition)
        self.requests.append(row)
        return row

    def _arrival(self, received: date) -> Row:
        channel = self.rng.choice(["internet", "internet", "registered_mail", "in_person", "letter", "email", "fax"])
        row: Row = {
            "number": self._number(received.year),
            "arrived_on": received,
            "channel": word("requests", "channel", channel),
            "received_on": received,
        }
        if channel in ("internet", "email", "fax", "letter"):
            row["confirmed_on"] = received
        return row

    def _number(self, year: int) -> str:
        return f"{self.plan.short}申〔{year}〕第{self.district.number(self.plan.short + '申', year)}号"

    def _applicant(self) -> Row:
        kind = self.district.applicants.deal()
        n = self.district.number("申请人", 0)
        name = "示例申请人" if kind == "natural_person" else ORGANISATIONS[kind.partition(".")[2]]
        return {
            "applicant": word("requests", "applicant", kind),
            "applicant_name": f"{name}{n:03}",
            "applicant_id": f"示例证件{n:03}",
            "applicant_contact": f"示例联系方式{n:03}",
            "applicant_alias": f"SQR{n:03}",
        }

    # events between receipt and answer

    def _handle(self, row: Row, disposition: str) -> None:
        start = row["received_on"]
        if disposition in ("other.otherwise", "other") and self.rng.random() < 0.6:
            row["withdrawn_on"] = after(start, self.rng.randint(3, 9))
            row["disposition"] = word("requests", "disposition", disposition)
        elif disposition == "other.not_corrected":
            self._ask_to_correct(row)
            row["lapsed_on"] = row["correction_due_on"] + timedelta(days=1)
            row["disposition"] = word("requests", "disposition", disposition)
        elif disposition == "other.not_paid":
            self._charge(row, 300)
            row["lapsed_on"] = row["fee_due_on"] + timedelta(days=1)
            row["disposition"] = word("requests", "disposition", disposition)
        else:
            self._answer(row, self._consult(row, disposition), disposition)

    def _ask_to_correct(self, row: Row) -> None:
        row["correction_notified_on"] = after(row["received_on"], self.rng.randint(2, 5))
        row["correction_due_on"] = after(row["correction_notified_on"], 15)

    def _charge(self, row: Row, yuan: int) -> None:
        row["fee_notified_on"] = after(row["received_on"], self.rng.randint(3, 6))
        row["fee_charged"] = yuan
        row["fee_due_on"] = after(row["fee_notified_on"], 20)

    def _consult(self, row: Row, disposition: str) -> date:
        """Add a consultation where required; return the day from which the limit is counted."""
        start: date = row["received_on"]
        if disposition == "refused.third_party":
            row["third_party_asked_on"] = after(start, 3)
            row["third_party_received_on"] = after(start, 4)
            row["third_party_replied_on"] = start = after(row["third_party_asked_on"], self.rng.randint(5, 12))
            row["third_party_opinion"] = word("requests", "third_party_opinion", "objected")
        elif disposition == "unavailable.still_unclear" or self.rng.random() < 0.1:
            self._ask_to_correct(row)
            row["corrected_on"] = start = after(row["correction_notified_on"], self.rng.randint(2, 9))
            row["correction_clear"] = "否" if disposition == "unavailable.still_unclear" else "是"
        elif disposition == "not_processed.excessive":
            row |= {"reasons_asked_on": after(start, 3), "reasons_accepted": "否"}
        elif disposition == "not_processed.repeated":
            self._repeat(row)
        elif self.rng.random() < 0.08:
            row["others_asked_on"] = after(start, 2)
            row["others_replied_on"] = start = after(row["others_asked_on"], self.rng.randint(3, 8))
        elif self.rng.random() < 0.08:
            row["extended_on"] = after(start, 15)
            return row["extended_on"]
        return start

    def _answered_before(self, day: date) -> list[Row]:
        return [row for row in self.requests if "reply_number" in row and completed(row) < day]

    def _repeat(self, row: Row) -> None:
        """Change a request into a repetition of an earlier answered one of the same applicant."""
        earlier = self.rng.choice(self._answered_before(row["received_on"]))
        row |= {key: earlier[key] for key in earlier if key.startswith("applicant")}
        row |= {key: earlier[key] for key in ("topic", "subject")} | {"earlier_number": earlier["number"]}

    def _answer(self, row: Row, start: date, disposition: str, workdays: int | None = None) -> None:
        row["replied_on"] = after(start, workdays or self.rng.randint(6, 17))
        row["reply_number"] = self._reply_number(row["replied_on"].year)
        row["disposition"] = word("requests", "disposition", disposition)
        row["articles"] = cited(disposition, self.rng)
        self._deliver(row, self.rng.choice(["mail", "mail", "electronic", "electronic", "in_person", "entrusted"]))

    def _reply_number(self, year: int) -> str:
        return f"{self.plan.short}公开〔{year}〕第{self.district.number(self.plan.short + '公开', year)}号"

    def _deliver(self, row: Row, delivery: str) -> None:
        day = row["replied_on"]
        for key in ("posted_on", "signed_on", "sent_on"):
            row.pop(key, None)
        row["delivery"] = word("requests", "delivery", delivery)
        if delivery == "mail":
            row["posted_on"] = after(day, self.rng.randint(0, 1))
            row["signed_on"] = after(row["posted_on"], self.rng.randint(1, 4))
        else:
            row["sent_on" if delivery == "electronic" else "signed_on"] = after(day, self.rng.randint(0, 1))

    def pay(self, year: int, wanted: int) -> None:
        """Add a fee by pages to some of the year's granted requests."""
        cited = {row.get("earlier_number") for row in self.requests}
        cheap = [row for row in self.requests if _may_pay(row, year) and row["number"] not in cited]
        for row, pages in zip(cheap[:wanted], (66, 125, 84), strict=False):
            self._charge(row, _by_pages(pages))
            row |= {"fee_method": word("requests", "fee_method", "by_volume"), "fee_pages": pages}
            row["fee_paid_on"] = after(row["fee_notified_on"], self.rng.randint(3, 10))
            row["fee_paid"] = row["fee_charged"]
            row["replied_on"] = after(row["fee_paid_on"], self.rng.randint(4, 9))
            self._deliver(row, "mail")

    def _boundaries(self) -> None:
        """Add the cases around 31 December for which counting has different rules."""
        for year in (2019, 2023):
            confirmed = self.receive(on_workday(date(year + 1, 1, 2)), "granted")
            confirmed |= {
                "arrived_on": date(year, 12, 29),
                "channel": word("requests", "channel", "internet"),
            }
            confirmed |= {"confirmed_on": confirmed["received_on"], "number": self._number(year)}
            posted = self.receive(on_workday(date(year, 12, 9)), "granted")
            self._answer_late(posted, last_workday(year), last_workday(year))
            written = self.receive(on_workday(date(year, 12, 10)), "partly_granted")
            self._answer_late(written, last_workday(year), on_workday(date(year + 1, 1, 2)))
            lapsed = self.receive(on_workday(date(year, 12, 4)), "other.not_corrected")
            lapsed |= {"correction_due_on": date(year, 12, 31), "lapsed_on": date(year + 1, 1, 1)}

    def _answer_late(self, row: Row, replied: date, posted: date) -> None:
        for key in [key for key in row if key.startswith(_BEFORE_ANSWER) or key == "sent_on"]:
            del row[key]
        row |= {"replied_on": replied, "delivery": word("requests", "delivery", "mail")}
        row |= {"posted_on": posted, "signed_on": after(posted, 3), "reply_number": self._reply_number(replied.year)}

    # disputes

    def _dispute(self, year: int, reviews: int, suits: int) -> None:
        done = [r for r in self.requests if _disputable(r, year)]
        must_be_reviewed = [r for r in done if r["disposition"] in _REVIEW_FIRST]
        for n, row in enumerate([*must_be_reviewed, *(r for r in done if r not in must_be_reviewed)][:reviews]):
            case = self._reconsider(row, late=n == reviews - 1 > 0)
            if case["method"] in _SUABLE and suits > 1:
                suits -= 1
                self._sue(row, case["number"], case["closed_on"])
        direct = [r for r in done if r not in must_be_reviewed and r["number"] not in self._disputed()]
        for row in direct[:suits]:
            self._sue(row, "", completed(row))

    def _disputed(self) -> set[str]:
        return {case["request_number"] for case in (*self.reconsiderations, *self.lawsuits)}

    def _reconsider(self, row: Row, *, late: bool) -> Row:
        wait = self.rng.randint(10, 40)
        notified = after(completed(row), wait)
        if late:
            notified = max(notified, on_workday(date(completed(row).year, 11, 20)))
        closed = after(notified, self.rng.randint(32, 42))
        authority = f"{DISTRICT}人民政府" if self.plan.code != "yunxi" else "示例市人民政府"
        prefix = "云复" if self.plan.code != "yunxi" else "示复"
        method = self.district.review_ends.deal()
        case = {
            "number": f"{prefix}〔{notified.year}〕第{self.district.number(prefix, notified.year)}号",
            "request_number": row["number"],
            "authority": authority,
            "accepted_on": notified,
            "notified_on": after(notified, 2),
            "act": "答复内容",
            "closed_on": closed,
            "method": word("reconsiderations", "method", method),
        }
        self.reconsiderations.append(case)
        if method in ("ordered_to_redo", "revoked"):
            case["correction"] = "责令重新处理"
            self._redo(row, closed)
        return case

    def _redo(self, row: Row, ordered: date) -> None:
        """Add a new answer after one was quashed, with its own number."""
        again = {key: row[key] for key in row if key.startswith("applicant") or key in ("topic", "subject", "channel")}
        again |= {"number": row["number"].replace("号", "号重"), "redo_of": row["number"]}
        again |= {"arrived_on": ordered, "confirmed_on": ordered, "received_on": ordered}
        self._answer(again, ordered, self.rng.choice(["granted", "partly_granted"]))
        self.requests.append(again)

    def _sue(self, row: Row, reconsideration: str, since: date) -> None:
        notified = after(since, self.rng.randint(18, 40))
        judged = after(notified, self.rng.randint(55, 80))
        end = self.district.suit_ends.deal()
        first = self._suit(row, reconsideration, "first", notified, judged, end)
        first["effective_on"] = on_workday(judged + timedelta(days=16))
        self.lawsuits.append(first)
        if end in ("claims_rejected", "revoked") and self.rng.random() < 0.6:
            del first["effective_on"]
            appealed = on_workday(judged + timedelta(days=20))
            second = self._suit(row, reconsideration, "second", appealed, after(appealed, 40), end)
            second |= {"first_number": first["number"], "effective_on": second["judged_on"]}
            self.lawsuits.append(second)

    def _suit(self, row: Row, reconsideration: str, instance: str, notified: date, judged: date, end: str) -> Row:
        n = self.district.number(instance, notified.year)
        return {
            "number": f"（{notified.year}）示01行{'初' if instance == 'first' else '终'}{n}号",
            "request_number": row["number"],
            "reconsideration_number": reconsideration,
            "court": "示例市示例区人民法院" if instance == "first" else "示例市中级人民法院",
            "instance": word("lawsuits", "instance", instance),
            "role": word("lawsuits", "role", "actor"),
            "notified_on": notified,
            "judged_on": judged,
            "method": word("lawsuits", "method", end),
        }


_BEFORE_ANSWER = ("correct", "extended", "others_")
_REVIEW_FIRST = {word("requests", "disposition", key) for key in _ARTICLES if key.startswith("refused.")}
_SUABLE = {word("reconsiderations", "method", key) for key in ("upheld", "claims_rejected")}


def _disputable(row: Row, year: int) -> bool:
    """Return whether a request was answered in the year, early enough for a dispute in it, and not simply granted."""
    done = completed(row)
    granted = word("requests", "disposition", "granted")
    return bool(done and done.year == year and done.month < 10 and "reply_number" in row) and (
        row["disposition"] != granted and "redo_of" not in row
    )


def _may_pay(row: Row, year: int) -> bool:
    plain = not {"extended_on", "corrected_on", "others_asked_on"} & row.keys()
    return (
        plain and row["received_on"].year == year and row["disposition"] == word("requests", "disposition", "granted")
    )


def _by_pages(pages: int) -> int:
    """Return the fee in 元 by 国办函〔2020〕109号: 30 pages free, then 10 元 a page, 20 元 from page 101."""
    return max(0, min(pages, 100) - 30) * 10 + max(0, pages - 100) * 20


def completed(row: Row) -> date | None:
    """Return the day of completion of a request: of its withdrawal, its lapse or the delivery of the answer."""
    keys = ("withdrawn_on", "lapsed_on", "posted_on", "sent_on", "signed_on")
    return next((row[key] for key in keys if key in row), None)


def court_cases_of_the_government(district: District) -> list[Row]:
    """Return lawsuits with the government as joint defendant (counted by the acting body) and as sole defendant."""
    made = []
    for year, role in ((2020, "joint_defendant"), (2024, "joint_defendant"), (2024, "sole_reviewer")):
        notified = date(year, 5, 13) if role == "joint_defendant" else date(year, 7, 8)
        made.append(
            {
                "number": f"（{year}）示01行初{district.number('first', year)}号",
                "court": "示例市示例区人民法院",
                "instance": word("lawsuits", "instance", "first"),
                "role": word("lawsuits", "role", role),
                "notified_on": notified,
                "judged_on": after(notified, 70),
                "effective_on": after(notified, 84),
                "method": word("lawsuits", "method", "claims_rejected"),
            }
        )
    return made


# --- the other registers ------------------------------------------------------------------------------------


def make_documents(plan: Plan, rng: Random) -> list[Row]:
    """Return normative documents since 2016: some repealed, some valid for five years up to 31 December."""
    made = []
    for year in range(2016, 2025):
        for n in range(1, rng.randint(0, plan.documents) + 1):
            published = on_workday(date(year, 1, 10) + timedelta(days=rng.randrange(320)))
            subject = rng.choice(plan.topics) + rng.choice(["管理办法", "实施细则", "若干规定", "工作规程"])
            row: Row = {
                "title": f"{DISTRICT}{subject}（{year}年第{n}号）",
                "number": f"{plan.short}规〔{year}〕{n}号",
                "kind": word("documents", "kind", "normative_documents"),
                "lead": "是" if rng.random() < 0.9 else "否",
                "published_on": published,
                "effective_on": published + timedelta(days=30),
                "filing_number": f"YXGF-{year}-{plan.short}{n:02}",
                "public_on": after(published, rng.randint(0, 8)),
                "revision": "是" if rng.random() < 0.15 else "否",
            }
            if rng.random() < 0.5:
                row["expires_on"] = date(year + rng.choice([2, 3, 5]), 12, 31)
            elif rng.random() < 0.3:
                row["repealed_on"] = on_workday(
                    date(year + rng.randint(1, 5), 3, 1) + timedelta(days=rng.randrange(200))
                )
                row["repeal_basis"] = "年度清理决定"
            made.append(row)
    return made


_DECISIONS = {"licences": "许", "other_services": "服", "penalties": "罚", "coercions": "强"}


def make_decisions(plan: Plan, rng: Random, year: int) -> list[Row]:
    made = []
    for kind, mark in _DECISIONS.items():
        wanted = getattr(plan, kind)[YEARS.index(year)]
        days = sorted(on_workday(date(year, 1, 4) + timedelta(days=rng.randrange(355))) for _ in range(wanted))
        for n, day in enumerate(days, 1):
            decided = min(day, date(year, 12, 31))
            shown = rng.random() < 0.94
            row: Row = {
                "number": f"{plan.short}{mark}〔{year}〕{n}号",
                "kind": word("decisions", "kind", kind),
                "party": f"示例企业{rng.randrange(1, 400):03}",
                "decided_on": decided,
                "public": "是" if shown else "否",
            }
            if not shown:
                row["not_public_because"] = "涉及商业秘密"
            elif after(decided, 4).year == year:
                row["public_on"] = after(decided, 4)
            made.append(row)
    return made


def make_items(plan: Plan, rng: Random) -> dict[int, list[Row]]:
    """Return the list of powers in 2019 and 2020: items removed in a year are not on it in the next."""
    listed: dict[str, Row] = {}
    for kind, wanted in plan.items.items():
        for n in range(1, wanted + 1):
            code = f"YX-{plan.code.upper()}-{_SHORT_KINDS[kind]}{n:02}"
            listed[code] = {
                "code": code,
                "name": f"第{n}项{rng.choice(plan.topics)}事项",
                "kind": word("items", "kind", kind),
            }
    years: dict[int, list[Row]] = {}
    for year in (2019, 2020):
        rows = [row | {"listed": "是"} for row in listed.values()]
        for row in rng.sample(rows, min(len(rows), rng.randint(0, 2))):
            row["removed_on"] = on_workday(date(year, 6, 3) + timedelta(days=rng.randrange(90)))
            del listed[row["code"]]
        for n in range(rng.randint(0, 3) if plan.items else 0):
            kind = rng.choice(list(plan.items))
            code = f"YX-{plan.code.upper()}-{_SHORT_KINDS[kind]}{year % 100}{n:02}"
            new = {
                "code": code,
                "name": f"{year}年新增{rng.choice(plan.topics)}事项",
                "kind": word("items", "kind", kind),
            }
            listed[code] = new
            rows.append(new | {"listed": "否", "added_on": on_workday(date(year, 9, 2) + timedelta(days=7 * n))})
        years[year] = rows
    return years


_SHORT_KINDS = {"licences": "XK", "other_services": "FW", "penalties": "CF", "coercions": "QZ", "fees": "SF"}


def make_charges(plan: Plan, rng: Random, year: int) -> list[Row]:
    return [
        {
            "name": name,
            "basis": "示例收费文件",
            "collected_on": on_workday(date(year, month, 20)),
            "receipt": f"PJ{year}{month:02}{n:02}",
            "amount": rng.randrange(800_000, 90_000_000) / 100,
        }
        for n, name in enumerate(plan.charges, 1)
        for month in (3, 6, 9, 12)
    ]


def make_procurements(plan: Plan, rng: Random, year: int) -> list[Row]:
    made = []
    for n in range(1, (rng.randint(1, plan.procurements) if plan.procurements else 0) + 1):
        made.append(
            {
                "number": f"YXCG-{year}-{plan.short}{n:02}",
                "name": rng.choice(["办公设备采购", "信息系统运维服务", "物业服务", "公务印刷服务"]),
                "procedure": rng.choice(["公开招标", "竞争性磋商", "询价"]),
                "central": "是" if n == 1 or rng.random() < 0.7 else "否",
                "signed_on": on_workday(date(year, 2, 20) + timedelta(days=rng.randrange(270))),
                "amount": rng.randrange(3_000_000, 190_000_000) / 100,
            }
        )
    return made


def make_publications(plan: Plan, rng: Random, year: int) -> list[Row]:
    """Return one line for each quarter and channel of daily posts, and one for each interpretation."""
    made: list[Row] = [
        {
            "title": f"{year}年第{quarter}季度{channel}发布的信息（合并登记）",
            "column": rng.choice(["工作动态", "通知公告", "重点领域"]),
            "channel": channel,
            "published_on": on_workday(date(year, 3 * quarter, 15)),
            "count": rng.randint(plan.published // 2, plan.published * 2),
            "interpretation": "否",
        }
        for channel in plan.channels
        for quarter in (1, 2, 3, 4)
    ]
    for n in range(1, plan.published // 8 + 1):
        formed = on_workday(date(year, 1, 12) + timedelta(days=rng.randrange(310)))
        made.append(
            {
                "title": f"《{rng.choice(plan.topics)}》政策解读之{n}",
                "index": f"{plan.short}-{year}-{n:03}",
                "column": "政策解读",
                "channel": "政府网站",
                "formed_on": formed,
                "published_on": after(formed, rng.randint(1, 9)),
                "interpretation": "是",
                "interpretation_form": rng.choice(["文字", "图解", "视频"]),
                "count": 1,
            }
        )
    return made


def make_matters(plan: Plan, rng: Random, year: int) -> list[Row]:
    return [
        {
            "kind": kind,
            "platform": "示例市政务服务平台",
            "handled_on": on_workday(date(year, month, 9)),
            "number": f"BA-{year}-{month:02}",
            "count": rng.randint(1, 6),
        }
        for kind in plan.matters
        for month in range(1, 13, 2)
    ]


def make_activities(plan: Plan, rng: Random, year: int) -> list[Row]:
    """Return meetings, trainings and inspections, always with those that 条例 50(4) requires of governments."""
    made = [_activity("training", date(year, 4, 16), f"{year}年政府信息公开业务培训", "已完成", rng.randint(12, 80))]
    made += [_activity("meeting", date(year, 2, 25), f"{year}年政府信息公开工作会议", "已部署", rng.randint(8, 40))]
    if rng.random() < 0.6:
        made.append(_activity("training", date(year, 10, 17), "依申请公开案例研讨", "已完成", rng.randint(8, 36)))
    if rng.random() < 0.4:
        made.append(_activity("inspection", date(year, 8, 20), "公开栏目检查", "问题已整改"))
    if plan.government:
        made += [
            _activity("assessment", date(year, 12, 18), f"{year}年政府信息公开工作考核", "考核结果已通报"),
            _activity("public_evaluation", date(year, 11, 20), f"{year}年政府信息公开社会评议", "评议结果为满意"),
            _activity("accountability", date(year, 9, 18), "对迟发信息的约谈", "已责令改正"),
        ]
    return made


def _activity(kind: str, day: date, name: str, result: str, people: int | None = None) -> Row:
    row = {
        "kind": word("activities", "kind", kind),
        "held_on": on_workday(day),
        "name": name,
        "result": result,
    }
    return row | ({"people": people} if people else {})


def make_declared(plan: Plan, rng: Random, year: int) -> list[Row]:
    """Return figures that an office declares because a register is missing; one office contradicts its register."""
    day, official = date(year, 12, 31), [known for known in formats() if known.first_year <= year][-1]
    cells = [
        cell for cell in official["disclosures"].cells if official["disclosures"].counts(cell) == "decisions.decided"
    ]
    if (plan.code, year) == MISTAKEN:
        wrong = next(cell for cell in cells if cell[0].endswith("penalties"))
        return [_declaration(wrong, 66, "按月报数填的，未与登记表核对", day)]
    if plan.code != DECLARES:
        return []
    figures = {"licences": rng.randint(30, 60), "penalties": rng.randint(3, 9)}
    lines = [_declaration(cell, figures.get(cell[0].rpartition(".")[2], 0), _WHY, day) for cell in cells]
    metric = {
        "metric": "主动公开条数",
        "value": rng.randint(150, 260),
        "reason": "由政府网站后台统计，不设登记表",
    }
    return [*lines, metric | {"person": "经办人乙九", "declared_on": day}]


_WHY = "决定在省级业务系统里办理，本机关不设登记表，按系统年报填"


def _declaration(cell: tuple[str, str], value: int, reason: str, day: date) -> Row:
    person = "经办人乙九" if reason == _WHY else "经办人乙八"
    known = {"table": "表二", "row": cell[0], "column": cell[1], "value": value}
    return known | {"reason": reason, "person": person, "declared_on": day}


# --- the reference office -----------------------------------------------------------------------------------

FILINGS = {
    "物业管理区域备案": 13,
    "前期物业管理招标备案": 9,
    "前期物业管理中标备案": 8,
    "物业承接查验备案": 7,
    "物业服务合同备案": 16,
}
_NOTICE_BOARD = ("机构职能", "政策法规", "规章制度", "工作制度", "党费缴纳情况", "年度考核结果", "学习情况")


def reference_rows(year: int) -> dict[str, list[Row]]:
    """Return the records of the reference office by its published report of 2020: its filings and publications."""
    if year != 2020:
        return {}
    filings = [
        {
            "kind": kind,
            "platform": "河南省物业管理综合监管平台",
            "handled_on": on_workday(date(year, 1, 7) + timedelta(days=n * 340 // wanted)),
            "number": f"BA{year}-{mark}{n + 1:02}",
            "count": 1,
        }
        for mark, (kind, wanted) in zip("ABCDE", FILINGS.items(), strict=True)
        for n in range(wanted)
    ]
    board = [
        {"title": title, "channel": "公开栏", "published_on": on_workday(date(year, 2 + n, 16)), "count": 1}
        for n, title in enumerate(_NOTICE_BOARD)
    ]
    activities = [
        _activity("assessment", date(year, 12, 16), "政务公开纳入年度绩效考核", "已考核"),
        _activity("public_evaluation", date(year, 11, 18), "接受社会评议和察访", "没有不良反映"),
    ]
    return {"matters": filings, "publications": board, "activities": activities}


# --- a year's files -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Span:
    """The year of a file: the period from the last day of the previous file to its own last day."""

    year: int

    @property
    def last(self) -> date:
        return date(self.year, 12, 31)

    @property
    def before(self) -> date:
        earlier = [year for year in YEARS if year < self.year]
        return date(earlier[-1], 12, 31) if earlier else date(2018, 12, 31)

    def holds(self, begun: date, ended: date | None) -> bool:
        return begun <= self.last and (ended is None or ended > self.before)

    def known(self, row: Row) -> Row:
        """Return the row without events after the year."""
        later = [key for key, value in row.items() if isinstance(value, date) and value > self.last]
        return without(row, *(key for key in later if key not in _NOT_EVENTS))


_NOT_EVENTS = ("correction_due_on", "fee_due_on", "expires_on", "effective_on")
"""Dates of limits, not of events."""


def without(row: Row, *keys: str) -> Row:
    return {key: value for key, value in row.items() if key not in keys}


def requests_file(rows: Iterable[Row], span: Span) -> Iterator[Row]:
    for row in rows:
        if span.holds(row["arrived_on"], completed(row)):
            yield _open_request(row, span) if completed(row) > span.last else span.known(row)


def _open_request(whole: Row, span: Span) -> Row:
    """Return the row of an unanswered request; an answer that is not sent yet is included.

    The last file has the day it was sent in January: no later one will say it.
    """
    row = span.known(whole)
    row = without(row, *(key for event, key in _WITH_ITS_EVENT.items() if event not in row))
    if "replied_on" in row:
        sent = ("posted_on", "signed_on", "sent_on") if span.year == YEARS[-1] else ()
        return row | {key: whole[key] for key in sent if key in whole}
    return without(row, "disposition", "articles", "reply_number", "delivery", "earlier_number")


_WITH_ITS_EVENT = {
    "fee_paid_on": "fee_paid",
    "corrected_on": "correction_clear",
    "reasons_asked_on": "reasons_accepted",
    "third_party_replied_on": "third_party_opinion",
}
"""The fields that are known only after the event."""


def reconsiderations_file(rows: Iterable[Row], span: Span) -> Iterator[Row]:
    for row in rows:
        if span.holds(row["notified_on"], row["closed_on"]):
            known = span.known(row)
            yield known if "closed_on" in known else without(known, "method", "correction")


def lawsuits_file(rows: Sequence[Row], span: Span) -> Iterator[Row]:
    ends = {row.get("first_number", row["number"]): row["effective_on"] for row in rows if "effective_on" in row}
    for row in rows:
        if span.holds(row["notified_on"], ends[row.get("first_number", row["number"])]):
            known = span.known(row)
            known = known if "judged_on" in known else without(known, "method")
            yield known if row.get("effective_on", span.last) <= span.last else without(known, "effective_on")


def documents_file(rows: Iterable[Row], span: Span) -> Iterator[Row]:
    for row in rows:
        expired = row["expires_on"] + timedelta(days=1) if "expires_on" in row else None
        if span.holds(row["published_on"], row.get("repealed_on", expired)):
            known = span.known(row)
            yield known if "repealed_on" in known else without(known, "repeal_basis")


@dataclass(frozen=True)
class Life:
    """All records of an office, to be divided into files by year."""

    plan: Plan
    desk: Desk
    documents: list[Row]
    items: dict[int, list[Row]]

    def registers(self, year: int) -> dict[str, list[Row]]:
        span = Span(year)
        rng = Random(f"{SEED} {self.plan.code} {year}")
        busy = () if self.plan.quiet else (make_publications, make_activities)
        made = {make.__name__.removeprefix("make_"): make(self.plan, rng, year) for make in (*_YEARLY, *busy)}
        made |= {
            "requests": list(requests_file(self.desk.requests, span)),
            "reconsiderations": list(reconsiderations_file(self.desk.reconsiderations, span)),
            "lawsuits": list(lawsuits_file(self.desk.lawsuits, span)),
            "documents": list(documents_file(self.documents, span)),
            "items": self.items.get(year, []),
        }
        wrong = mistakes(year) if self.plan.code == LAWLESS else {}
        return made | {key: [*made[key], *rows] for key, rows in wrong.items()}


_YEARLY = (make_decisions, make_charges, make_procurements, make_matters, make_declared)


def lives() -> list[Life]:
    district = new_district()
    made = []
    for plan in plans():
        desk = Desk(plan, district).work()
        for year in (2023, 2024):
            desk.pay(year, plan.paid)
        if plan.code == "yunxi":
            desk.lawsuits += court_cases_of_the_government(district)
        rng = Random(f"{SEED} {plan.code} documents")
        made.append(Life(plan, desk, make_documents(plan, rng), make_items(plan, rng)))
    return made


def sheets(code: str, name: str, year: int, rows: dict[str, list[Row]]) -> list[TemplateSheet]:
    """Return the sheets of an office for a year: every required register, with empty ones marked 本年无记录."""
    left_out = LEAVE_OUT.get((code, year), set()) | (DECLARES_INSTEAD if code == DECLARES else set())
    left_out |= set() if rows.get("declared") else {"declared"}
    return [
        TemplateSheet(register, name, year, tuple(rows.get(key, [])), not rows.get(key))
        for key, register in registers().items()
        if key not in left_out and (register.until is None or year <= register.until)
    ]


def all_sheets() -> Iterator[tuple[str, int, list[TemplateSheet]]]:
    """Yield every office and year with its sheets, in order."""
    project = open_project(ROOT)
    made = lives()
    for year in YEARS:
        for life in made:
            code = life.plan.code
            yield code, year, sheets(code, project.office(code, year).name, year, life.registers(year))
        if year <= 2020:
            name = project.office(REFERENCE, year).name
            yield REFERENCE, year, sheets(REFERENCE, name, year, reference_rows(year))


def write(folder: Path = TARGET) -> None:
    """Write all registers below a folder, and replace its content."""
    for code, year, made in all_sheets():
        (folder / str(year)).mkdir(parents=True, exist_ok=True)
        if encoding := CSV_ENCODINGS.get(code):
            for sheet in made:
                _write_csv(folder / str(year) / f"{code}-{sheet.register.key}.csv", sheet, encoding)
        else:
            write_workbook(folder / str(year) / f"{code}.xlsx", made, notes=False)


def _write_csv(path: Path, sheet: TemplateSheet, encoding: str) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(layout(sheet))
    path.write_bytes(text.getvalue().encode(encoding))


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else TARGET
    shutil.rmtree(target, ignore_errors=True)
    write(target)
