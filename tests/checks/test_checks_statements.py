"""What the text says against what the tables say: what is read as a statement, and what is not."""

from decimal import Decimal
from itertools import chain

import pytest
from faultless import NAME, NP, REQUESTS, R, clean, prose, with_table, with_text
from hypothesis import example, given, settings
from hypothesis import strategies as st
from machine import examples

from gktools.checks.patterns import parse_number
from gktools.checks.report import check_report
from gktools.checks.subject import Subject
from gktools.findings import Severity

# The report of the catalogue: 8 received (6 of natural persons, 2 of business) and 1 carried in; 7 completed
# (4 granted, 1 refused, 2 unavailable); 2 carried out; 2 reconsiderations upheld, 1 lawsuit corrected.
TRUE = [
    "全年新收政府信息公开申请8件，其中自然人申请6件，法人或其他组织申请2件。上年结转1件。",
    "2024年共收到政府信息公开申请 8 件，比上年增加3件，增长60%。",
    "收到公民、法人和其他组织提出的政府信息公开申请八件。",
    "共收到8件政府信息公开申请，办结7件，2件结转下年度继续办理。",
    "收办政府信息公开申请9件（含上年结转1件），其中自然人申请7件，法人或其他组织申请2件。",
    "2023年收到政府信息公开申请12件，2024年收到政府信息公开申请8件。",
    "去年收到政府信息公开申请12件。",
    "通过网上平台收到政府信息公开申请5件，通过信函收到申请3件。",
    "收到行政许可申请500件。政府信息公开申请按期办理。",
    "承办人大代表建议5件、政协提案3件，办结8件。政府信息公开申请均按期答复。",
    "收到政府信息公开申请8件，其中1件延期答复。",
    "收到政府信息公开申请8件，到年底共答复7件（含上年结转1件），2件结转2025年办理。",
    "申请中予以公开4件，部分公开0件，不予公开1件，无法提供2件，不予处理0件，其他处理0件。",
    "申请中予以公开4件，占57.1%；不予公开1件，占14.3%；无法提供2件，占28.6%。",
    "申请中公开及部分公开4件。",
    "因政府信息公开引起的行政复议2件，均获维持；行政诉讼1件。",
    "政府信息公开行政复议、行政诉讼案件共3件。",
    "因政府信息公开被提起行政诉讼1件，其中未经复议直接起诉1件，复议后起诉0件。",
    "建立政府信息公开行政复议、行政诉讼案件会商机制，没有建立台账的要补上。",
    "复议案件由政府信息公开工作机构和法制机构一起办理，办理行政应诉3次。",
    "制发行政规范性文件3件，废止规范性文件1件，集中公开现行有效行政规范性文件9件。",
    "累计出台行政规范性文件40件。",
    "主动公开信息42条，其中门户网站30条、公众号12条。",
    "公开信息42条（其中网站30条，公众号12条），办理咨询5件。",
    "公开信息42条，其中网站30条、公众号12条，自然人访问6条、机构访问36条。",
    "公开信息42条，其中网站30条、公众号12条、公开栏0条、其他0条。",
    "公开信息0条，其中网站0条、公众号0条。",
    "公开信息42条，其中重点领域30条、招标投标5条等。",
    "公开信息42条，同比增加5条。",
    "开展培训3次，其中线上1次、线下2次，参训120人次。",
    "公开信息42条：网站30条、公众号12条。",
    "公开信息42条，网站30条、公众号12条。",
    "公开信息42条：网站30条、公众号5条等。",
    "公开信息42条：网站30条，公开栏维护5次。",
    "召开会议3次，培训5期、检查8人次。",
    "公开信息42条，办理咨询5条、举报8条。",
    "会议6次、培训3次，线上5次、线下4次。",
    "发生行政复议案件2起，行政诉讼案件1起。",
    "受理行政复议案件30件，审结行政诉讼案件20件，化解行政诉讼5件。",
    "2023年行政复议5件。",
    "通过门户网站主动公开政府信息30条，通过公众号主动公开政府信息12条。",
]
FALSE = [
    ("全年未收到政府信息公开申请。", "text.received", "0", "8"),
    ("全年共收到政府信息公开申请十二件。", "text.received", "12", "8"),
    ("收到政府信息公开申请1,008件。", "text.received", "1008", "8"),
    ("收到政府信息公开申请１５件。", "text.received", "15", "8"),
    ("收到政府信息公开申请１，００８件。", "text.received", "1008", "8"),
    ("收到政府信息公开申请1，008件。", "text.received", "1008", "8"),
    ("收到政府信息公开申请٣件。", "text.received", "3", "8"),
    ("收办政府信息公开申请8件（含上年结转1件）。", "text.received", "8", "9"),
    ("收到9件政府信息公开申请。", "text.received", "9", "8"),
    ("2023年收到政府信息公开申请12件，2024年收到政府信息公开申请9件。", "text.received", "9", "8"),
    ("政府信息公开申请已答复6件。", "text.completed", "6", "7"),
    ("政府信息公开申请有3件结转下年度继续办理。", "text.carried-out", "3", "2"),
    ("申请中公开及部分公开5件。", "text.disposition", "5", "4"),
    ("申请中有2件不予公开。", "text.disposition", "2", "1"),
    ("申请中无法提供3件。", "text.disposition", "3", "2"),
    ("申请中不予处理1件。", "text.disposition", "1", "0"),
    ("申请中其他处理1件。", "text.disposition", "1", "0"),
    ("申请中法人或其他组织申请3件。", "text.applicants", "3", "2"),
    ("申请中商业企业3件。", "text.applicants", "3", "2"),
    ("行政规范性文件制发方面，出台规范性文件4件。", "text.documents", "4", "3"),
    ("全年没有制发行政规范性文件。", "text.documents", "0", "3"),
    ("全年废止规范性文件2件。", "text.documents", "2", "1"),
    ("现行有效规范性文件8件。", "text.documents", "8", "9"),
    ("政府信息公开行政复议、行政诉讼案件共4件。", "text.reviews", "4", "3"),
    ("全年没有因政府信息公开引起的行政复议。", "text.reviews", "0", "2"),
    ("未发生因政府信息公开引发的行政复议和行政诉讼案件。", "text.reviews", "0", "3"),
    ("政府信息公开行政诉讼2件。", "text.reviews", "2", "1"),
    ("全年行政复议7件。", "text.reviews", "7", "2"),
    ("发生行政复议案件7起。", "text.reviews", "7", "2"),
    ("发生行政诉讼案件９起。", "text.reviews", "9", "1"),
    ("行政诉讼案件无一败诉。", "text.assertion", "1", "0"),
    ("公开信息42条，分别为网站30条、公众号10条。", "text.parts", "40", "42"),
    ("公开信息42条（其中网站30条，公众号13条）。", "text.parts", "43", "42"),
    ("公开信息42条，其中：网站30条；公众号10条；公开栏5条。", "text.parts", "45", "42"),
]


