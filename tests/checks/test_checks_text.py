"""The text by itself: years, names, ordinals, remnants, and what must be in it."""

from dataclasses import replace

import pytest
from faultless import NAME, OTHERS, PROBLEMS, clean, paragraph, with_text, without

from gktools.checks.report import check_report
from gktools.prose import BoundFigure, Paragraph
from gktools.workspace.offices import Office, office_kinds
from gktools.workspace.params_models import ReportParams


def found(subject, code):
    return [finding.found for finding in check_report(subject) if finding.code == code]


@pytest.mark.parametrize("year", ["2023年", "2024年", "2025年"])
def test_the_years_next_to_the_report_may_be_mentioned(year):
    assert found(with_text("overview", f"{year}更新了栏目。"), "text.years") == []


@pytest.mark.parametrize(
    "sentence",
    [
        "落实《2021年政务公开工作要点》。",
        "条例自2019年5月15日起施行。",
        "公开了第十四个五年规划和二〇三五年远景目标纲要。",
    ],
)
def test_titles_and_dates_of_law_may_name_other_years(sentence):
    assert found(with_text("overview", sentence), "text.years") == []


@pytest.mark.parametrize("year", ["2022 年", "2021年", "二〇一九年"])
def test_an_older_year_is_found(year):
    assert found(with_text("problems", f"{year}的问题。", *PROBLEMS), "text.years") == [year]


@pytest.mark.parametrize(
    ("words", "wrong"),
    [
        ("统计期限自2024 年1 月1 日起至2024 年12 月31 日止", False),
        ("数据统计期限为2024年1月1日至12月31日", False),
        ("统计期限为2024年1月1日到2024年12月30日", True),
        ("统计期限为2023年1月1日至2023年12月31日", True),
    ],
)
def test_the_period_is_the_whole_year(words, wrong):
    assert bool(found(with_text("opening", f"{words}。"), "text.period")) is wrong


@pytest.mark.parametrize(
    ("number", "wrong"),
    [
        ("国办公开办函〔2021〕30号", False),
        ("国办公开办函[2021]30号", False),
        ("国办公开办函〔2016〕201号", False),
        ("国办公开办函〔2019〕60号", True),
        ("国办公开办函〔2021〕31号", True),
    ],
)
def test_the_basis_is_the_notice_of_the_year(number, wrong):
    assert bool(found(with_text("opening", f"根据通知（{number}）编制。"), "text.notice")) is wrong


@pytest.mark.parametrize(
    ("words", "wrong"),
    [
        ("请与临川市审计局办公室联系", False),
        ("请与本机关办公室联系", False),
        ("请与市审计局联系", False),
        ("请与临川市政府信息公开工作领导小组办公室联系", False),
        ("请与临川市统计局办公室联系", True),
        ("本报告由临川市统计局编制", True),
    ],
)
def test_the_opening_names_this_office(words, wrong):
    assert bool(found(with_text("opening", f"{words}。"), "text.office-name")) is wrong


def test_the_title_names_this_office():
    assert found(clean(title="临川市统计局2024年政府信息公开工作年度报告"), "text.office-name") == [
        "临川市统计局2024年政府信息公开工作年度报告"
    ]


def test_a_report_may_do_without_opening_and_signature():
    assert check_report(without(clean(), "opening", "signature")) == []


def test_the_first_format_sets_no_limit_to_the_overview_and_asks_for_no_fees():
    subject = with_text("overview", "公开" * 800, year=2020)
    others = with_text("others", "没有其他需要报告的事项。", year=2020).prose["others"]
    assert check_report(replace(subject, prose={**subject.prose, "others": others})) == []


def test_white_space_does_not_count_as_characters():
    assert found(with_text("overview", "公开 " * 500), "text.overview-length") == []


@pytest.mark.parametrize("words", ["无", "无。", "没有", "不存在问题", " "])
def test_no_problems_at_all_blocks(words):
    assert [f.code for f in check_report(with_text("problems", words))] == ["text.problems-empty"]


@pytest.mark.parametrize(
    "lines",
    [
        PROBLEMS,
        ["存在解读形式单一等不足。下一步：一是增加图解。二是增加视频。三是请专家解读，" + "请群众评议。" * 8],
        [
            "存在的问题：一是解读少；二是更新慢。2025年，将采取以下措施加以改进。一是多解读；二是勤更新；三是常检查。"
            * 2
        ],
        ["（一）上年问题改进情况。一是增加了解读。（二）主要问题。一是更新慢；二是查阅点少。" * 2],
    ],
)
def test_problems_with_their_improvements_are_in_order(lines):
    assert check_report(with_text("problems", *lines)) == []


def test_what_is_too_short_is_a_parameter():
    params = ReportParams.model_validate({"checks": {"problems_characters": 5}})
    assert found(with_text("problems", "问题是更新慢，下一步勤更新。", params=params), "text.problems-short") == []


