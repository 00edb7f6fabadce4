"""Where a number comes from: its records, its rule, and what nearly counted; nobody named."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from gktools.figures.counting.count import count_table
from gktools.figures.counting.measures import MEASURES
from gktools.figures.counting.proof import explain
from gktools.figures.table import Unknown, wan_from_fen
from gktools.forms.notices import formats, load_format
from gktools.registers.schema import registers
from gktools.workspace.params_models import CountingRules, ReportParams

NAME, NUMBER, SUBJECT, ALIAS = "赵秘密", "110101199003070011", "本人的房屋征收档案", "化名七"


def personal(number, received_on, **given):
    if "replied_on" in given:
        given |= {"delivery": "电子", "sent_on": given["replied_on"]}
    return {
        "number": number, "received_on": received_on, "applicant": "自然人", "applicant_name": NAME,
        "applicant_id": NUMBER, "applicant_contact": NUMBER, "subject": SUBJECT, "applicant_alias": ALIAS,
    } | given  # fmt: skip


def year_of_work(year):
    """Registers in which every measure of both notices finds something, and something near it."""
    last, next_ = year - 1, year + 1
    return {
        "requests": [
            personal("1", f"{last}-12-20", replied_on=f"{year}-01-10", disposition="予以公开"),
            personal("2", f"{year}-03-01", replied_on=f"{year}-03-20", disposition="重复申请",
                     fee_paid="100.50", fee_paid_on=f"{year}-03-10"),
            personal("3", f"{year}-12-20"),
            personal("4", f"{year}-12-30", replied_on=f"{next_}-01-05", disposition="部分公开"),
            personal("5", f"{year}-06-01", withdrawn_on=f"{year}-06-02"),
            personal("6", f"{year}-08-01", replied_on=f"{year}-08-05", disposition="予以公开", redo_of="2"),
            personal("7", f"{next_}-01-03"),
            personal("8", f"{year}-05-05", handed_over_on=f"{year}-06-30"),
            personal("9", f"{last}-12-01", replied_on=f"{last}-12-20", disposition="予以公开"),
        ],
        "reconsiderations": [
            {"number": "复1", "notified_on": f"{last}-11-01", "closed_on": f"{year}-02-01", "method": "撤销"},
            {"number": "复2", "notified_on": f"{year}-11-01"},
            {"number": "复3", "notified_on": f"{last}-10-01", "closed_on": f"{last}-12-20", "method": "维持"},
        ],
        "lawsuits": [
            {"number": "初1", "notified_on": f"{last}-11-01", "role": "原行为主体", "judged_on": f"{year}-01-15",
             "method": "撤销"},
            {"number": "终1", "notified_on": f"{year}-03-01", "role": "原行为主体", "first_number": "初1",
             "effective_on": f"{year}-09-01", "method": "驳回诉讼请求"},
            {"number": "初2", "notified_on": f"{year}-03-01", "role": "复议机关共同被告"},
        ],
        "documents": [
            {"title": "甲", "kind": "行政规范性文件", "published_on": f"{year}-02-01", "public_on": f"{year}-02-02"},
            {"title": "乙", "kind": "规章", "published_on": f"{last}-02-01", "expires_on": f"{year}-06-30"},
            {"title": "丙", "kind": "行政规范性文件", "published_on": f"{last}-12-31", "lead": "否"},
            {"title": "丁", "kind": "规章", "published_on": f"{last}-05-01", "public_on": f"{next_}-01-05",
             "repealed_on": f"{next_}-01-20"},
        ],
        "decisions": [
            {"number": "1", "kind": "行政许可", "decided_on": f"{year}-02-01", "party": NAME, "name": SUBJECT},
            {"number": "2", "kind": "行政处罚", "decided_on": f"{next_}-01-01", "party": NAME},
        ],
        "items": [
            {"code": "1", "name": "甲项", "kind": "行政许可", "listed": "是", "removed_on": f"{year}-03-01"},
            {"code": "3", "name": "丙项", "kind": "行政许可", "listed": "否", "added_on": f"{next_}-01-01"},
            {"code": "2", "name": "乙项", "kind": "行政许可", "listed": "否", "added_on": f"{year}-03-01",
             "removed_on": f"{year}-04-01"},
        ],
        "charges": [
            {"name": "占道费", "collected_on": f"{year}-02-01", "amount": "12.34"},
            {"name": "占道费", "collected_on": f"{last}-12-31", "amount": "1"},
        ],
        "procurements": [
            {"number": "1", "central": "是", "signed_on": f"{year}-02-01", "amount": "99.99"},
            {"number": "2", "central": "否", "signed_on": f"{year}-02-01", "amount": "5"},
        ],
    }  # fmt: skip


class Year:
    """A year of work, its tables and the explanation of every cell of theirs."""

    def __init__(self, records, year):
        held = records(year, covers="all", **year_of_work(year))
        self.year, self.held = year, replace(held, ended_on=date(year, 12, 31))
        forms = load_format(year).forms
        self.tables = [count_table(form.key, self.held, load_format(year), ReportParams()) for form in forms]
        self.answers = {
            (table.form.key, cell): (table, explain(table, self.held, cell))
            for table in self.tables
            for cell in table.form.cells
        }


@pytest.fixture(scope="module", params=[2020, 2024], ids=str)
def work(request, records):
    return Year(records, request.param)


def test_the_witnesses_of_every_cell_add_up_to_its_figure(work):
    for (_, cell), (table, answer) in work.answers.items():
        assert not isinstance(table[cell], Unknown)
        amount = sum(witness.amount for witness in answer.counted)
        assert (wan_from_fen(amount) if table.form.unit(cell) == "万元" else amount) == table[cell]
        assert answer.total == len(answer.counted)


def test_every_measure_counted_something_and_something_was_near_it(work):
    counted = {t.form.counts(cell) for (_, cell), (t, answer) in work.answers.items() if answer.counted} - {""}
    near = {t.form.counts(cell) for (_, cell), (t, answer) in work.answers.items() if answer.near} - {""}
    used = {t.form.counts(cell) for (_, cell), (t, _) in work.answers.items()} - {""}

    assert counted == near == used


def test_a_near_miss_says_in_chinese_why_it_did_not_count(work):
    why = {witness.reason for _, answer in work.answers.values() for witness in answer.near}

    assert why
    assert all(any("一" <= letter <= "鿿" for letter in reason) for reason in why)
    assert not any("nan" in reason.lower() or "nat" in reason.lower() for reason in why)


def test_what_counts_is_no_near_miss_of_the_same_cell(work):
    for (_, cell), (table, answer) in work.answers.items():
        if table.form.parts[cell] == (cell,) and table.form.counts(cell) != "items.change":
            assert not {witness.place for witness in answer.counted} & {witness.place for witness in answer.near}


def test_a_witness_says_where_its_record_stands_and_what_it_shows(records):
    given = personal("1", "2023-12-20", replied_on="2024-01-10", disposition="予以公开")
    held = records(2024, covers="all", requests=[given])
    table = count_table("requests", held, load_format(2024), ReportParams())
    (witness,) = explain(table, held, ("dispositions.granted", "natural_person")).counted

    assert witness.place == "2024 年度 requests-2024.xlsx“依申请公开登记表”第6行"
    assert dict(witness.facts) == {
        "申请编号": "1", "收到申请之日": "2023-12-20", "申请人类别": "自然人", "答复日": "2024-01-10",
        "电子发送日": "2024-01-10", "答复类型": "（一）予以公开",
    }  # fmt: skip
    assert (witness.register, witness.amount, witness.reason) == ("requests", 1, "")


def test_money_is_shown_in_yuan_and_added_up_in_fen(records):
    held = records(2024, covers="all", **year_of_work(2024))
    table = count_table("disclosures", held, load_format(2024), ReportParams())
    answer = explain(table, held, ("article_20_8.fees", "amount"))

    assert sorted((witness.register, witness.amount) for witness in answer.counted) == [
        ("charges", 1234),
        ("requests", 10050),
    ]
    shown = [dict(witness.facts) for witness in answer.counted]
    assert {facts.get("实缴金额（元）") or facts["金额（元）"] for facts in shown} == {"100.5", "12.34"}


def test_a_result_of_2019_is_shown_in_chinese_too(records):
    given = personal("1", "2020-03-01", replied_on="2020-03-20", disposition="（六）其他处理")
    held = records(2020, covers="all", requests=[given])
    table = count_table("requests", held, load_format(2020), ReportParams())
    (witness,) = explain(table, held, ("dispositions.other", "natural_person")).counted

    assert dict(witness.facts)["答复类型"] == "（六）其他处理"


def test_an_explanation_names_definition_articles_and_registers(work):
    for _, answer in work.answers.values():
        assert answer.definition
        assert answer.registers
        assert set(answer.registers) <= registers().keys()
    _, answer = work.answers["requests", ("dispositions.refused.third_party", "natural_person")]
    assert answer.articles == ("15", "32", "36(3)")


def test_a_cell_that_is_not_known_is_explained_by_nothing(records):
    held = records(2024)
    table = count_table("requests", held, load_format(2024), ReportParams())
    answer = explain(table, held, ("received", "total"))

    assert (answer.counted, answer.near) == ((), ())


def test_nobody_is_named_in_what_a_report_is_made_from(work):
    everything = [frame.to_csv() for frame in work.held.frames.values()]
    everything += [str(work.held.places("requests")), str(work.held.proof())]
    everything += [str(answer) for _, answer in work.answers.values()]

    assert not [secret for secret in (NAME, NUMBER, SUBJECT, ALIAS) for text in everything if secret in text]


def test_no_personal_or_confidential_field_is_pulled_and_no_personal_one_is_kept():
    for register in registers().values():
        assert not any(field.personal for field in register.kept)
        assert not any(field.confidential for field in register.pulled)
        assert not any(field.shown and (field.personal or field.confidential) for field in register.fields)
    assert {"applicant_name", "applicant_id", "applicant_contact"} == {
        field.key for field in registers()["requests"].fields if field.personal
    }


def test_how_near_is_near_is_a_parameter(records):
    held = records(2024, covers="all", requests=[personal("1", "2025-02-01"), personal("2", "2025-01-31")])

    def near(days):
        params = ReportParams(counting=CountingRules(near_days=days))
        table = count_table("requests", held, load_format(2024), params)
        return len(explain(table, held, ("received", "natural_person")).near)

    assert [near(days) for days in (30, 31, 32)] == [0, 1, 2]


def test_every_measure_of_every_notice_is_defined_and_no_measure_is_idle():
    used = {form.counts(cell) for format_ in formats() for form in format_.forms for cell in form.cells} - {""}

    assert used == MEASURES.keys()