def codes(subject: Subject):
    return [finding.code for finding in check_report(subject) if finding.code != "text.unbound-figure"]


@pytest.mark.parametrize("sentence", TRUE)
def test_a_true_sentence_has_no_findings(sentence):
    assert codes(with_text("overview", sentence)) == []


@pytest.mark.parametrize(("sentence", "code", "said", "expected"), FALSE)
def test_a_false_sentence_is_found_with_both_sides(sentence, code, said, expected):
    findings = [finding for finding in check_report(with_text("overview", sentence)) if finding.code == code]

    assert [(finding.found, finding.expected) for finding in findings] == [(said, expected)]
    assert findings[0].section == "overview"


def test_a_figure_that_differs_is_only_to_be_explained_where_the_yardstick_is_told():
    plain = with_text("overview", "收到政府信息公开申请9件。")
    told = with_text("overview", "收到政府信息公开申请9件，口径为全街道汇总。")

    assert [f.severity for f in check_report(plain) if f.code == "text.received"] == [Severity.BLOCK]
    assert [f.severity for f in check_report(told) if f.code == "text.received"] == [Severity.EXPLAIN]


@pytest.mark.parametrize(
    ("sentence", "severity"),
    [
        ("公开信息42条，其中网站30条、公众号10条。", Severity.BLOCK),
        ("公开信息42条，分别是网站30条、公众号10条。", Severity.BLOCK),
        ("公开信息42条：网站30条、公众号8条、公开栏2条。", Severity.BLOCK),
        ("公开信息42条：网站30条；公众号8条；公开栏2条。", Severity.BLOCK),
        ("公开信息42条，网站30条、公众号10条。", Severity.EXPLAIN),
        ("公开信息42条：网站30条、公众号10条，统计范围不含公报。", Severity.EXPLAIN),
        ("公开信息42条，其中网站30条、公众号10条，统计范围不含公报。", Severity.EXPLAIN),
    ],
)
def test_parts_that_are_not_their_total_block_unless_the_yardstick_is_told_or_it_may_be_another_list(
    sentence, severity
):
    found = [f for f in check_report(with_text("overview", sentence)) if f.code == "text.parts"]

    assert [(f.severity, f.found, f.expected) for f in found] == [(severity, "40", "42")]


