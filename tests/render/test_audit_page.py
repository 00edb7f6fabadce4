"""The page about an audited report: errors are marked where they stand, and nothing in it can run."""

import json
from dataclasses import replace

from faultless import figures
from lxml import html

from gktools.checks.finished.audit import audit_reports
from gktools.reading.published import ReadingDoubt, from_json
from gktools.render.audit.page import draw_audits

TEXT = {"一": "全年收到政府信息公开申请3件。\n其他工作正常。", "六": "无。"}


def page(**changes):
    data = figures(2024) | {"unit": "临川县审计局", "text": TEXT, "complete_tables": False}
    data["table3"]["（七）总计"] |= {"自然人": "2笔"} | changes.pop("totals", {})
    (report,) = from_json(json.dumps(data, ensure_ascii=False), "报告.json", "ab12")
    return html.fromstring(draw_audits(audit_reports([replace(report, **changes)])))


def test_a_wrong_cell_is_marked_with_what_is_printed_and_why():
    (cell,) = page().xpath("//td[text()='2笔']")

    assert cell.get("class") == "block"
    assert "填的是文字" in cell.get("title")


def test_a_wrong_passage_is_marked_in_the_text():
    (mark,) = page().xpath("//section//mark")

    assert (mark.text, mark.get("class")) == ("全年收到政府信息公开申请3件", "block")


def test_what_could_not_be_read_stands_before_the_findings():
    doubt = ReadingDoubt("table3", "（七）总计", "自然人", "2?", "第 3 页", "看不清")
    words = page(unsure=(doubt,)).xpath("//div[@aria-label='核对的结果']")[0].text_content()

    assert words.index("“（七）总计”行“自然人”列（第 3 页，原文是“2?”）：看不清") < words.index("发现的问题")


def test_an_inferred_figure_is_shown_by_itself_with_the_text_it_was_taken_from():
    (report,) = from_json(json.dumps(figures(2024) | {"unit": "临川县审计局", "complete_tables": False}), "报告.json")
    cells = tuple(
        replace(cell, printed="0 0 0 00", inferred=True) if cell.row.endswith("（七）总计") else cell
        for cell in report.cells
    )
    drawn = html.fromstring(draw_audits(audit_reports([replace(report, cells=cells)])))

    assert [cell.text for cell in drawn.xpath("//td[contains(@title, '推断的，原文是“0 0 0 00”')]")] == ["0"] * 7


def test_the_file_is_named_with_its_hash_and_no_time_is_told():
    words = page().text_content()

    assert "报告.json（SHA-256 ab12）" in words
    assert "没有与上年的报告比" in words


def test_nothing_of_the_report_becomes_markup():
    evil = "</td><script>alert(1)</script>"
    drawn = page(totals={"总计": evil}, title=evil, text={"一": evil})

    assert drawn.xpath("//script") == []
    assert evil in drawn.text_content()
