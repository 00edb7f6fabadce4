"""Whatever a published report prints, its audit ends, in bounded time, and its page is whole."""

import time
from decimal import Decimal

import lxml.html
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from machine import examples

from gktools.checks.finished.audit import audit_reports
from gktools.checks.finished.last_report import comparison_text, summary_rows, take_from
from gktools.checks.finished.words import describe
from gktools.forms.notices import load_format
from gktools.reading.published import TABLES, PrintedCell, PrintedReport, ReadingDoubt
from gktools.render.audit.page import draw_audits

YEARS = (2019, 2020, 2021, 2024)
WORDS = st.text(st.characters(codec="utf-8"), max_size=12) | st.sampled_from(
    ["（七）总计", "其他", "自然人", "/", "", " ", "2笔", "１２", "+19", "--3", "９" * 40, "1,234", "{0}", "%s", "<b>"]
)
VALUES = (
    st.none()
    | st.integers(-5, 10**6)
    | st.decimals(-5, 10**6, allow_nan=False, allow_infinity=False)
    | WORDS
    | st.just(10**40)
    | st.just(Decimal("0.0000001"))
)
TEXT = st.lists(
    WORDS
    | st.sampled_from(
        [
            "全年收到政府信息公开申请９９９件，办结率100%。",
            "收取信息处理费1万元。",
            "一是无；三是{office}；2024年，我局将改。",
            "总数510条，其中主动公开政府信息198条。主动公开的政府信息占41.5%。",
            "某某局\n2024年13月45日",
        ]
    ),
    max_size=4,
).map("\n".join)


@st.composite
def reports(draw):
    year = draw(st.sampled_from(YEARS))
    form = load_format(draw(st.sampled_from(YEARS)))
    cells = []
    for key, table in TABLES.items():
        for cell in draw(st.lists(st.sampled_from(form[key].cells), max_size=30)):
            rows, columns = ("/".join(labels) for labels in form[key].address(cell))
            row = draw(st.just(rows) | WORDS)
            group, _, column = columns.rpartition("/")
            if key == "reviews":
                row, columns = group, column
            value = draw(VALUES)
            cells.append(PrintedCell(table, row, columns, value, str(value), draw(WORDS), None, draw(st.booleans())))
    keys = st.sampled_from("一二三四五六七")
    return PrintedReport(
        draw(WORDS),
        "pdf",
        unit=draw(st.none() | WORDS | st.just("临川县审计局")),
        year=year,
        title=draw(st.none() | WORDS),
        published_on=draw(st.none() | WORDS | st.just("2024-02-30")),
        cells=tuple(cells),
        text=draw(st.dictionaries(keys, TEXT, max_size=4)),
        opening=draw(TEXT),
        titles=draw(st.dictionaries(keys, WORDS, max_size=4)),
        misprints=draw(st.dictionaries(WORDS, st.sampled_from(["（七）总计", "自然人", "无"]), max_size=2)),
        unsure=tuple(draw(st.lists(st.builds(ReadingDoubt, WORDS, WORDS, WORDS, WORDS, WORDS, WORDS), max_size=3))),
        whole=draw(st.booleans()),
    )


@settings(max_examples=examples(25), deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(st.lists(reports(), min_size=1, max_size=2), st.lists(reports(), max_size=1))
def test_any_report_is_audited_drawn_and_begun_from(some, before):
    audits = audit_reports(some, before)
    page = draw_audits(audits)

    assert len(audits) == len(some)
    assert lxml.html.fromstring(page).xpath("count(//article)") == len(some)
    for audit in audits:
        for proposals in audit.proposals:
            describe(proposals)
        last = take_from(audit)
        summary_rows(last, None)
        comparison_text(last)


def many_rows(count):
    return tuple(PrintedCell("table3", f"行{n}" * 20, "自然人", 1, "1") for n in range(count))


def many_columns(count):
    return tuple(PrintedCell("table3", "（七）总计", f"列{n}" * 20, 1, "1") for n in range(count))


def many_texts(count):
    form = load_format(2024)["requests"]
    rows = ["/".join(form.address(cell)[0]) for cell in form.cells]
    return tuple(
        PrintedCell("table3", row, f"{n}", "长" * 1000, "长" * 1000) for n in range(count // 100) for row in rows
    )


@pytest.mark.parametrize(
    "cells", [many_rows(20_000), many_columns(20_000), many_texts(2_000)], ids=["rows", "columns", "texts"]
)
def test_a_report_with_thousands_of_rows_is_audited_in_seconds(cells):
    started = time.process_time()
    (audit,) = audit_reports([PrintedReport("大.json", "json", unit="临川县审计局", year=2024, cells=cells)])
    draw_audits([audit])

    assert time.process_time() - started < 10
    assert len(audit.findings) < 2_000


@pytest.mark.parametrize("words", ["收到申请1件，", "一", "公开占", "共5件，其中", " ", "2024年将", "（"])
def test_a_text_of_a_hundred_thousand_characters_is_checked_up_to_a_length_and_told_so(words):
    text = words * (100_000 // len(words))
    started = time.process_time()
    (audit,) = audit_reports([PrintedReport("长.txt", "txt", unit="甲局", year=2024, text={"一": text}, whole=False)])

    assert "published.too-long" in {one.finding.code for one in audit.findings}
    assert time.process_time() - started < 20