@pytest.mark.parametrize(
    ("text", "jumps"),
    [
        ("一是甲。二是乙。三是丙。下一步，一是丁。二是戊。", []),
        ("一是甲。二是乙。三是丙。三是丁。", ["三是"]),
        ("一是甲。三是乙。四是丙。", ["三是"]),
        ("二是甲。", ["二是"]),
        ("（一）甲\n（二）乙\n（四）丙", ["（四）"]),
        ("1.甲\n2.乙\n4.丙", ["4."]),
        ("（一）甲\n1.子\n2.丑\n（二）乙\n1.寅\n2.卯", []),
        ("统一是原则，万一是例外。", []),
        ("十是甲。", ["十是"]),
    ],
)
def test_ordinals_go_up_by_one_or_start_again(text, jumps):
    assert found(with_text("overview", *text.split("\n")), "text.ordinals") == jumps


@pytest.mark.parametrize(
    "words",
    [
        "（文字描述）",
        "（文字描述，收取信息处理费情况在此处报告。）",
        "表格如下：",
        "XX局",
        "××街道",
        "某某局",
        "{{ 新收申请 }}",
        "待补充",
    ],
)
def test_remnants_of_a_template_block(words):
    assert found(with_text("overview", f"公开信息。{words}"), "text.remnant")


@pytest.mark.parametrize(
    "words", ["www.example.gov.cn/zfxxgk/", "xxgk@example.gov.cn", "（此件主动公开）", "……", "“十四五”"]
)
def test_addresses_and_common_marks_are_no_remnants(words):
    assert found(with_text("overview", f"公开信息，见{words}。"), "text.remnant") == []


def test_a_government_reports_assessment_evaluation_and_accountability():
    town = Office("zhen", NAME, office_kinds()["township_government"])
    words = "工作考核方面，全年组织考核一次。社会评议方面，没有开展评议。没有需要追究责任的情形。"

    assert check_report(with_text("overview", words, office=town)) == []
    assert len(found(clean(office=town), "text.government-statement")) == 3


def test_an_empty_report_is_one_finding():
    subject = clean()
    empty = {key: replace(part, paragraphs=()) for key, part in subject.prose.items()}
    assert [f.code for f in check_report(replace(subject, prose=empty))] == ["text.empty-report"]


def test_no_sub_headings_are_asked_of_the_overview():
    assert check_report(with_text("overview", "全年更新了目录。")) == []


def test_sections_out_of_order_are_found_but_not_called_missing():
    form = clean().format
    one, two, *rest = form.sections
    codes = [f.code for f in check_report(clean(format=replace(form, sections=(two, one, *rest))))]
    assert codes == ["text.section-order"]


@pytest.mark.parametrize("words", ["举办培训3次", "解读率达98.5%", "收费2.5万元", "培训一百二十人次", "投诉12件"])
def test_a_typed_number_is_pointed_out(words):
    assert len(found(with_text("overview", f"全年{words}。"), "text.unbound-figure")) == 1


@pytest.mark.parametrize(
    "words",
    [
        "⑨⑨件",
        "九\u200b十\u200b九件",
        "玖拾玖件",
        "廿九件",
        "卅件",
        "九 十 九件",
        "９９件",
        "9\u3000 9 件",
        "㊈十件",
        "佰件零壹件",
        "𝟗𝟗件",
    ],
)
def test_a_typed_number_is_pointed_out_whatever_its_digits_look_like(words):
    (finding,) = found(with_text("overview", f"全年办理{words}。"), "text.unbound-figure")
    assert finding.endswith("件")


def test_names_that_are_numerals_too_and_a_bound_number_of_another_shape_are_no_typed_numbers():
    assert found(with_text("overview", "伍项目经理、大陆两项、〇号楼，又[9]\u3000件。"), "text.unbound-figure") == []


@pytest.mark.parametrize(
    "words",
    [
        "依据《条例》第三十三条",
        "第20条第1项",
        "12月31日前",
        "20个工作日内",
        "〔2021〕30号",
        "一次性告知",
        "三审三校",
        "14楼",
    ],
)
def test_dates_articles_and_set_phrases_are_not_figures(words):
    assert found(with_text("overview", f"按照{words}办理。"), "text.unbound-figure") == []


def test_a_bound_number_is_not_pointed_out_but_a_typed_one_beside_it_is():
    assert found(with_text("overview", "举办培训[3]次、参加[120]人次，另有讲座2场。"), "text.unbound-figure") == ["2场"]


def test_the_place_of_a_bound_number_counts_and_not_its_digits():
    text = "培训3次，讲座3场。"
    bound = Paragraph(text, (BoundFigure(2, "3", "培训次数", register="activities"),))
    subject = clean()
    overview = replace(subject.prose["overview"], paragraphs=(bound,))
    assert found(replace(subject, prose={**subject.prose, "overview": overview}), "text.unbound-figure") == ["3场"]


def test_the_sample_paragraph_binds_what_stands_in_brackets():
    assert paragraph("共[12]件").figures == (BoundFigure(1, "12", "指标", register="requests"),)
    assert "[" not in paragraph(OTHERS[0]).text
