"""Published reports audited: the reading first, every rule, in words for somebody who has only the report."""

import json
import re
from dataclasses import replace

import pytest
from faultless import figures

from gktools.checks.comparison import year_on_year_rules
from gktools.checks.finished.audit import LABELS, audit_reports
from gktools.checks.finished.published import published_rules
from gktools.checks.finished.words import describe, describe_doubts
from gktools.checks.rules import rules
from gktools.errors import ReadingError
from gktools.findings import Severity
from gktools.reading.published import PrintedCell, PrintedReport, ReadingDoubt, from_json

ROW = "一、本年新收政府信息公开申请数量"
GRANTED, TOTAL, OUT = "（一）予以公开", "（七）总计", "四、结转下年度继续办理"
CARRIED_IN = "二、上年结转政府信息公开申请数量"
PROBLEMS = (
    "一是栏目更新迟缓，部分栏目全年没有更新；二是答复文书格式陈旧，引用条款不准确。改进措施：一是每月检查栏目更新；"
    "二是统一文书格式，逐件审核引用的条款，并组织一次集中培训。"
)
OTHERS = "本年度没有收取信息处理费。没有其他需要报告的事项。"


def report(year=2024, *, table3=None, text=None, **more):
    """Return a report without errors, with these figures of 表三 by row (natural persons) and these texts."""
    data = figures(year) | {"unit": "临川县审计局", "level": None}
    for row, number in (table3 or {}).items():
        name = next(name for name in data["table3"] if name.endswith(row))
        data["table3"][name] |= {"自然人": number, "总计": number}
    data["text"] = {"一": "本机关按条例开展工作。", "五": PROBLEMS, "六": OTHERS} if text is None else text
    (found,) = from_json(json.dumps(data, ensure_ascii=False), "报告.json")
    return replace(found, **more)


def audited(one, *before):
    (audit,) = audit_reports([one], before)
    return audit


def codes(audit):
    return [one.finding.code for one in audit.findings]


def with_cell(one, row, column, value, **more):
    """Return a report with another value in a cell of 表三."""
    cells = tuple(
        replace(cell, value=value, printed=str(value), **more)
        if cell.table == "table3" and cell.row.endswith(row) and cell.column.endswith(column)
        else cell
        for cell in one.cells
    )
    return replace(one, cells=cells)


def test_a_report_without_errors_has_no_findings():
    audit = audited(report())

    assert codes(audit) == []
    assert audit.proposals == ()


def test_a_finding_quotes_the_printed_cells_with_their_places():
    one = with_cell(
        report(table3={ROW: 3, GRANTED: 3, TOTAL: 3}), TOTAL, "自然人", 5, place="第 3 页，表 2 第 24 行第 4 列"
    )
    found = next(one for one in audited(one).findings if one.finding.code == "requests.column-total")

    assert ("5", "第 3 页，表 2 第 24 行第 4 列") in [(cell.printed, cell.place) for cell in found.quoted]
    assert str(found).startswith("[要更正]")
    assert str(found).endswith("（第 3 页，表 2 第 24 行第 4 列）")


def test_the_smallest_fix_is_proposed_beside_the_findings():
    one = with_cell(report(table3={ROW: 3, GRANTED: 3, TOTAL: 3}), TOTAL, "自然人", 5)
    (proposals,) = audited(one).proposals
    words = describe(proposals)

    assert words.fixes[0].slips == ("表三“（七）总计”行“自然人”列印的是 5，应是 3（合计没有跟着改，或者打错）",)
    assert "最可能" in words.heading


@pytest.mark.parametrize(
    ("said", "first"), [("行政复议5件", ("总计", 5)), ("行政复议3件", ("结果维持", 3)), ("工作", None)]
)
def test_of_equal_fixes_the_one_comes_first_that_the_text_states(said, first):
    one = report(text={"一": f"因政府信息公开引起的{said}。", "五": PROBLEMS, "六": OTHERS})
    printed = {"结果维持": 5, "总计": 3}
    cells = tuple(
        replace(cell, value=printed[cell.column], printed=str(printed[cell.column]))
        if cell.table == "table4" and cell.row == "行政复议" and cell.column in printed
        else cell
        for cell in one.cells
    )
    (proposals,) = audited(replace(one, cells=cells)).proposals
    likeliest = [fix for fix in describe(proposals).fixes if fix.rank == 1]

    if first is None:
        assert [fix.in_text for fix in likeliest] == [False, False]
    else:
        assert [fix.in_text for fix in likeliest] == [True]
        assert f"{first[0]}”列" in likeliest[0].slips[0]
        assert likeliest[0].slips[0].endswith(f"应是 {first[1]}")


