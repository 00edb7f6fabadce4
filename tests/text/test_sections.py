"""Text and figures: tokens bound to cells, sentences left out, zeros in words of their own."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from datetime import date

import pytest

from gktools.errors import TextError
from gktools.forms.notices import load_format
from gktools.inputs.inputs import Inputs, as_printed
from gktools.prose import Prose
from gktools.report.report import draft_report
from gktools.text import tokens as tokens_module
from gktools.text.sections import (
    check_texts,
    write_opening,
    write_others,
    write_overview,
    write_problems,
    write_signature,
)
from gktools.text.tokens import MOST_ABSENT, tokens
from gktools.text.writing import MOST_NAMED, find_failing_braces
from gktools.workspace.offices import Office, office_kinds
from gktools.workspace.params_models import ReportParams

REQUEST = {"number": "A1", "received_on": "2024-03-01", "applicant": "自然人"}
ANSWERED = {**REQUEST, "number": "A2", "disposition": "予以公开", "replied_on": "2024-03-08"}
ANSWERED |= {"delivery": "电子", "sent_on": "2024-03-08"}


@pytest.fixture
def inputs(records):
    """Inputs of an office with these registers; every other register is handed in empty unless covers says else."""

    def build(year=2024, kind="county_department", params=None, covers="all", **registers) -> Inputs:
        office = Office("minzheng", "示例区民政局", office_kinds()[kind])
        params = ReportParams.model_validate(params or {})
        official = load_format(year)
        held = records(year, covers=covers, **registers)
        return Inputs(office, year, official, as_printed(official, params.layout), params, held)

    return build


def overview(text: str) -> dict:
    return {"text": {"overview": {"on_request": {"text": text}}}}


def written(prose: Prose, containing: str) -> str:
    return next(p.text for p in prose.paragraphs if containing in p.text)


def test_a_token_takes_its_figure_from_the_cell_and_remembers_it(inputs):
    prose = write_overview(inputs(params=overview("收到{{ 新收申请 }}件。"), requests=[REQUEST, ANSWERED]))
    paragraph = next(p for p in prose.paragraphs if p.text == "收到2件。")

    assert (paragraph.figures[0].table, paragraph.figures[0].cell) == ("requests", ("received", "total"))
    assert paragraph.text[paragraph.figures[0].start :].startswith("2件")


def test_changing_one_record_changes_every_sentence_that_states_it(inputs):
    one = write_overview(inputs(requests=[REQUEST])).text
    two = write_overview(inputs(requests=[REQUEST, ANSWERED])).text

    assert "申请1件" in one
    assert "申请2件" in two
    assert "申请1件" not in two.replace("自然人申请2件", "")


def test_a_measure_without_data_leaves_its_whole_sentence_out(inputs):
    params = overview("今年发布{{ 主动公开条数 }}条信息。另有一句。")
    prose = write_overview(inputs(params=params, covers=["requests"]))

    assert "另有一句。" in prose.text
    assert "今年发布" not in prose.text
    assert prose.omitted == ("主动公开条数",)


def test_a_condition_on_an_unknown_figure_writes_neither_side(inputs):
    params = overview("{% if 新收申请 %}收到。{% else %}没有收到。{% endif %}")
    prose = write_overview(inputs(params=params, covers=["documents"]))

    assert "收到" not in prose.text


def test_zero_has_its_own_sentence(inputs):
    assert "全年没有收到政府信息公开申请。" in write_overview(inputs()).text


TRAINING = {"kind": "training", "held_on": "2024-04-16", "name": "业务培训"}


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([TRAINING | {"people": 30}], "全年组织政府信息公开业务培训1次、30人次。"),
        ([TRAINING], "全年组织政府信息公开业务培训1次。"),
        ([TRAINING, TRAINING | {"people": 30}], "全年组织政府信息公开业务培训2次。"),
        ([], "全年没有组织政府信息公开业务培训。"),
    ],
)
def test_a_sum_over_cells_that_were_not_filled_in_is_no_figure(inputs, rows, said):
    text = write_overview(inputs(activities=rows)).text

    assert said in text
    assert text.count("业务培训") == 1


def test_an_item_without_a_number_is_one_also_of_an_import_from_before(inputs):
    item = {"title": "办事指南", "published_on": "2024-03-05", "channel": "政府网站"}

    assert "全年主动公开政府信息4条。" in write_overview(inputs(publications=[item, item | {"count": 3}])).text


def test_an_unknown_token_names_the_nearest_known_ones():
    problems = check_texts(ReportParams.model_validate(overview("第一行\n收到{{ 新收申情 }}件")))

    assert "没有“新收申情”这个指标；是不是“新收申请”" in str(problems[0])
    assert problems[0].line == 2


def test_every_wrong_token_of_every_text_is_named_at_once():
    params = ReportParams.model_validate({"text": {"problems": "{{ 甲 }}{{ 乙 }}", "others": "{{ 丙"}})

    assert len(check_texts(params)) == 3


@pytest.mark.parametrize("braces", ["}}{{", " ~ "], ids=["each in its own braces", "all in one"])
def test_of_very_many_unknown_names_some_are_told_and_the_others_counted_at_once(braces):
    names = [chr(0x4E00 + i // 90) + chr(0x4E00 + i % 90) for i in range(3300)]
    begun = time.process_time()
    problems = check_texts(ReportParams.model_validate({"text": {"problems": "{{" + braces.join(names) + "}}"}}))

    assert time.process_time() - begun < 2.5  # was a minute of a thread for the nine texts of a form
    assert len(problems) == MOST_NAMED + 1
    assert f"还有 {3300 - MOST_NAMED} 个名字也不是指标" in str(problems[-1])


def test_the_braces_with_an_error_are_looked_for_among_so_many_only(monkeypatch):
    tried = []
    source = "\n".join(f"{{{{ 甲{i} }}}}" for i in range(3000)) + "\n{{ } }}"

    def fill(braces: str) -> None:
        tried.append(braces)
        if "} }" in braces:
            raise ValueError("wrong")

    error = ValueError("wrong")
    error.lineno = 2999
    assert find_failing_braces(source, error, fill) == "{{ 甲2998 }}"
    assert len(tried) < 1000


def test_a_kind_the_register_does_not_know_is_refused_with_the_nearest(inputs):
    params = overview('备案{{ 办理事项["物业管理备案"] }}件。')
    with pytest.raises(TextError, match="是不是“物业管理区域备案”"):
        write_overview(inputs(params=params, matters=[{"kind": "物业管理区域备案", "handled_on": "2024-05-01"}]))


def test_a_kind_that_the_year_has_none_of_is_nought(inputs):
    asked = overview('年检{{ 办理事项["年检"] }}件。')
    other_year = {
        2023: [{"kind": "年检", "handled_on": "2023-05-01"}],
        2024: [{"kind": "年捡", "handled_on": "2024-05-01"}],
    }

    assert "年检0件。" in write_overview(inputs(params=asked)).text
    assert (
        "年检0件。" in write_overview(inputs(params=asked, matters=[{"kind": "备案", "handled_on": "2024-05-01"}])).text
    )
    assert "年检0件。" in write_overview(inputs(params=asked, matters=other_year)).text


def test_a_kind_written_nearly_like_one_of_the_register_is_taken_for_a_slip(inputs):
    asked = overview('年检{{ 办理事项["年检"] }}件。')
    with pytest.raises(TextError, match="没有“年检”这一类；是不是“年捡”"):
        write_overview(inputs(params=asked, matters=[{"kind": "年捡", "handled_on": "2024-05-01"}]))


def test_kinds_that_the_register_does_not_have_are_looked_for_once_and_not_without_end(inputs, monkeypatch):
    asked = []
    monkeypatch.setattr(tokens_module, "nearest", lambda kind, _: asked.append(kind) or "")
    rows = [{"kind": "备案", "handled_on": "2024-05-01"}]
    many = "".join(f'{{{{ 办理事项["别的{i}"] }}}}件。' for i in range(MOST_ABSENT))
    write_overview(inputs(params=overview(many * 3), matters=rows))
    assert len(asked) == MOST_ABSENT

    with pytest.raises(TextError, match=f"没有的类别写了 {MOST_ABSENT} 种以上"):
        write_overview(inputs(params=overview(many + '{{ 办理事项["又一种"] }}件。'), matters=rows))


@pytest.mark.parametrize(
    ("text", "line", "column", "braces"),
    [
        ("收到{{ 新收申请 }}件，\n其中{{ 新收申请.__class__ }}件。", 2, 3, "{{ 新收申请.__class__ }}"),
        ("{{ 新收申请 }}\n\n平均{{ 新收申请 / 0 }}件。", 3, 3, "{{ 新收申请 / 0 }}"),
        ("一\n二{% for 件 in 新收申请 %}三{% endfor %}", 2, 2, "{% for 件 in 新收申请 %}"),
        ("一\n二{% for %}三", 2, 2, "{% for %}"),
        ("一\n二{{ 新收", 2, 2, "{{ 新收"),
        ("{{ 新收申请 }}和{{ 新收申情 }}", 1, 12, "{{ 新收申情 }}"),
        ("第一行\n{{ 办理事项 }}", 2, 1, "{{ 办理事项 }}"),
    ],
)
def test_braces_that_cannot_be_filled_in_are_quoted_with_their_place(inputs, text, line, column, braces):
    with pytest.raises(TextError) as caught:
        write_overview(inputs(params=overview(text)))

    assert [(p.line, p.column, p.value) for p in caught.value.problems] == [(line, column, braces)]


def test_kinds_of_a_register_are_counted_by_their_number(inputs):
    rows = [{"kind": "备案", "handled_on": "2024-05-01", "count": "3"}, {"kind": "备案", "handled_on": "2024-06-01"}]
    prose = write_overview(inputs(params=overview('备案{{ 办理事项["备案"] }}件。'), matters=rows))

    assert "备案4件。" in prose.text


def test_the_automatic_sentences_stand_where_the_office_wants_them(inputs):
    prose = write_overview(inputs(params=overview("我们的话。{{ 自动语句 }}后面的话。"), requests=[REQUEST]))
    paragraph = written(prose, "我们的话")

    assert paragraph.startswith("我们的话。全年新收政府信息公开申请1件")
    assert paragraph.endswith("后面的话。")
    assert next(p for p in prose.paragraphs if p.text == paragraph).figures


def test_a_share_is_a_figure_of_two_cells(inputs):
    prose = write_overview(
        inputs(params=overview("予以公开占{{ 占比(予以公开, 新收申请) }}。"), requests=[REQUEST, ANSWERED])
    )

    assert "予以公开占50%。" in prose.text


def test_a_text_cannot_reach_python(inputs):
    params = overview("{{ 机关.__class__.__mro__ }}")
    with pytest.raises(TextError):
        write_overview(inputs(params=params))


@pytest.mark.parametrize(
    "text",
    [
        "{{ 办理事项 }}",
        "{{ 1000 }}",
        "{{ 10 ** 3 }}",
        "{{ 占比(新收申请, 1) }}",
        "{{ 占比() }}",
        "{{ 新收申请 / 2 }}",
        "{{ 新收申请() }}",
        "{{ range(10 ** 9) }}",
    ],
)
def test_what_leads_to_no_figure_is_refused_in_chinese(inputs, text):
    with pytest.raises(TextError) as caught:
        write_overview(inputs(params=overview(text)))

    message = caught.value.problems[0].message
    assert not re.search(r"[A-Za-z]{6,}", message)


def test_an_unknown_filter_is_found_before_anything_runs():
    problems = check_texts(ReportParams.model_validate({"text": {"problems": "{{ 新收申请|lenght }}"}}))

    assert "花括号的写法不对" in str(problems[0])


@pytest.mark.parametrize(
    "text",
    [
        "{{ 9 ** 9 ** 9 }}",
        "{{ 'x' * 999999999 }}",
        "{% for 甲 in range(99999) %}{% for 乙 in range(99999) %}{% endfor %}{% endfor %}",
        "{% for 甲 in 办理事项 %}x{% endfor %}",
        "{% if 'x' | center(999999999) %}x{% endif %}",
        "{% if 'x'.ljust(999999999) %}x{% endif %}",
        "{% macro 甲() %}{{ 甲() }}{% endmacro %}{{ 甲() }}",
        "{% set 甲 = 'x' %}{% set 甲 = 甲 ~ 甲 %}",
        "{% include 'style.css' %}",
        "{{ ().__class__ }}",
        "{{ 新收申请.__class__ }}",
        "{% if ''.__class__ %}x{% endif %}",
        "{{ [新收申请] }}",
        "{{ 5 }}",
        "{{ cycler }}",
        "{{ " + "9" * 5000 + " }}",
        "{{ " + "(" * 5000 + " }}",
        "{% if 新收申请 %}" * 200 + "{% endif %}" * 200,
    ],
)
def test_what_could_hold_the_program_up_is_refused_before_it_runs(text):
    (problem,) = check_texts(ReportParams.model_validate({"text": {"problems": f"好。{text}"}}))

    assert re.search("花括号的写法不对|没有“[a-z]+”这个指标", problem.message)


def test_conditions_may_be_joined_and_compared(inputs):
    asked = overview(
        "{% if 新收申请 in [1, 2] and not 予以公开 > 3 or 新收申请 == -1 %}{{ '有' ~ '的' }}{% else %}没有{% endif %}。"
    )

    assert "有的。" in write_overview(inputs(params=asked, requests=[REQUEST, ANSWERED])).text


def test_text_of_the_office_is_escaped_on_the_page(inputs):
    prose = write_overview(inputs(params=overview("<script>alert(1)</script>")))

    assert "<script>" not in prose.to_html()
    assert "&lt;script&gt;" in prose.to_html()


@pytest.mark.parametrize("year", [2020, 2024])
def test_the_opening_names_the_notice_of_its_year_and_the_whole_year(inputs, year):
    text = write_opening(inputs(year)).text

    assert load_format(year).notice.number in text
    assert f"{year}年1月1日至{year}年12月31日" in text


def test_the_opening_gives_the_contact_as_text(inputs):
    params = {"contact": {"address": "示例路1号", "phone": "000-0000"}}

    assert "（地址：示例路1号；电话：000-0000）" in write_opening(inputs(params=params)).text


def test_only_governments_report_assessment_evaluation_and_accountability(inputs):
    assert "责任追究" in write_overview(inputs(kind="township_government")).text
    assert "责任追究" not in write_overview(inputs()).text


@pytest.mark.parametrize(("year", "said"), [(2020, False), (2024, True)])
def test_processing_fees_are_reported_where_the_notice_asks_for_them(inputs, year, said):
    assert ("信息处理费" in write_others(inputs(year)).text) is said


def test_processing_fees_are_stated_in_yuan(inputs):
    paid = {**ANSWERED, "fee_paid": "880.50", "fee_paid_on": "2024-04-01"}

    assert "1件政府信息公开申请收取信息处理费880.5元" in write_others(inputs(requests=[paid])).text


def test_section_five_is_never_written_for_the_office(inputs):
    assert write_problems(inputs()).paragraphs == ()


def test_the_signature_is_the_name_and_the_day_without_filling_zeros(inputs):
    params = {"layout": {"signed_on": date(2025, 1, 5)}}

    assert write_signature(inputs(params=params)).text == "示例区民政局\n2025年1月5日"


@pytest.mark.parametrize(("year", "day"), [(2020, "2021年1月31日"), (2024, "2025年1月31日")])
def test_a_signature_without_a_day_of_its_own_has_the_last_day_of_publication(inputs, year, day):
    """No text says which day stands there; a report of the same inputs has the same one whenever it is made."""
    assert write_signature(inputs(year)).text == f"示例区民政局\n{day}"


def test_the_day_under_the_report_of_a_whole_government_is_that_of_its_own_limit(inputs):
    plain = inputs(kind="county_government")
    whole = replace(plain, office=replace(plain.office, rolls_up="qu"))

    assert write_signature(plain).texts[-1] == "2025年1月31日"
    assert write_signature(whole).texts[-1] == "2025年2月20日"


@pytest.mark.parametrize(("layout", "given"), [({}, "是"), ({"signed_on": date(2025, 1, 5)}, "否")])
def test_the_reviewer_sees_which_day_stands_there_and_whether_somebody_chose_it(inputs, layout, given):
    given_in = inputs(params={"layout": layout})
    report = draft_report(replace(given_in, office=replace(given_in.office, code=given_in.own.code)))
    rules = report.review()["rules"]
    (shown,) = (rule for rule in rules if rule["title"] == "落款日期")

    assert shown["default"] == given
    assert shown["value"] == ("2025年1月31日" if given == "是" else "2025年1月5日")
    assert "没有官方规定" in shown["meaning"]


def test_opening_and_signature_can_be_left_out(inputs):
    plain = inputs(params={"layout": {"opening": False, "signature": False}})

    assert write_opening(plain).paragraphs == write_signature(plain).paragraphs == ()


@pytest.mark.parametrize(
    ("layout", "heading"),
    [
        ({}, "（一）甲"),
        ({"numbering": "arabic"}, "1.甲"),
        ({"numbering": "none"}, "甲"),
        ({"brackets": "half"}, "(一)甲"),
    ],
)
def test_sub_headings_are_numbered_as_the_office_does(inputs, layout, heading):
    params = {"layout": layout, "text": {"overview": {"disclosure": {"heading": "甲", "text": "文"}}}}

    assert write_overview(inputs(params=params)).paragraphs[0].text == heading


def test_every_token_works_in_both_formats(inputs):
    for year in (2020, 2024):
        held = inputs(year, covers=["declared"])
        for token in tokens().values():
            asked = f'{token.name}["x"]' if token.by else token.name
            params = ReportParams.model_validate(overview(f"{{{{ {asked} }}}}。"))
            with_data = replace(held, params=params)
            assert write_overview(with_data).text is not None


def test_prose_comes_back_from_its_json(inputs):
    prose = write_overview(inputs(requests=[REQUEST, ANSWERED]))

    assert Prose.from_json(prose.to_json()) == replace(prose, omitted=())
