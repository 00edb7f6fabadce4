"""What the pages of a report are filled with: plain functions from values to values."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from markupsafe import Markup
from projects import make_project
from support.reports import report_data

from gktools.editing.office_file import read_office, save
from gktools.errors import Problem
from gktools.findings import Finding
from gktools.forms.notices import load_format
from gktools.review.context import ReviewContext
from gktools.review.decisions import DecidedFinding
from gktools.review.people import Capacity, Step
from gktools.review.seal import Seal
from gktools.review.state import Comment, FindingDecision, Return, ReviewState, Signature
from gktools.review.web.pages.static_files import paper_style, scope_css
from gktools.review.web.views.changes import compare_with, compare_years
from gktools.review.web.views.comments import threads
from gktools.review.web.views.editing import beside_fields, changes, file_state, panels
from gktools.review.web.views.findings import cards, tallies
from gktools.review.web.views.places import cell_key, find_place, paragraphs
from gktools.review.web.views.signing import date_line, sign_panel
from gktools.workspace.output import ReportRef
from gktools.workspace.params_models import Layout
from gktools.workspace.report_data import ReportCell

AT = "2025-01-20T09:50:31+00:00"
SEAL = Seal({"report.html": ("a" * 64,)}, "f" * 64)
HANDLER, DEPUTY, HEAD = (Capacity(step, name) for step, name in zip(Step, ("甲经办", "甲分管", "甲负责"), strict=True))
KNOWN = (HANDLER, DEPUTY, HEAD)


def finding(mark="f1", severity="explain", **given):
    """A finding as report.json carries it."""
    empty = dict.fromkeys(("row", "column", "row_key", "column_key", "section", "register", "record", "place"))
    base = {"code": "x.y", "severity": severity, "office": "ju", "year": 2024, "table": None, "found": "1"}
    rest = {"expected": "2", "difference": "", "message": "不一致", "rule": mark, "remedy": "", "behind": []}
    return Finding.from_json(empty | base | rest | given)


def verdict(mark="f1", decision="explained", **given):
    one = finding(mark, **given)
    return FindingDecision(one.fingerprint, "x.y", decision, "合并计算", "甲经办", AT, one)


def report(problems=("问题一。",), value=3, year=2024, findings=()):
    """A small report.json: one table with one cell, and one section of text."""
    key = load_format(year).forms[1].key
    cell = {"row": ["新收"], "column": ["总计"], "row_key": "received", "column_key": "total", "value": value}
    sections = [
        {"key": key, "title": "三、表", "paragraphs": []},
        {"key": "problems", "title": "五、问题", "paragraphs": list(problems)},
    ]
    text = {"paragraphs": ["开头。"]}
    whole = {"year": year, "opening": text, "signature": {"paragraphs": []}, "sections": sections}
    return replace(report_data(whole | {"tables": {key: [cell]}}), findings=tuple(findings))


TABLE = load_format(2024).forms[1].key


# --- findings -----------------------------------------------------------------------------------------------


def test_what_blocks_is_decided_by_the_head_alone_and_only_overruled():
    one = [DecidedFinding(finding(severity="block"))]

    assert cards(one, {Step.HANDLER, Step.DEPUTY})[0].choices == {}
    assert list(cards(one, {Step.HEAD})[0].choices) == ["overruled"]


def test_what_asks_for_an_explanation_is_explained_or_dismissed_by_who_may_sign_any_step():
    one = [DecidedFinding(finding())]

    assert list(cards(one, {Step.HANDLER})[0].choices) == ["explained", "dismissed"]
    assert cards(one, set())[0].choices == {}


def test_a_verdict_is_shown_with_person_and_moment_and_may_be_taken_back():
    card = cards([DecidedFinding(finding(), verdict())], {Step.HANDLER})[0]

    assert (card.open, list(card.choices)) == (False, ["reopened"])
    assert (card.decision.reason, card.decision.person, card.decision.at) == ("合并计算", "甲经办", "2025-01-20 17:50")


def test_a_finding_whose_value_changed_is_open_again_with_the_old_reason_beside_it():
    card = cards([DecidedFinding(finding("f2", found="5"), earlier=verdict("f1", found="1"))], {Step.HANDLER})[0]

    assert card.open
    assert card.decision is None
    assert (card.earlier.reason, card.earlier.found) == ("合并计算", "1")


def test_a_finding_that_said_something_else_to_whoever_decided_is_open_and_says_so():
    card = cards([DecidedFinding(finding(), earlier=verdict(message="少一个逗号"))], {Step.HANDLER})[0]

    assert (card.open, card.earlier.message) == (True, "[需说明] 少一个逗号")


def test_open_findings_come_first_the_heaviest_at_the_top():
    found = [
        DecidedFinding(finding("a", "hint")),
        DecidedFinding(finding("b", "explain"), verdict("b")),
        DecidedFinding(finding("c", "explain")),
        DecidedFinding(finding("d", "block")),
    ]

    assert [card.rule for card in cards(found, set())] == ["d", "c", "b", "a"]
    assert [(one.severity, one.all, one.open) for one in tallies(found)] == [
        ("block", 1, 1),
        ("explain", 2, 1),
        ("hint", 1, 0),
    ]


def test_a_finding_leads_to_its_cell():
    card = cards([DecidedFinding(finding(table=TABLE, row_key="a.b", column_key="total"))], set())[0]

    assert card.anchor == f"{TABLE}-a_b-total"


# --- places, comments ---------------------------------------------------------------------------------------


def test_a_cell_and_a_paragraph_are_found_by_their_keys():
    cell = find_place(report(), cell_key(TABLE, ("received", "total")))

    assert cell.label.endswith("新收 · 总计")
    assert cell.anchor == f"{TABLE}-received-total"
    assert find_place(report(["甲。", "乙。"]), "problems:2").label == "五、问题　第 2 段“乙。”"


@pytest.mark.parametrize("key", ["", "problems:9", "problems:x", f"{TABLE}:received:nobody", "nothing:a:b", "a:b:c:d"])
def test_a_place_that_the_report_has_not_is_none(key):
    assert find_place(report(), key) is None


def test_a_section_without_text_is_one_place():
    assert [place.key for place in paragraphs(report([]))] == ["opening:1", f"{TABLE}:1", "problems:1"]


def test_a_comment_on_what_is_gone_is_still_shown_and_open_ones_come_first():
    closed = Comment(1, "problems:1", "改", "甲", AT, closed_by="乙")
    gone = Comment(2, "problems:7", "补", "甲", AT)
    shown = threads(report(), [closed, gone])

    assert [(one.number, one.place.anchor) for one in shown] == [(2, ""), (1, "problems")]


# --- changes ------------------------------------------------------------------------------------------------


def test_a_changed_cell_and_a_changed_sentence_are_shown_with_both_sides():
    compared = compare_with("look", "x", report(value=3), report(["问题二。"], value=5), "")
    table, text = compared.changed

    assert [(c.old, c.new, c.by) for c in table.cells] == [("3", "5", "+2")]
    assert [(piece.kind, piece.text) for piece in text.passages[0].pieces] == [
        ("same", "问题"),
        ("old", "一"),
        ("new", "二"),
        ("same", "。"),
    ]
    assert [section.title for section in compared.same] == ["开头段", "落款"]
    assert compared.summary == "1 格的数、1 段文字"


def test_findings_that_came_and_went_are_named():
    compared = compare_with(
        "look", "x", report(findings=[finding("a")]), report(findings=[finding("b", "block", found="9")]), ""
    )

    assert ([one.severity for one in compared.new], [one.severity for one in compared.gone]) == (["block"], ["explain"])
    assert not compared.changed


def test_a_title_that_is_printed_otherwise_is_a_change():
    old = report()
    compared = compare_with("look", "x", old, replace(old, title="另一个标题"), "")

    assert compared.renamed == (f"“{old.title}”现在印成“另一个标题”",)
    assert compared.summary == "写法 1 处"


def test_without_an_earlier_report_it_is_said_why():
    assert compare_with("look", "x", None, report(), "您还没有看过").summary == "您还没有看过"


def test_an_unknown_figure_has_no_difference():
    cell = compare_with("look", "x", report(value=None), report(value=2.5), "").changed[0].cells[0]

    assert (cell.old, cell.new, cell.by) == ("—", "2.5", "")


def test_last_year_is_compared_cell_by_cell_and_its_text_only_where_its_report_stands():
    known = {TABLE: [ReportCell((), (), ("received", "total"), 1)]}
    without = compare_years("x", known, None, report())
    whole = compare_years("x", known, report(["旧的。"], year=2023), report())

    assert [section.key for section in without.sections] == [TABLE]
    assert "文字没有比" in without.note
    assert [section.key for section in whole.changed] == [TABLE, "problems"]


def test_a_cell_that_last_year_had_not_is_not_compared():
    known = {TABLE: [ReportCell((), (), ("other", "total"), 1)]}

    assert compare_years("x", known, None, report()).changed == ()
    assert "没有上年的数" in compare_years("x", {}, None, report()).why


# --- signing ------------------------------------------------------------------------------------------------


def signature(step, person, void="", **given):
    by = given.pop("on_behalf_of", "")
    return Signature(step, person, by, False, AT, SEAL.hash, SEAL.files, "r", 1, void=void, **given)


def panel(now, person, findings=(), voided=None, seen=True, stale=()):
    """The sign panel of a person who has opened the report, unless seen says otherwise."""
    ref = ReportRef(Path("x"), "ju", 2024)
    context = ReviewContext(ref, person, report(findings=findings), ("d",), {}, Markup(""), (), now, KNOWN)
    return sign_panel(context, seen, stale, voided or {})


def test_the_person_whose_turn_it_is_may_sign_and_nobody_else():
    now = ReviewState(SEAL, (signature(Step.HANDLER, "甲经办"),))

    assert panel(now, "甲分管").mine == DEPUTY
    assert panel(now, "甲负责").mine is None
    assert "轮到“分管领导复核”" in panel(now, "甲负责").why_not
    assert "已经签过" in panel(now, "甲经办").why_not
    assert "不在" in panel(now, "别人").why_not


@pytest.mark.parametrize(
    ("now", "given", "why"),
    [
        (ReviewState(SEAL), {"findings": [finding(severity="block")]}, "1 处“不得发布”没有解决"),
        (ReviewState(SEAL), {"findings": [finding("a"), finding("b")]}, "2 处“需说明”没有说明"),
        (ReviewState(SEAL, decisions={finding().fingerprint: verdict()}), {"findings": [finding()]}, ""),
        (ReviewState(SEAL), {"findings": [finding(severity="hint")]}, ""),
        (ReviewState(SEAL, comments=(Comment(1, "problems:1", "请核对", "甲分管", AT),)), {}, "1 条批注没有答复"),
        (ReviewState(SEAL, comments=(Comment(1, "x", "y", "甲分管", AT, passed_to="甲经办"),)), {}, "1 条批注没有答复"),
        (ReviewState(SEAL, comments=(Comment(1, "x", "y", "甲分管", AT, passed_to="甲负责"),)), {}, ""),
        (ReviewState(SEAL), {"seen": False}, "还没有打开过"),
        (ReviewState(SEAL), {"stale": ("参数或单位表",)}, "报告要重做：做好以后，参数或单位表变了"),
        (ReviewState(None), {}, "备齐"),
        (ReviewState(replace(SEAL, missing=("report.pdf",)), (signature(Step.HANDLER, "甲分管"),)), {}, "重新备齐"),
    ],
)
def test_what_keeps_a_person_from_signing_is_said_before_they_try(now, given, why):
    shown = panel(now, "甲经办", **given)

    assert why in shown.why_not if why else not shown.why_not
    assert (shown.mine is None) == bool(why)


@pytest.mark.parametrize(
    ("layout", "today", "said"),
    [
        ({"signed_on": "2025-01-20"}, date(2025, 1, 20), []),
        ({"signed_on": "2025-01-21"}, date(2025, 1, 20), ["还没有到"]),
        ({}, date(2025, 2, 3), ["没有填", "早 3 天"]),
        ({"signed_on": "2025-01-15"}, date(2025, 1, 20), ["早 5 天"]),
        ({}, date(2025, 1, 20), ["没有填", "还没有到"]),
    ],
)
def test_the_day_under_the_report_is_told_before_it_is_signed(layout, today, said):
    line = date_line(Layout.model_validate(layout), date(2025, 1, 31), today)

    assert line[:10] == layout.get("signed_on", "2025-01-31")
    assert [words for words in ("没有填", "还没有到", "早 3 天", "早 5 天") if words in line] == said
    assert date_line(Layout(signature=False), date(2025, 1, 31), today) == ""


def test_what_was_decided_stands_beside_the_signature():
    passed = Comment(1, "problems:1", "这里请再核对", "甲分管", AT, passed_to="甲负责")
    one = signature(Step.HANDLER, "甲经办", decisions=(verdict(),), comments=(passed,))
    line = panel(ReviewState(SEAL, (one,)), "甲分管").steps[0]

    assert line.decided == ("说明原因（甲经办）：合并计算　——不一致", "批注转给 甲负责：甲分管：这里请再核对")


def test_a_void_signature_is_shown_with_what_changed():
    now = ReviewState(SEAL, (signature(Step.HANDLER, "甲经办", void="签署以后变了：report.html"),))
    line = panel(now, "甲经办", voided={Step.HANDLER: ["表三原来是 1，现在是 2"]}).steps[0]

    assert (line.state, line.void) == ("now", ("表三原来是 1，现在是 2",))


def test_of_two_signatures_by_one_person_the_later_step_does_not_count():
    steps = (signature(Step.HANDLER, "甲经办"), signature(Step.DEPUTY, "甲经办"), signature(Step.HEAD, "甲负责"))
    now = ReviewState(SEAL, steps)

    assert ([one.step for one in now.valid], now.turn, now.approved) == ([Step.HANDLER], Step.DEPUTY, False)


def test_a_signature_for_somebody_is_shown_as_such():
    now = ReviewState(SEAL, (signature(Step.HANDLER, "乙", on_behalf_of="甲经办"),))

    assert panel(now, "甲分管").steps[0].who == "乙（代 甲经办 签）"


def test_a_return_is_shown_and_what_was_never_signed_is_not_sent_back():
    back = Return(Step.DEPUTY, "甲分管", AT, "第五部分太短", 3)

    assert "第五部分太短" in panel(ReviewState(SEAL, returned=back), "甲经办").returned
    assert not panel(ReviewState(SEAL), "甲经办").may_return
    assert panel(ReviewState(SEAL, (signature(Step.HANDLER, "甲经办"),)), "甲分管").may_return


# --- the form -----------------------------------------------------------------------------------------------

OFFICES = {"ju": {"names": [{"name": "示例区民政局"}], "kind": "county_department"}}
OWN = {
    "text": {"problems": "甲\n\n乙\n", "overview": {"disclosure": {"heading": ""}}},
    "contact": {"phone": "0000-1"},
    "layout": {"pictures": ["dispositions"], "signature": False},
}


@pytest.fixture
def file(tmp_path):
    """The parameters of an office, as they were read."""
    return read_office(make_project(tmp_path, OFFICES, {(2024, "ju"): OWN}), "ju", 2024)


def sent(file):
    """What a browser sends of the form when nothing was touched."""
    filled = {}
    for row in (row for panel in panels(file) for row in panel.rows):
        if row.control == "choice":
            filled[row.name] = [str(row.filled).lower() if isinstance(row.filled, bool) else row.filled]
        elif row.control == "several":
            filled[row.name] = ["", *row.filled]
        else:
            filled[row.name] = [str(row.filled).replace("\n", "\r\n")]
        if row.blank:
            filled[f"{row.name}!blank"] = ["1"]
    return filled


def test_a_form_that_nobody_touched_changes_nothing(file):
    assert changes(file, sent(file)) == {}


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"contact.phone": ["0000-2"]}, {("contact", "phone"): "0000-2"}),
        ({"contact.phone": [" "]}, {("contact", "phone"): None}),
        ({"contact.phone": ["x"], "contact.phone!default": ["1"]}, {("contact", "phone"): None}),
        ({"layout.signature": ["true"]}, {("layout", "signature"): True}),
        ({"layout.pictures": [""]}, {("layout", "pictures"): ()}),
        ({"layout.pictures": ["", "dispositions", "offices"]}, {("layout", "pictures"): ("dispositions", "offices")}),
        ({"counting.near_days": ["１０"]}, {("counting", "near_days"): 10}),
        ({"text.overview.disclosure.text": ["a\r\nb"]}, {("text", "overview", "disclosure", "text"): "a\nb"}),
        ({"layout.numbering": ["<script>"]}, {("layout", "numbering"): "<script>"}),
    ],
)
def test_what_was_filled_in_is_read_by_its_field(file, given, found):
    assert changes(file, sent(file) | given) == found


def test_an_empty_heading_that_is_no_longer_meant_goes_back_to_the_default(file):
    name = "text.overview.disclosure.heading"
    filled = {key: value for key, value in sent(file).items() if key != f"{name}!blank"}

    assert changes(file, filled) == {("text", "overview", "disclosure", "heading"): None}


def test_what_a_form_does_not_send_stays(file):
    assert changes(file, {"nothing": ["x"], "text": ["x"], "differences": ["x"]}) == {}


def test_what_was_typed_is_kept_beside_what_is_wrong_with_it(file):
    filled = sent(file) | {"counting.near_days": ["很多"]}
    problems = [Problem("应是整数", "计数口径 › 差一点的范围（天）", value="很多"), Problem("别处", "另一个文件")]
    wrong = [row for panel in panels(file, filled, problems) for row in panel.rows if row.errors]

    assert [(row.name, row.filled, row.errors) for row in wrong] == [
        ("counting.near_days", "很多", ("应是整数（填的是“很多”）",))
    ]
    assert beside_fields(problems) == ["另一个文件：别处"]


def test_the_state_of_a_file_is_another_after_every_change(file):
    assert file_state(save(file, {("contact", "phone"): "1"})) != file_state(file)


def test_a_row_says_where_its_value_comes_from_and_whether_it_is_the_offices_own(file):
    rows = {row.name: row for panel in panels(file) for row in panel.rows}

    assert (rows["contact.phone"].source, rows["contact.phone"].own) == ("本机关", True)
    assert (rows["contact.address"].source, rows["contact.address"].own) == ("系统默认", False)


def test_a_line_that_holds_several_is_not_squeezed_into_one(file):
    rows = {row.name: row for panel in panels(save(file, {("contact", "address"): "甲\n乙"})) for row in panel.rows}

    assert rows["contact.address"].control == "text"


# --- the look of the paper ----------------------------------------------------------------------------------


def test_the_style_of_the_published_page_reaches_nothing_outside_the_paper():
    selectors = re.findall(r"([^{}]+)\{[^{}]*\}", re.sub(r"@media[^{]*\{|@page\s*\{[^}]*\}", "", paper_style()))

    assert selectors
    assert [one for group in selectors for one in group.split(",") if not one.strip(" }\n").startswith(".paper")] == []


def test_rules_for_a_medium_are_put_below_the_paper_too():
    assert scope_css("@media print{@page{size:A4}p,td:nth-child(1){a:b}}") == (
        "@media print{@page{size:A4}.paper p,.paper td:nth-child(1){a:b}}"
    )


def test_no_template_of_the_pages_marks_what_it_is_given_as_safe():
    folder = Path(__file__).parents[2] / "gktools/review/web/templates"
    marked = {
        path.name: re.findall(r"\{\{([^}]*)\|\s*safe", path.read_text(encoding="utf-8")) for path in folder.glob("*.j2")
    }

    assert {word.strip() for words in marked.values() for word in words} <= {"form_token()"}