@pytest.mark.parametrize("printed", ["１", "1 ", "+1"])
def test_full_width_digits_are_figures_and_a_plus_only_where_a_figure_may_be_negative(printed):
    one = with_cell(report(table3={ROW: 1, GRANTED: 1, TOTAL: 1}), ROW, "自然人", printed)

    assert codes(audited(one)) == (["requests.text-in-cell"] if printed == "+1" else [])


def test_a_text_in_a_cell_is_quoted_and_its_number_told():
    one = with_cell(report(table3={ROW: 2, GRANTED: 2, TOTAL: 2}), GRANTED, "自然人", "2笔")
    audit = audited(one)

    assert [(f.finding.code, f.quoted[0].printed) for f in audit.findings] == [("requests.text-in-cell", "2笔")]
    assert describe(audit.proposals[-1]).told == ("表三“（一）予以公开”行“自然人”列应是 2（去掉单位）",)


def test_many_blanks_are_told_as_one_with_the_number_of_each_column():
    one = report()
    for row in (ROW, GRANTED, TOTAL, OUT):
        one = with_cell(one, row, "总计", "")
    (found,) = (f for f in audited(one).findings if f.finding.code == "requests.blank")

    assert found.finding.message == "表三有 4 格是空白：“总计”列 4 格。"
    assert len(found.marked) == 4


def test_a_cell_that_is_told_with_the_reading_is_no_finding_too():
    one = with_cell(report(), GRANTED, "自然人", None)
    cell = next(cell for cell in one.cells if cell.value is None)
    doubt = ReadingDoubt("table3", cell.row, cell.column, "", "第 2 页", "墨迹盖住了")

    assert "requests.unreadable" in codes(audited(one))
    assert "requests.unreadable" not in codes(audited(replace(one, unsure=(doubt,))))


def test_a_part_of_a_report_lacks_nothing():
    part = replace(report(text={"一": "本机关按条例开展工作。"}), whole=False)
    cells = tuple(cell for cell in part.cells if cell.table == "table2")

    assert codes(audited(replace(part, cells=cells))) == []


def test_a_report_of_no_known_year_is_refused_with_what_to_do():
    with pytest.raises(ReadingError, match="--year"):
        audited(PrintedReport("报告.pdf", "pdf"))


def test_sections_missing_and_titles_that_differ_are_found():
    titles = {"一": "一、总体情况", "四": "四、政府信息公开行政法复议、行政诉讼情况"}
    found = codes(audited(report(titles=titles)))

    assert found.count("text.section-missing") == 4
    assert "text.section-title" in found


@pytest.mark.parametrize(
    ("more", "text", "code"),
    [
        ({"published_on": "2024-11-03"}, None, "published.dated-early"),
        ({"published_on": "2025-02-10"}, None, "published.late"),
        ({"published_on": "2025-01-20"}, None, None),
        ({}, {"六": f"{OTHERS}\n2023年12月31日"}, "published.dated-early"),
        ({"published_on": "去年"}, {"六": f"{OTHERS}\n2025年13月1日"}, None),
    ],
)
def test_dates_before_the_end_of_the_year_and_after_the_last_day(more, text, code):
    sections = {"一": "本机关按条例开展工作。", "五": PROBLEMS, "六": OTHERS} | (text or {})

    assert codes(audited(report(text=sections, **more))) == ([code] if code else [])


def test_more_carried_in_than_completed_means_that_some_took_the_whole_year():
    one = report(table3={CARRIED_IN: 5, GRANTED: 2, TOTAL: 2, OUT: 3})
    found = [f.finding for f in audited(one).findings]

    assert {f.code for f in found} == {"published.never-finished"}
    assert [f.column[-1] for f in found] == ["自然人", "总计"]


@pytest.mark.parametrize(
    ("claim", "found"),
    [
        ("收到的政府信息公开申请已全部办结。", True),
        ("政府信息公开申请办结率100%。", True),
        ("政府信息公开申请按期办结率100%。", False),
        ("申请渠道畅通；建议提案全部办结。", False),
    ],
)
def test_all_completed_and_yet_some_carried_out(claim, found):
    text = {"一": claim, "五": PROBLEMS, "六": OTHERS}
    one = report(table3={ROW: 3, GRANTED: 2, TOTAL: 2, OUT: 1}, text=text)

    assert codes(audited(one)) == (["published.all-finished"] if found else [])