def test_a_table_with_an_unknown_does_not_contradict_the_text():
    from gktools.figures.table import Unknown

    subject = with_table("requests", REQUESTS | {(R, NP): Unknown("空白")})
    assert codes(subject) == ["requests.unknown"]


def test_no_case_since_none_was_asked_for():
    subject = with_table("requests", {})
    told = prose("overview", ["全年没有收到政府信息公开申请。"], clean().prose["overview"].title)
    from dataclasses import replace

    assert codes(replace(subject, prose={**subject.prose, "overview": told})) == []


@pytest.mark.parametrize(
    "sentence",
    [
        "2024年，无收取信息处理费情况。",
        "全年收取政府信息公开信息处理费0 元。",
        "2024年没有收取政府信息公开信息处理费。",
        "全年未收取信息处理费。",
    ],
)
def test_nothing_collected_is_read_as_nought(sentence):
    assert codes(with_text("others", sentence, processing_fees=(0, 0))) == []
    assert codes(with_text("others", sentence)) != []


def test_reviews_without_their_cause_are_those_of_the_table_in_the_first_section_only():
    sentence = "发生行政复议案件7起，行政诉讼案件9起。"
    found = [(f.code, f.found) for f in check_report(with_text("overview", sentence)) if f.code == "text.reviews"]

    assert found == [("text.reviews", "7"), ("text.reviews", "9")]
    assert codes(with_text("others", f"2024年没有收取信息处理费。{sentence}", processing_fees=(0, 0))) == []


def test_the_total_of_the_fees_comes_before_its_parts():
    sentence = "2024年有2件政府信息公开申请案件收取信息处理费150元。其中，甲镇1件，收取80元；乙镇1件，收取70元。"
    assert codes(with_text("others", sentence)) == []


def test_fees_are_not_compared_where_the_register_does_not_tell_them():
    assert codes(with_text("others", "收取信息处理费999元。", processing_fees=None)) == []


def test_the_words_of_the_report_are_quoted_as_they_stand():
    finding = next(f for f in check_report(with_text("overview", f"{NAME}收到政府信息公开申请9件。")) if f.found == "9")
    assert f"{NAME}收到政府信息公开申请9件" in finding.message


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", 0),
        ("1,234", 1234),
        ("十", 10),
        ("十二", 12),
        ("二十", 20),
        ("三百零五", 305),
        ("两千", 2000),
        ("二〇二四", 2024),
        ("１５", 15),
        ("１，２３４", 1234),
        ("1,２３４．5", Decimal("1234.5")),
        ("٣", 3),
        ("三万二千", 32000),
        ("万万", 100_000_000),
        ("1.5万", 15000),
        ("15百", 1500),
        ("２亿", 200_000_000),
        ("一亿三千万零五", 130_000_005),
    ],
)
def test_numbers_are_read_in_both_scripts(text, number):
    assert parse_number(text) == number


@pytest.mark.parametrize("number", ["8万", "8百", "八万", "8亿", "八千万"])
def test_a_number_that_is_another_by_its_scale_differs_from_the_table(number):
    text = with_text("overview", f"全年收到政府信息公开申请{number}件。")

    assert "text.received" in [finding.code for finding in check_report(text)]


PIECES = st.one_of(
    st.sampled_from("，,。；：:、（）()．.％% \n占第"),
    st.text("0123456789０１９٣二十百千万零○，,．.", max_size=8),
    st.text(max_size=4),
    st.sampled_from(list(chain(TRUE, (sentence for sentence, *_ in FALSE)))),
    st.sampled_from(
        [
            "收到政府信息公开申请",
            "件",
            "其中",
            "占",
            "行政复议",
            "行政诉讼",
            "起",
            "上年结转",
            "结转下年",
            "办结",
            "自然人",
            "法人",
            "予以公开",
            "信息处理费",
            "元",
            "万元",
            "一是",
            "问题",
            "改进",
            "年",
            "2024年",
            "二〇二四年",
            "统计期限2024年1月1日至12月31日",
            "国办公开办函〔2021〕30号",
            "请与",
            "联系",
        ]
    ),
)
TEXTS = st.lists(PIECES, max_size=12).map("".join)


@settings(max_examples=examples(50), deadline=None, database=None)
@given(TEXTS, st.sampled_from(["opening", "overview", "problems", "others", "signature"]))
@example("申请１５件", "overview")
@example("办理万万件", "overview")
@example("申请中予以公开4件，占57.1111111111111111111111111111111111%；不予公开1件，占14.3%", "overview")
@example("１．一是", "problems")
def test_no_text_makes_a_check_fail(text, section):
    for finding in check_report(with_text(section, *text.split("\n"))):
        assert finding.message.endswith("。")
