"""Titles break into lines where people would break them, on a page, in a PDF and in Word."""

from __future__ import annotations

import lxml.html
import pytest

from gktools.forms.notices import formats
from gktools.render.page import TEMPLATES
from gktools.render.titles import draw_report_title, draw_title, title_lines, title_pieces

OFFICE = "示例市云溪区人力资源和社会保障局"
TITLE = f"{OFFICE}2024年政府信息公开工作年度报告"
WORDS = ("政府信息公开", "年度报告", "行政复议、", "行政诉讼", "主要问题", "需要报告的事项", "2024年")


def test_a_title_is_divided_after_parts_of_the_office_the_year_and_whole_words():
    assert title_pieces(TITLE) == (
        *("示例市", "云溪区", "人力资源和社会保障局"),
        *("2024年", "政府信息公开", "工作", "年度报告"),
    )


@pytest.mark.parametrize("title", [TITLE, *(section.title for form in formats() for section in form.sections)])
def test_no_title_of_a_report_is_broken_inside_a_word_and_its_text_is_as_it_was(title):
    pieces = title_pieces(title)

    assert "".join(pieces) == title
    for word in WORDS:
        assert title.count(word) == sum(piece.count(word) for piece in pieces)


def test_a_part_of_a_name_too_long_for_a_phone_is_divided_at_a_joint_and_else_left_to_the_browser():
    assert title_pieces("云溪区退役军人事务和应急管理综合行政执法局")[1:] == (
        "退役军人事务和",
        "应急管理综合行政执法局",
    )
    assert draw_title("某" * 40) == "某" * 40


def test_a_title_on_a_page_has_its_words_whole_and_its_signs_escaped():
    drawn = draw_report_title("某<局>2024年政府信息公开工作年度报告", "某<局>")
    page = lxml.html.fromstring(f"<h1>{drawn}</h1>")

    assert page.text_content() == "某<局>2024年政府信息公开工作年度报告"
    assert next(line.text_content() for line in page.xpath("span[@class='line']")) == "某<局>"
    assert "政府信息公开" in page.xpath("//span[@class='whole']/text()")


@pytest.mark.parametrize("style", ["gk-report/style.css", "gk-pdf/style.css"])
def test_the_style_of_a_page_keeps_the_words_of_a_title_whole(style):
    assert ".whole{white-space:nowrap}" in (TEMPLATES / style).read_text(encoding="utf-8")


def test_in_word_a_long_title_is_broken_after_the_office_and_a_long_office_after_one_of_its_parts():
    name = f"示例省示例自治州{OFFICE}"

    assert title_lines(TITLE, OFFICE, 50, len) == [TITLE]
    assert title_lines(TITLE, OFFICE, 20, len) == [OFFICE, "2024年政府信息公开工作年度报告"]
    assert title_lines(f"{name}2024年政府信息公开工作年度报告", name, 16, len) == [
        "示例省示例自治州示例市云溪区",
        "人力资源和社会保障局",
        "2024年政府信息公开工作",
        "年度报告",
    ]