def test_a_fee_for_few_requests_is_asked_about():
    text = {"一": "本机关按条例开展工作。", "五": PROBLEMS, "六": "全年收取信息处理费200元。"}
    one = report(table3={ROW: 3, GRANTED: 3, TOTAL: 3}, text=text)

    assert "published.fee-without-reason" in codes(audited(one))


# --- beside last year's report ----------


def test_last_years_report_is_found_among_the_files_or_named():
    last, now = report(2023, table3={ROW: 2, OUT: 2}), report(2024, table3={ROW: 1, GRANTED: 1, TOTAL: 1})
    named = audited(now, replace(last, unit="旧名称", file="上年.json"))
    together = audit_reports([last, now])

    assert "requests.carried-in" in codes(named)
    assert named.compared_with == "上年.json"
    assert "requests.carried-in" in codes(together[1])
    assert together[0].compared_with == ""


def test_several_reports_are_not_compared_with_the_one_of_another_office():
    last = replace(report(2023, table3={ROW: 2, OUT: 2}), unit="甲县财政局")
    one, other = report(2024), replace(report(2024), unit="乙县财政局")

    assert [audit.compared_with for audit in audit_reports([one, other], [last])] == ["", ""]


def test_a_table_copied_from_last_year_is_found():
    same = {ROW: 4, CARRIED_IN: 1, GRANTED: 4, TOTAL: 4, OUT: 1}
    audit = audited(report(2024, table3=same), report(2023, table3=same))

    assert "published.same-table" in codes(audit)
    assert "published.same-table" not in codes(audited(report(2024), report(2023)))


def test_problems_of_last_year_of_which_nothing_is_said():
    last = report(2023)
    other = (
        "一是宣传渠道单一，群众知晓率偏低。改进措施：一是增加宣传次数，利用赶集日在各村设点宣传，扩大知晓面和参与面。"
    )
    silent = report(2024, text={"一": "本机关按条例开展工作。", "五": other, "六": OTHERS})
    looked_back = report(2024, text={"一": "上年的问题已经整改到位。", "五": other, "六": OTHERS})

    assert "published.improvement-forgotten" in codes(audited(silent, last))
    assert "published.improvement-forgotten" not in codes(audited(looked_back, last))


def test_the_same_report_in_two_places_must_be_the_same():
    page, document = report(table3={ROW: 3, GRANTED: 3, TOTAL: 3}), report(table3={ROW: 4, GRANTED: 4, TOTAL: 4})
    one, other = audit_reports([replace(page, file="网页.html"), replace(document, file="附件.docx")])

    assert codes(one).count("published.differs") == 6
    assert "附件.docx" in next(f.finding.message for f in one.findings)
    assert codes(other).count("published.differs") == 6


def test_a_governments_own_report_is_no_copy_of_that_of_all_its_offices():
    table3 = {ROW: 3, GRANTED: 3, TOTAL: 3}
    own = [report(table3={row: n * k for row, n in table3.items()}, unit="临川县人民政府") for k in (1, 40)]
    cells = tuple(replace(c, value=9, printed="9") if c.table == "table4" else c for c in own[1].cells)
    one, _ = audit_reports([replace(own[0], file="本机关.html"), replace(own[1], file="汇总.html", cells=cells)])

    assert "published.differs" not in codes(one)


def test_the_beginning_of_a_report_is_told_as_such_and_lacks_nothing_else():
    titles = {"一": "一、总体情况", "二": "二、主动公开政府信息情况", "三": "三、收到和处理政府信息公开申请情况"}
    one = report(text={"一": "本机关按条例开展工作。"}, titles=titles)
    found = audited(replace(one, cells=tuple(cell for cell in one.cells if cell.table == "table2")))

    assert codes(found) == ["published.cut"]
    assert titles["三"] in found.findings[0].finding.message


@pytest.mark.parametrize(("year", "found"), [(2024, True), (2025, False), (2023, False)])
def test_a_plan_for_the_year_that_is_over(year, found):
    plan = f"{PROBLEMS}{year}年，我局将坚持每月检查。"
    one = report(text={"一": "本机关按条例开展工作。", "五": plan, "六": OTHERS})

    assert ("published.plan-of-the-past" in codes(audited(one))) is found


@pytest.mark.parametrize(("share", "found"), [("41.5%", True), ("38.8%", False), ("39%", False)])
def test_a_share_of_published_items_is_computed_again_also_in_a_section_with_a_table(share, found):
    said = f"制作信息总数510条，其中主动公开政府信息198条，依申请公开142条。主动公开的政府信息占{share}。"
    one = report(text={"一": "本机关按条例开展工作。", "二": said, "五": PROBLEMS, "六": OTHERS})

    assert ("published.share" in codes(audited(one))) is found


