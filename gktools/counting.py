"""From records to tables: what counts when, and which record stands behind which cell.

By the date of the event, never by a typed year. Where the law is silent the rule is a parameter with a default
(CountingRules). Every measure returns its records line by line, those that count and those that nearly do with
the reason, so that a cell can be proved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any, TypeAlias

import pandas as pd

from .errors import FormatError, NotFoundError, nearest
from .forms import Block, Cell, Form, ReportFormat
from .params import CountingRules, ReportParams
from .records.schema import Field, fold, registers
from .records.store import Records
from .tables import TALLY, Declaration, Figure, Source, Table, Unknown, fill, wan

Lines: TypeAlias = pd.DataFrame
"""Records for one measure: row and column (relative keys), register, record, amount, reason."""


def count_disclosures(records: Records, form: ReportFormat, params: ReportParams) -> Table:
    """Return 表二 of one office and year, each cell with its records (条例 20; 核定于 12 月 31 日)."""
    return _count(records, form["disclosures"], params.counting)


def count_requests(records: Records, form: ReportFormat, params: ReportParams) -> Table:
    """Return 表三 of one office and year, each cell with its records (条例 29–42)."""
    return _count(records, form["requests"], params.counting)


def count_reviews(records: Records, form: ReportFormat, params: ReportParams) -> Table:
    """Return 表四 of one office and year, each cell with its records (国办公开办函〔2016〕201号 for joint defendants)."""
    return _count(records, form["reviews"], params.counting)


def count_table(key: str, records: Records, form: ReportFormat, params: ReportParams) -> Table:
    """Return the table of that key."""
    return _count(records, form[key], params.counting)


@dataclass(frozen=True)
class Measure:
    """How one column or row of a form is counted: from which registers, by which function, and as what.

    definition says it in one Chinese sentence, as the review page and `gktools explain` print it. asked_by names
    the rule without which a register is not needed.
    """

    registers: tuple[str, ...]
    lines: Callable[[Records, CountingRules], Lines]
    definition: str
    money: bool = False
    asked_by: Mapping[str, str] = field(default_factory=dict)

    def needs(self, rules: CountingRules) -> tuple[str, ...]:
        """The registers that must have been handed in under these rules."""
        return tuple(key for key in self.registers if getattr(rules, self.asked_by.get(key, ""), True))


@lru_cache(maxsize=16)
def _count(records: Records, form: Form, rules: CountingRules) -> Table:
    tally = _tally(records, form, rules)
    counted = tally[tally["reason"] == ""].groupby(["row", "column"])["amount"].sum().to_dict()
    declared, strays = _declared(records, form)
    figures: dict[Cell, Figure] = {}
    sources: dict[Cell, Source] = {}
    for cell in _places(form).values():
        amount = int(counted.get(cell, 0))
        figures[cell], sources[cell] = _figure(records, form, cell, amount, declared, rules)
    return fill(form, figures, sources, tally=tally, declared=declared, strays=strays)


def _figure(
    records: Records,
    form: Form,
    cell: Cell,
    counted: int,
    declared: dict[Cell, Declaration],
    rules: CountingRules,
) -> tuple[Figure, Source]:
    measure = MEASURES[form.counts(cell)]
    missing = [key for key in measure.needs(rules) if not records.covers(key)]
    if not missing:
        return (wan(counted) if measure.money else counted), "counted"
    if cell in declared:
        return declared[cell].value, "declared"
    names = "、".join(registers()[key].label for key in missing)
    return Unknown(f"没有导入 {records.year} 年的{names}，也没有填报数"), "unknown"


def _tally(records: Records, form: Form, rules: CountingRules) -> Lines:
    """Every record of every measure of a form, under the row and column key of its cell."""
    places = _places(form)
    found = []
    for name in dict.fromkeys(measure for measure, _, _ in places):
        lines = MEASURES[name].lines(records, rules)
        where = {(row, column): cell for (measure, row, column), cell in places.items() if measure == name}
        cells = [_place(where, row, column) for row, column in zip(lines["row"], lines["column"], strict=True)]
        lines = lines.assign(row=[c[0] if c else None for c in cells], column=[c[1] if c else None for c in cells])
        found.append(lines[lines["row"].notna()])
    filled = [lines for lines in found if len(lines)]
    return pd.concat(filled, ignore_index=True)[list(TALLY)] if filled else pd.DataFrame(columns=list(TALLY))


def _place(where: dict[tuple[str, str], Cell], row: str, column: str) -> Cell | None:
    """The cell of a line; a row the form prints in less detail falls in the row it belongs to."""
    while (row, column) not in where and "." in row:
        row = row.rpartition(".")[0]
    return where.get((row, column))


@lru_cache(maxsize=16)
def _places(form: Form) -> dict[tuple[str, str, str], Cell]:
    """Every counted cell by its measure and the keys its lines carry: the path below the heading that counts.

    Raises FormatError for a measure that nobody knows, or two cells that would count the same records.
    """
    places: dict[tuple[str, str, str], Cell] = {}
    for cell in form.cells:
        if cell in form.sums_across or cell in form.sums_down:
            continue
        rows, columns = form.rows(cell), form.columns(cell)
        block = _block(form, cell)
        inside = rows[1:] if block.label else rows
        row, column = _below(inside), _below(columns)
        if row is None:
            row = "" if not inside[-1].label else ".".join(heading.key for heading in inside)
        if column is None:
            column = ".".join(heading.key for heading in columns)
        place = (form.counts(cell), row, column)
        if place[0] not in MEASURES:
            raise FormatError(f"{form.name}的“{cell[0]}”：没有“{place[0]}”这种数法{nearest(place[0], MEASURES)}")
        if place in places:
            raise FormatError(f"{form.name}的“{cell[0]}”和“{places[place][0]}”数的是同样的记录，有一格写错了")
        places[place] = cell
    return places


def _block(form: Form, cell: Cell) -> Block:
    return next(block for block in form.blocks if not block.key or cell[0].startswith(f"{block.key}."))


def _below(headings: Iterable) -> str | None:  # type: ignore[type-arg]
    """The path below the heading that names a measure; None if none of them does."""
    found: list[str] | None = None
    for heading in headings:
        if heading.counts:
            found = []
        elif found is not None:
            found.append(heading.key)
    return None if found is None else ".".join(found)


# --- declared figures ---------------------------------------------------------------------------------------


def _declared(records: Records, form: Form) -> tuple[dict[Cell, Declaration], tuple[str, ...]]:
    """The declared figures of a form by cell, and a sentence for each that names no cell to be filled."""
    declared: dict[Cell, Declaration] = {}
    strays = []
    for line in records["declared"].to_dict("records"):
        if not line["table"] or not _is_table(form, str(line["table"])):
            continue
        try:
            cell = find_cell(form, str(line["row"]), str(line["column"]))
        except NotFoundError as error:
            strays.append(str(error))
            continue
        if cell in form.sums_across or cell in form.sums_down:
            strays.append(f"{form.name}“{line['row']}”“{line['column']}”是合计，由各格相加，不能填报")
            continue
        if cell in declared:
            strays.append(f"{form.name}“{line['row']}”“{line['column']}”这一格填报了两次")
            continue
        value = Decimal(line["value"])
        figure: Figure = value if form.unit(cell) == "万元" else int(value)
        if figure != value or (value < 0 and not form.signed(cell)):
            strays.append(f"{form.name}“{line['row']}”“{line['column']}”填报的 {line['value']} 不是可用的数")
            continue
        declared[cell] = Declaration(figure, str(line["reason"]), line["declared_on"].date(), int(line["record"]))
    return declared, tuple(strays)


def _is_table(form: Form, name: str) -> bool:
    return fold(name) in (fold(form.key), fold(form.name))


def find_cell(form: Form, row: str, column: str) -> Cell:
    """Return the one cell that a row and a column name, by key or by a tail of labels. Raises NotFoundError."""
    found = form.find(row.strip(), column.strip())
    if len(found) == 1:
        return found[0]
    if found:
        choices = "；".join(f"{'/'.join(form.address(c)[0])}｜{'/'.join(form.address(c)[1])}" for c in found[:6])
        raise NotFoundError(f"{form.name}里“{row}”“{column}”不止一格，请写得更全：{choices}")
    rows = {label for cell in form.cells for label in form.address(cell)[0]}
    columns = {label for cell in form.cells for label in form.address(cell)[1]}
    if not any(form.find(row, cell[1]) for cell in form.cells):
        raise NotFoundError(f"{form.name}里没有“{row}”这一行{nearest(row, rows)}")
    raise NotFoundError(f"{form.name}里没有“{column}”这一列，或这一行没有这一列{nearest(column, columns)}")


# --- lines --------------------------------------------------------------------------------------------------


def _year(records: Records) -> tuple[pd.Timestamp, pd.Timestamp]:
    return pd.Timestamp(records.year, 1, 1), pd.Timestamp(records.year, 12, 31)


def _lines(
    register: str,
    frame: pd.DataFrame,
    reason: pd.Series,
    row: pd.Series | str = "",
    column: pd.Series | str = "",
    amount: pd.Series | int = 1,
) -> Lines:
    """The lines of a measure; reason is "" for what counts, a sentence for a near miss, None for the rest."""
    lines = pd.DataFrame(
        {
            "row": row,
            "column": column,
            "register": register,
            "record": frame["record"],
            "amount": amount,
            "reason": reason,
        },
        index=frame.index,
    )
    return lines[lines["reason"].notna()]


def _dated(day: pd.Series, records: Records, rules: CountingRules, what: str) -> pd.Series:
    """Why a record does not count by its date: "" within the year, a sentence just outside it, None far away."""
    first, last = _year(records)
    near = pd.Timedelta(days=rules.near_days)
    text = day.dt.strftime("%Y-%m-%d")
    reason = pd.Series(None, index=day.index, dtype=object)
    before, after = (day >= first - near) & (day < first), (day > last) & (day <= last + near)
    reason = reason.mask(before, f"{what} " + text + "，在本年之前").mask(after, f"{what} " + text + "，在本年之后")
    return reason.mask((day >= first) & (day <= last), "")


def _unless(reason: pd.Series, excluded: pd.Series, why: str | pd.Series) -> pd.Series:
    """The reasons, with those of otherwise counted records replaced where they are excluded."""
    return reason.mask((reason == "") & excluded.fillna(False).astype(bool), why)


# --- requests: 表三 -----------------------------------------------------------------------------------------


@lru_cache(maxsize=16)
def requests_in_time(records: Records, rules: CountingRules) -> pd.DataFrame:
    """Return the requests with received and completed (dates), final (disposition) and out (why never counted).

    received follows 条例 31, completed the way of delivery (国办公开办函〔2016〕235号), a lapse the day after the
    limit (条例 30, 42), a withdrawal its receipt; a case redone within the year takes its last result. One that
    was answered without ever being confirmed was received when it was answered, at the latest. A hand-over of a
    later year changes nothing yet: until then the case stays in the figures of this office.
    """
    frame = records["requests"].copy()
    frame["completed"], frame["final"] = _completion(frame, rules)
    frame["received"] = _receipt(frame).fillna(frame["completed"])
    _, last = _year(records)
    handed = (frame["handed_over_on"] <= last) & ~(frame["completed"] <= frame["handed_over_on"])
    frame["out"] = ""
    frame.loc[handed, "out"] = "未办结时已随职权移交，由承接单位计"
    redone = frame["redo_of"] != ""
    frame.loc[redone, "out"] = "是重新作出的处理，不另计一件"
    before = dict(zip(frame["number"], frame["redo_of"], strict=True))
    for redo in frame[redone & frame["completed"].notna()].sort_values(["completed", "number"]).itertuples():
        original = frame["number"] == _first_of(redo.redo_of, before)
        frame.loc[original & frame["completed"].isna(), "completed"] = redo.completed  # never answered before
        replaced = original & (frame["completed"].dt.year == redo.completed.year)
        frame.loc[replaced, "final"] = redo.final
    return frame


def _first_of(number: str, before: Mapping[str, str]) -> str:
    """The number of the request that a chain of cases redone began with."""
    seen = {number}
    while (earlier := before.get(number)) and earlier not in seen:
        number = earlier
        seen.add(number)
    return number


def _receipt(frame: pd.DataFrame) -> pd.Series:
    at_once = frame["channel"].isin(["in_person", "registered_mail", "oral"])
    return frame["received_on"].fillna(frame["arrived_on"].where(at_once, frame["confirmed_on"]))


_LAPSES = {"other.not_corrected": "correction_due_on", "other.not_paid": "fee_due_on"}
"""The dispositions that come by themselves when a limit has passed, each with its limit."""


def _completion(frame: pd.DataFrame, rules: CountingRules) -> tuple[pd.Series, pd.Series]:
    """The day each request was completed (NaT while open) and its final disposition."""
    day, delivery, final = frame["replied_on"], frame["delivery"], frame["disposition"]
    if rules.completed_by == "delivery":
        day = day.mask(delivery == "mail", frame["posted_on"])
        day = day.mask(delivery.isin(["in_person", "entrusted"]), frame["signed_on"])
        day = day.mask(delivery == "electronic", frame["sent_on"])
    next_day = pd.Timedelta(days=1)
    for lapse, due in _LAPSES.items():
        day = day.mask(final == lapse, frame["lapsed_on"].fillna(frame[due] + next_day).fillna(day))
    day = day.mask(final == "", pd.NaT)
    withdrawn = frame["withdrawn_on"].notna() & ~(day <= frame["withdrawn_on"])
    lapsed = final.isin(_LAPSES)
    final = final.mask(withdrawn & (lapsed | ~final.str.startswith("other")), "other.otherwise")
    return day.mask(withdrawn, frame["withdrawn_on"]), final


def _received(records: Records, rules: CountingRules) -> Lines:
    frame = requests_in_time(records, rules)
    reason = _dated(frame["received"], records, rules, "收到申请之日")
    arrived = _dated(frame["arrived_on"], records, rules, "收文日期").notna()
    reason = reason.mask(frame["received"].isna() & arrived, "尚未确认收到（条例 31 条），确认之日才算收到")
    reason = _unless(reason, frame["out"] != "", frame["out"])
    return _lines("requests", frame, reason, column=frame["applicant"])


def _carried_in(records: Records, rules: CountingRules) -> Lines:
    frame = requests_in_time(records, rules)
    first, _ = _year(records)
    earlier, done = frame["received"] < first, frame["completed"] < first
    reason = pd.Series(None, index=frame.index, dtype=object).mask(earlier & ~done, "")
    recent = done & (frame["completed"] >= first - pd.Timedelta(days=rules.near_days))
    reason = reason.mask(recent, "上年 " + frame["completed"].dt.strftime("%Y-%m-%d") + " 已办结")
    reason = _unless(reason, frame["out"] != "", frame["out"])
    return _lines("requests", frame, reason, column=frame["applicant"])


def _completed(records: Records, rules: CountingRules) -> Lines:
    frame = requests_in_time(records, rules)
    reason = _dated(frame["completed"], records, rules, "办结日")
    waiting = frame["completed"].isna() & (frame["final"] != "")
    reason = reason.mask(waiting, "有答复类型而没有送达日期，按未办结计")
    reason = _unless(reason, frame["out"] != "", frame["out"])
    return _lines("requests", frame, reason, row=frame["final"], column=frame["applicant"])


def _carried_out(records: Records, rules: CountingRules) -> Lines:
    frame = requests_in_time(records, rules)
    _, last = _year(records)
    here, done = frame["received"] <= last, frame["completed"] <= last
    reason = pd.Series(None, index=frame.index, dtype=object).mask(here & ~done, "")
    recent = done & (frame["completed"] >= last - pd.Timedelta(days=rules.near_days))
    reason = reason.mask(recent, frame["completed"].dt.strftime("%Y-%m-%d") + " 已办结")
    reason = _unless(reason, frame["out"] != "", frame["out"])
    return _lines("requests", frame, reason, column=frame["applicant"])


# --- reviews: 表四 ------------------------------------------------------------------------------------------


def _reconsiderations(records: Records, rules: CountingRules) -> Lines:
    frame = records["reconsiderations"]
    begun = frame["notified_on"].fillna(frame["accepted_on"])
    reason, outcome = _concluded("reconsiderations", frame, begun, frame["closed_on"], records, rules)
    refused = (frame["method"] == "not_accepted") & frame["notified_on"].isna()
    reason = _unless(reason, refused, "不予受理，且没有通知本机关，不计")
    return _lines("reconsiderations", frame, reason, column=outcome)


def _lawsuits(records: Records, rules: CountingRules) -> Lines:
    frame = records["lawsuits"].sort_values(["notified_on", "first_number", "number"], kind="stable")
    _, last = _year(records)
    chain = frame["first_number"].mask(frame["first_number"] == "", frame["number"])
    known = frame["notified_on"] <= last
    begun = frame["notified_on"].groupby(chain).transform("min")
    reason, outcome = _concluded("lawsuits", frame, begun, frame["effective_on"], records, rules)
    latest = ~(chain.where(known).duplicated(keep="last")) & known
    reason = _unless(reason, ~latest, "同一案件链只计一件，已按最新的审级计")
    reason = _unless(reason, frame["role"] == "joint_defendant", "本机关是复议机关共同被告，由原行为主体计")
    if not rules.sole_reviewer_counts:
        reason = _unless(reason, frame["role"] == "sole_reviewer", "本机关是复议机关单独被告，按口径不计")
    direct = (frame["reconsideration_number"].groupby(chain).transform("max") == "").map(
        {True: "direct.", False: "after_reconsideration."}
    )
    return _lines("lawsuits", frame, reason, column=direct + outcome)


def _concluded(
    register: str,
    frame: pd.DataFrame,
    begun: pd.Series,
    closed: pd.Series,
    records: Records,
    rules: CountingRules,
) -> tuple[pd.Series, pd.Series]:
    """Which cases were open in the year, and how each stood on 31 December: its outcome, or pending."""
    first, last = _year(records)
    leads_to = registers()[register]["method"].leads_to
    outcome = frame["outcome"].mask(frame["outcome"] == "", frame["method"].map(leads_to))
    outcome = outcome.mask(~(closed <= last), "pending")
    open_in_year = (begun <= last) & ~(closed < first)
    if not rules.reviews_include_carried_in:
        open_in_year &= begun >= first
    reason = _dated(begun, records, rules, "收到通知之日").mask(lambda r: r == "")
    ended = (closed < first) & (closed >= first - pd.Timedelta(days=rules.near_days))
    reason = reason.mask(ended, "上年 " + closed.dt.strftime("%Y-%m-%d") + " 已审结")
    return reason.mask(open_in_year, ""), outcome


# --- disclosures: 表二 --------------------------------------------------------------------------------------


def _documents(records: Records, rules: CountingRules) -> pd.DataFrame:
    """The documents with ended (the first day one is no longer in force) and out (why never counted)."""
    frame = records["documents"].copy()
    frame["ended"] = frame["repealed_on"].fillna(frame["expires_on"] + pd.Timedelta(days=1))
    early = frame["expires_on"] + pd.Timedelta(days=1) < frame["repealed_on"]
    frame["ended"] = frame["ended"].mask(early, frame["expires_on"] + pd.Timedelta(days=1))
    follows = (frame["lead"] == False) & (rules.joint_documents == "lead")  # noqa: E712 - three-valued
    frame["out"] = follows.fillna(False).map({True: "联合发文，由牵头机关计", False: ""}).astype(object)
    return frame


def _document_event(field: str, what: str) -> Callable[[Records, CountingRules], Lines]:
    def lines(records: Records, rules: CountingRules) -> Lines:
        frame = _documents(records, rules)
        reason = _unless(_dated(frame[field], records, rules, what), frame["out"] != "", frame["out"])
        return _lines("documents", frame, reason, row=frame["kind"])

    return lines


def _documents_in_force(records: Records, rules: CountingRules) -> Lines:
    frame = _documents(records, rules)
    _, last = _year(records)
    reason = _dated(frame["published_on"], records, rules, "公布日期").mask(lambda r: r == "")
    ended = frame["ended"] <= last
    reason = reason.mask((frame["published_on"] <= last) & ~ended, "")
    recent = ended & (frame["ended"] >= pd.Timestamp(records.year, 1, 1))
    reason = reason.mask(recent, "年底前已于 " + frame["ended"].dt.strftime("%Y-%m-%d") + " 失效")
    return _lines("documents", frame, _unless(reason, frame["out"] != "", frame["out"]), row=frame["kind"])


def _documents_public(records: Records, rules: CountingRules) -> Lines:
    frame = _documents(records, rules)
    _, last = _year(records)
    reason = _dated(frame["public_on"], records, rules, "公开日期").mask(frame["public_on"] <= last, "")
    return _lines("documents", frame, _unless(reason, frame["out"] != "", frame["out"]), row=frame["kind"])


def _decisions(records: Records, rules: CountingRules) -> Lines:
    frame = records["decisions"]
    reason = _dated(frame["decided_on"], records, rules, "决定日期")
    return _lines("decisions", frame, reason, row=frame["kind"])


def _items_last_year(records: Records, rules: CountingRules) -> Lines:
    frame = records["items"]
    reason = pd.Series("", index=frame.index, dtype=object)
    reason = reason.mask(~frame["listed"].fillna(False).astype(bool), "年初不在清单里")
    return _lines("items", frame, reason, row=frame["kind"])


def _items_change(records: Records, rules: CountingRules) -> Lines:
    frame = records["items"]
    added = _dated(frame["added_on"], records, rules, "增加日")
    removed = _dated(frame["removed_on"], records, rules, "取消日")
    return pd.concat(
        [
            _lines("items", frame, added, row=frame["kind"], amount=1),
            _lines("items", frame, removed, row=frame["kind"], amount=-1),
        ]
    )


def _charges(records: Records, rules: CountingRules) -> Lines:
    frame = records["charges"]
    reason = _dated(frame["collected_on"], records, rules, "收缴日期")
    lines = _lines("charges", frame, reason, row="fees", amount=frame["amount"])
    fees = requests_in_time(records, rules)
    fees = fees[fees["fee_paid"].fillna(0) > 0]
    reason = _dated(fees["fee_paid_on"], records, rules, "缴费日")
    if not rules.charges_include_processing_fees:
        reason = _unless(reason, fees["record"].notna(), "信息处理费，按口径不并入")
    return pd.concat([lines, _lines("requests", fees, reason, row="fees", amount=fees["fee_paid"])])


def _procurements(*, money: bool) -> Callable[[Records, CountingRules], Lines]:
    def lines(records: Records, rules: CountingRules) -> Lines:
        frame = records["procurements"]
        reason = _dated(frame["signed_on"], records, rules, "合同日期")
        reason = _unless(reason, ~frame["central"].fillna(False).astype(bool), "不是集中采购")
        amount = frame["amount"] if money else 1
        return _lines("procurements", frame, reason, row="central_procurement", amount=amount)

    return lines


MEASURES: dict[str, Measure] = {
    "documents.issued": Measure(
        ("documents",), _document_event("published_on", "公布日期"), "公布日期在本年的文件，含修订后重新公布的"
    ),
    "documents.repealed": Measure(
        ("documents",), _document_event("ended", "失效之日"), "废止或失效在本年的文件；有效期届满的，次日失效"
    ),
    "documents.in_force": Measure(
        ("documents",), _documents_in_force, "12 月 31 日当天有效的文件，含已公布未施行的"
    ),
    "documents.newly_public": Measure(
        ("documents",), _document_event("public_on", "公开日期"), "公开日期在本年的文件"
    ),
    "documents.public": Measure(("documents",), _documents_public, "到 12 月 31 日为止公开过的文件"),
    "decisions.decided": Measure(
        ("decisions",), _decisions, "决定日期在本年的全部决定，含依法未公开的；次年撤销不回改"
    ),
    "items.last_year": Measure(("items",), _items_last_year, "年初在权责清单里的事项"),
    "items.change": Measure(("items",), _items_change, "本年增加的事项减去本年取消的事项"),
    "charges.collected": Measure(
        ("charges", "requests"),
        _charges,
        "收缴日期在本年的金额，默认含实收的信息处理费（按缴费日），由分折算为万元",
        money=True,
        asked_by={"requests": "charges_include_processing_fees"},
    ),
    "procurements.projects": Measure(
        ("procurements",), _procurements(money=False), "合同日期在本年的集中采购项目"
    ),
    "procurements.amount": Measure(
        ("procurements",), _procurements(money=True), "合同日期在本年的集中采购合同金额，由分折算为万元", money=True
    ),
    "requests.received": Measure(
        ("requests",), _received, "法定的收到申请之日（条例 31 条）在本年的申请，一份登记计一件"
    ),
    "requests.carried_in": Measure(
        ("requests",), _carried_in, "本年以前收到、到上年 12 月 31 日还没有办结的申请"
    ),
    "requests.completed": Measure(
        ("requests",), _completed, "办结日在本年的申请，一件只计一个最终处理结果"
    ),
    "requests.carried_out": Measure(
        ("requests",), _carried_out, "到本年 12 月 31 日还没有办结的申请，含补正中、征求意见中、延期中的"
    ),
    "reconsiderations.concluded": Measure(
        ("reconsiderations",), _reconsiderations, "本年在办的复议案件（默认含上年未审结的），按 12 月 31 日的结果归类"
    ),
    "lawsuits.concluded": Measure(
        ("lawsuits",),
        _lawsuits,
        "本年在办的诉讼案件（默认含上年未审结的），同一案件链计一件，按 12 月 31 日生效的结果归类；复议机关作共同被告的不计",
    ),
}


# --- proof --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Witness:
    """One record named as proof: its register, where it stands in which file, its shown fields, and why it was
    not counted ("" if it was)."""

    register: str
    place: str
    facts: tuple[tuple[str, str], ...]
    amount: int
    reason: str = ""


@dataclass(frozen=True)
class Explanation:
    """Why a cell holds its figure: its definition and articles, the records counted, and the near misses.

    total is how many records were counted, though counted may list only the first of them.
    """

    definition: str
    articles: tuple[str, ...]
    registers: tuple[str, ...]
    counted: tuple[Witness, ...]
    near: tuple[Witness, ...]
    total: int


def explain(table: Table, records: Records, cell: Cell) -> Explanation:
    """Return why a cell of a counted table holds its figure, with every record."""
    return _explain(table, cell, table.counted(cell), table.near(cell), _Witnesses(records), None)


def explanations(table: Table, records: Records, limit: int | None = None) -> dict[Cell, Explanation]:
    """Return why every cell that is no total holds its figure, listing at most so many records of each kind."""
    witnesses = _Witnesses(records)
    none = table.tally.iloc[:0]
    near = table.tally["reason"] != ""
    counted = dict(list(table.tally[~near].groupby(["row", "column"])))
    missed = dict(list(table.tally[near].groupby(["row", "column"])))
    return {
        cell: _explain(table, cell, counted.get(cell, none), missed.get(cell, none), witnesses, limit)
        for cell in table.form.cells
        if table.parts(cell) == [cell]
    }


def _explain(
    table: Table, cell: Cell, counted: Lines, near: Lines, witnesses: _Witnesses, limit: int | None
) -> Explanation:
    measures = dict.fromkeys(table.form.counts(part) for part in table.parts(cell))
    return Explanation(
        "；".join(MEASURES[name].definition for name in measures),
        table.form.articles(cell),
        tuple(dict.fromkeys(key for name in measures for key in MEASURES[name].registers)),
        tuple(witnesses.of(counted.head(limit) if limit else counted)),
        tuple(witnesses.of(near.head(limit) if limit else near)),
        len(counted),
    )


class _Witnesses:
    """Finds the records behind lines of a tally; each register is gone through once."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._known: dict[str, tuple[dict[int, dict[str, object]], dict[int, str]]] = {}

    def of(self, lines: Lines) -> Iterator[Witness]:
        for line in lines.itertuples():
            register = str(line.register)
            kept, places = self._register(register)
            record = kept[int(line.record)]
            facts = tuple(
                (field.heading, fact)
                for field in registers()[register].fields
                if field.shown and (fact := _fact(field, record[field.key]))
            )
            yield Witness(register, places[int(line.record)], facts, int(line.amount), str(line.reason))

    def _register(self, register: str) -> tuple[dict[int, dict[str, object]], dict[int, str]]:
        if register not in self._known:
            frame = self._records.frames[register]
            kept = {int(record["record"]): record for record in frame.to_dict("records")}
            self._known[register] = (kept, self._records.places(register))
        return self._known[register]


def _fact(field: Field, value: Any) -> str:
    """A kept value as it is shown."""
    if value is None or value == "" or pd.isna(value):
        return ""
    if isinstance(value, pd.Timestamp | date):
        return value.strftime("%Y-%m-%d")
    if field.type == "yuan":
        return f"{Decimal(int(value)) / 100}"
    return field.label(value if isinstance(value, str) else str(value))