@pytest.mark.parametrize(
    ("signed", "found"),
    [
        ("临川县审汁局\n2025年1月13日", True),
        ("临川县审计局 2025年1月13日", False),
        ("审计局\n（2025年1月13日）\n页脚：2019年版权", False),
    ],
)
def test_the_name_below_the_report_is_that_of_its_office(signed, found):
    one = report(text={"一": "本机关按条例开展工作。", "五": PROBLEMS, "六": f"{OTHERS}\n{signed}"})

    assert codes(audited(one)) == (["text.office-name"] if found else [])


@pytest.mark.parametrize(
    ("called", "number", "found"),
    [
        ("编号", "110101199003070011", True),
        ("编号", "110101199003070012", False),
        ("证件号", "110101199003070012", True),
    ],
)
def test_an_identity_number_is_found_and_not_quoted(called, number, found):
    text = {"一": f"申请人（{called}{number}）提出的申请已经答复。", "五": PROBLEMS, "六": OTHERS}
    audit = audited(report(text=text))

    assert ("published.personal" in codes(audit)) is found
    assert all(number not in one.finding.message for one in audit.findings)


def test_the_opening_names_the_notice_of_the_year():
    one = report(opening="本报告根据国办公开办函〔2019〕60号的要求编制，请与临川县审计局办公室联系。")

    assert codes(audited(one)) == ["text.notice"]


def test_a_label_printed_wrongly_is_found_and_one_without_its_ordinal_is_not():
    printed = {"2.其他法律行政止公开": "2.其他法律行政法规禁止公开", "予以公开": "（一）予以公开"}
    found = audited(report(misprints=printed)).findings

    assert [(f.finding.code, f.finding.found) for f in found] == [("requests.label-differs", "2.其他法律行政止公开")]


def test_a_row_that_no_form_has_and_of_which_nothing_was_read_is_no_finding():
    one = report()
    unread = PrintedCell("table3", "（六）其他处理", "自然人", None)

    assert codes(audited(replace(one, cells=(*one.cells, unread)))) == []


def test_doubts_about_a_row_are_told_in_one_line():
    doubts = [
        ReadingDoubt("table3", "三/（七）总计", column, "151", "第 3 行", "连在一起", inferred=True)
        for column in "甲乙丙"
    ]

    assert describe_doubts([*doubts, ReadingDoubt("", "", "", "", "title", "没有读到标题")]) == [
        "推断的：“（七）总计”行 3 格（第 3 行，原文是“151”）：连在一起",
        "没有读到标题",
    ]


def test_the_form_of_another_year_is_a_finding():
    old = report(2020)
    found = codes(audited(replace(old, year=2024, cells=old.cells)))

    assert "requests.outdated-form" in found
    assert "disclosures.outdated-form" in found


# --- wording ----------

OURS = re.compile("台账|参数|导入|登记表|gktools|单位表|params|填报数|checks\\.|经办人|layout|审签")
OF_STORE = (
    "text.signed-early",
    "text.limit",
    "records.",
    "rollup.",
    "declared-",
    "text.declared",
    "text.omitted",
    "text.unbound",
    "label-local",
)


def test_no_rule_about_a_published_report_speaks_of_registers_or_parameters():
    words = {
        code: f"{wording.message}{wording.remedy}"
        for known in (rules(), year_on_year_rules(), published_rules())
        for code, rule in known.items()
        if (wording := rule.wording(published=True))
        and not any(part in code for part in OF_STORE)
        and not code.endswith(".unknown")
        and code not in ("requests.carried-cases", "text.difference-unused", "published.otherwise")
    }

    assert len(words) > 80
    assert {code for code, text in words.items() if OURS.search(text)} == set()


def test_every_severity_has_its_word_for_a_report_that_is_published():
    assert set(LABELS) == set(Severity)


def test_every_rule_about_published_reports_is_tried_here():
    tried = {
        "published.dated-early",
        "published.late",
        "published.never-finished",
        "published.all-finished",
        "published.fee-without-reason",
        "published.charges-gone",
        "published.same-table",
        "published.differs",
        "published.improvement-forgotten",
        "published.cut",
        "published.personal",
        "published.too-long",
        "published.plan-of-the-past",
        "published.share",
    }

    assert published_rules().keys() == tried


def test_charges_that_were_there_last_year_and_are_not_now():
    last = report(2023)
    charged = tuple(replace(c, value=5, printed="5") if "收费金额" in c.column else c for c in last.cells)

    assert "published.charges-gone" in codes(audited(report(2024), replace(last, cells=charged)))
