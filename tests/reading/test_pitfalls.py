"""What real pages do to the tables: each trap in a small page of its own."""

from __future__ import annotations

import random

import pytest
from printed_layouts import as_html, as_lines, draw, figures_of

from gktools.reading.files import GivenFile, read_file
from gktools.reading.published import TABLES, PrintedReport

BLOCK = "<tr><td colspan=4>第二十条第（{0}）项</td></tr><tr><td>信息内容</td><td colspan=3>本年处理决定数量</td></tr>"
HEAD_3 = (
    "<tr><td colspan=3 rowspan=3>（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）</td>"
    "<td colspan=7>申请人情况</td></tr>"
    "<tr><td rowspan=2>自然人</td><td colspan=5>法人或其他组织</td><td rowspan=2>总计</td></tr>"
    "<tr><td>商业企业</td><td>科研机构</td><td>社会公益组织</td><td>法律服务机构</td><td>其他</td></tr>"
)
RECEIVED = "一、本年新收政府信息公开申请数量"


def read(page: str | bytes, name: str = "a.html") -> PrintedReport:
    (found,) = read_file(GivenFile(name, page if isinstance(page, bytes) else page.encode()))
    assert isinstance(found, PrintedReport), found
    return found


def values(report: PrintedReport, row: str) -> list[object]:
    return [cell.value for cell in report.cells if cell.row.endswith(row)]


def row(label: str, *cells: object, span: int = 3) -> str:
    return f"<tr><td colspan={span}>{label}</td>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def table(*rows: str) -> str:
    return f"<table>{''.join(rows)}</table>"


def test_a_table_goes_on_after_a_page_and_its_block_title_stays_behind():
    page = (
        table(
            BLOCK.format("五"),
            "<tr><td>行政许可</td><td colspan=3>550</td></tr>",
            "<tr><td colspan=4>第二十条第（六）项</td></tr>",
        )
        + "<p>- 2 -</p>"
        + table(
            "<tr><td>信息内容</td><td>本年处理决定数量</td></tr>",
            "<tr><td>行政处罚</td><td>4119</td></tr><tr><td>行政强制</td><td>195</td></tr>",
        )
    )

    assert values(read(page), "行政处罚") == [4119]
    assert values(read(page), "行政强制") == [195]


def test_the_columns_above_stand_on_the_page_before():
    page = (
        table(HEAD_3, row(RECEIVED, 1, 2, 0, 0, 0, 0, 3))
        + "<p>3</p>"
        + table(row("二、上年结转政府信息公开申请数量", 0, 0, 4, 0, 0, 0, 4))
    )

    assert values(read(page), "上年结转政府信息公开申请数量") == [0, 0, 4, 0, 0, 0, 4]


def test_the_columns_are_printed_again_on_every_page():
    page = table(
        HEAD_3, row(RECEIVED, 1, 2, 0, 0, 0, 0, 3), HEAD_3, row("二、上年结转政府信息公开申请数量", 0, 0, 4, 0, 0, 0, 4)
    )

    assert values(read(page), RECEIVED) == [1, 2, 0, 0, 0, 0, 3]
    assert values(read(page), "上年结转政府信息公开申请数量") == [0, 0, 4, 0, 0, 0, 4]


def test_the_columns_are_a_table_of_their_own():
    page = table(HEAD_3) + table(row(RECEIVED, 1, 2, 0, 0, 0, 0, 3))

    assert values(read(page), RECEIVED) == [1, 2, 0, 0, 0, 0, 3]


def test_labels_are_cut_into_spans_of_one_letter():
    cut = "".join(
        f"<span lang='EN-US' style='mso-bidi-font-size:12pt'>{letter}<o:p></o:p></span>" for letter in RECEIVED
    )
    page = table(HEAD_3, row(cut, 1, 2, 0, 0, 0, 0, 3))

    assert values(read(page), RECEIVED) == [1, 2, 0, 0, 0, 0, 3]


def test_spans_are_on_other_columns_than_in_the_header():
    page = table(
        "<tr><td>信息内容</td><td>上一年项目数量</td><td colspan=2>本年增/减</td><td>处理决定数量</td></tr>",
        "<tr><td>行政许可</td><td colspan=2>21</td><td>+19</td><td>40</td></tr>",
    )

    assert values(read(page), "行政许可") == [21, "+19", 40]


def test_a_header_stands_in_two_paragraphs():
    page = table(
        HEAD_3.replace("社会公益组织", "<p>社会公益</p><p>组织</p>").replace("商业企业", "商业<br>企业"),
        row(RECEIVED, 1, 2, 0, 0, 0, 0, 3),
    )

    assert values(read(page), RECEIVED) == [1, 2, 0, 0, 0, 0, 3]


def test_a_header_stands_in_two_rows():
    text = (
        "自然人 | 法人或其他组织 | 总计 |\n商业 | 科研 | 社会公益组织 | 法律服务机构 | 其他 |\n企业 | 机构 |\n"
        f"{RECEIVED} | 1 | 2 | 0 | | | 0 | 3 |\n"
    )

    assert values(read(text, "a.txt"), RECEIVED) == [1, 2, 0, "", "", 0, 3]


def test_cells_that_merged_ones_cover_are_drawn_empty():
    page = table(
        "<tr><td>（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）</td><td></td><td></td><td>申请人情况</td><td></td><td></td><td></td><td></td><td></td><td></td></tr>",
        "<tr><td></td><td></td><td></td><td>自然人</td><td>法人或其他组织</td><td></td><td></td><td></td><td></td><td>总计</td></tr>",
        "<tr><td></td><td></td><td></td><td></td><td>商业企业</td><td>科研机构</td><td>社会公益组织</td><td>法律服务机构</td><td>其他</td><td></td></tr>",
        f"<tr><td>{RECEIVED}</td><td></td><td></td><td>1</td><td>2</td><td></td><td></td><td></td><td>0</td><td>3</td></tr>",
        "<tr><td>三、本年度办理结果</td><td>（一）予以公开</td><td>&nbsp;</td><td></td><td>2</td><td></td><td></td><td></td><td>0</td><td></td></tr>",
    )

    assert values(read(page), RECEIVED) == [1, 2, "", "", "", 0, 3]
    assert values(read(page), "予以公开") == ["", 2, "", "", "", 0, ""]


def test_a_table_about_the_page_stands_first():
    page = (
        "<table><tr><td>索引号</td><td>000014349/2022-00007</td><td>发布机构</td><td>示例局</td></tr><tr><td>总计</td><td>7</td></tr></table>"
        + table(HEAD_3, row(RECEIVED, 1, 2, 0, 0, 0, 0, 3))
    )

    assert values(read(page), RECEIVED) == [1, 2, 0, 0, 0, 0, 3]
    assert len(read(page).cells) == 7


def test_a_table_lays_out_the_page():
    inner = table(HEAD_3, row(RECEIVED, 1, 2, 0, 0, 0, 0, 3))
    middle = f"<table><tr><td><p>三、收到和处理政府信息公开申请情况</p>{inner}</td><td>右栏</td></tr></table>"
    page = f"<table><tr><td>导航</td><td>{middle}</td></tr></table>"

    assert values(read(page), RECEIVED) == [1, 2, 0, 0, 0, 0, 3]


def test_labels_and_numbers_out_of_order_are_not_read():
    figures = dict.fromkeys(figures_of(2023, random.Random(1)), "7")
    lines = as_lines(draw(2023, figures)).split("\n\n")
    labels, numbers = [line for line in lines if line != "7"], [line for line in lines if line == "7"]

    assert [cell for cell in read("\n".join([*labels, *numbers]), "a.txt").cells if cell.value is not None] == []


def test_traditional_characters_are_read():
    page = table(
        "<tr><td colspan=3 rowspan=3></td><td colspan=7>申請人情況</td></tr><tr><td rowspan=2>自然人</td><td colspan=5>法人或其他組織</td>"
        "<td rowspan=2>總計</td></tr><tr><td>商業企業</td><td>科研機構</td><td>社會公益組織</td><td>法律服務機構</td><td>其他</td></tr>",
        row("一、本年新收政府信息公開申請數量", 1, 2, 0, 0, 0, 0, 3),
        row("（二）部分公開（區分處理的，只計這一情形，不計其他情形）", 1, 0, 0, 0, 0, 0, 1),
    )

    assert values(read(page), RECEIVED) == [1, 2, 0, 0, 0, 0, 3]
    assert len(read(page).by_cell) == 14


def test_numbers_of_sections_are_used_twice():
    page = (
        "<p>示例局2023年政府信息公开工作年度报告</p><p>一、总体情况</p><p>二、工作开展情况</p><p>开展培训3次。</p><p>三、机构和人员</p><p>专人1名。</p>"
        "<p>二、主动公开政府信息情况</p>"
        + table(BLOCK.format("五"), "<tr><td>行政许可</td><td colspan=3>5</td></tr>")
        + "<p>三、收到和处理政府信息公开申请情况</p><p>四、政府信息公开行政复议、行政诉讼情况</p>"
        "<p>五、存在的主要问题及改进情况</p><p>一、存在的问题</p><p>人手不足。</p><p>六、其他需要报告的事项</p><p>无。</p><p>示例局</p><p>2024年1月5日</p>"
    )
    report = read(page)

    assert report.text["一"] == "二、工作开展情况\n开展培训3次。\n三、机构和人员\n专人1名。"
    assert report.text["五"] == "一、存在的问题\n人手不足。"
    assert (report.text["六"], report.published_on) == ("无。", "2024-01-05")


def test_the_old_form_in_a_new_year_is_read_as_the_old_one():
    report = read(as_html(draw(2020, figures_of(2020, random.Random(2)), "示例局")).replace("2020年政府", "2023年政府"))

    assert (report.year, report.format, report.form_found) == (2023, "2021", "2019")
    assert len(report.by_cell) == 198
    assert {cell.value for cell in report.cells if cell.value is None} == set()


def test_rows_that_no_form_has_stand_under_their_printed_label():
    page = table(
        "<tr><td colspan=4>第二十条第（一）项</td></tr>",
        "<tr><td>信息内容</td><td>本年制发件数</td><td>本年废止件数</td><td>现行有效件数</td></tr>",
        "<tr><td>行政规范性文件（含联合发文）</td><td>3</td><td>1</td><td>9</td></tr>",
        "<tr><td>其他主动公开文件</td><td>8</td><td>0</td><td>8</td></tr>",
    )
    report = read(page)

    assert values(report, "行政规范性文件") == [3, 1, 9]
    assert [(cell.row, cell.value) for cell in report.cells if cell.cell is None] == [
        ("第二十条第（一）项/其他主动公开文件", 8),
        ("第二十条第（一）项/其他主动公开文件", 0),
        ("第二十条第（一）项/其他主动公开文件", 8),
    ]


@pytest.mark.parametrize(
    ("printed", "value"),
    [
        ("12", 12), (" 1 2&nbsp;", 12), ("-5", -5), ("７", "７"), ("1,234", "1,234"), ("+19", "+19"), ("2笔", "2笔"),
        ("160.5964万元", "160.5964万元"), ("/", "/"), ("—", "—"), ("&nbsp;", ""), ("　", ""), ("&#8203;", ""), ("无", "无"),
        ("<p>0</p><p>&nbsp;</p>", 0), ("<span>1</span><span>5</span>", 15), ("<p>3</p><p>5</p>", "3 5"),
        ("<span style='display:none'>9</span>4", 4), ("<!-- 9 -->4", 4), ("1" * 25, "1" * 25),
    ],
)  # fmt: skip
def test_a_cell_has_a_number_or_the_text_as_found(printed, value):
    page = table(BLOCK.format("五"), f"<tr><td>行政许可</td><td colspan=3>{printed}</td></tr>")

    assert values(read(page), "行政许可") == [value]


def test_digits_of_a_figure_are_kept():
    page = table(
        "<tr><td>信息内容</td><td>本年收费金额（单位：万元）</td></tr><tr><td>行政事业性收费</td><td>4166.2400</td></tr>"
    )

    assert str(values(read(page), "行政事业性收费")[0]) == "4166.2400"


def test_what_is_printed_twice_and_differs_is_not_read():
    one = table(HEAD_3, row(RECEIVED, 1, 2, 0, 0, 0, 0, 3))
    report = read(one + one.replace("<td>2</td>", "<td>9</td>"))

    assert values(report, RECEIVED) == [1, None, 0, 0, 0, 0, 3]
    assert [doubt.why for doubt in report.unsure if doubt.table] == ["两处不同：“2”和“9”（表 2 第 4 行第 3 格）"]


def test_columns_in_another_order_are_read_by_their_labels():
    page = table(
        "<tr><td>信息内容</td><td>现行有效件数</td><td>本年制发件数</td><td>本年废止件数</td></tr>",
        "<tr><td>规章</td><td>9</td><td>1</td><td>2</td></tr>",
    )
    report = read(page)

    assert {cell.column: cell.value for cell in report.cells} == {
        "本年制发件数": 1,
        "本年废止件数": 2,
        "现行有效件数": 9,
    }


def test_a_label_with_letters_left_out_is_known_where_only_one_can_be_meant():
    page = table(HEAD_3, row("2.其他法律行政止公开", 1, 2, 0, 0, 0, 0, 3))
    report = read(page)

    assert values(report, "2.其他法律行政法规禁止公开") == [1, 2, 0, 0, 0, 0, 3]
    assert report.misprints == {"2.其他法律行政止公开": "2.其他法律行政法规禁止公开"}


def test_a_cell_over_two_columns_is_not_read():
    page = table(
        HEAD_3,
        f"<tr><td colspan=3>{RECEIVED}</td><td>1</td><td colspan=2>2</td><td>0</td><td>0</td><td>0</td><td>3</td></tr>",
    )

    assert set(values(read(page), RECEIVED)) == {None}


def test_rows_without_labels_are_no_rows():
    page = table(HEAD_3, row("", 1, 2, 0, 0, 0, 0, 3), row("二、上年结转政府信息公开申请数量", 0, 0, 4, 0, 0, 0, 4))

    assert {cell.row for cell in read(page).cells} == {"二、上年结转政府信息公开申请数量"}


def test_figures_without_columns_are_inferred_only_if_every_sum_agrees():
    good = [row(RECEIVED, 1, 2, 0, 0, 0, 0, 3), row("二、上年结转政府信息公开申请数量", 0, 0, 4, 0, 0, 0, 4)]
    report, broken = read(table(*good)), read(table(*good, row("四、结转下年度继续办理", 1, 1, 1, 0, 0, 0, 9)))

    assert {cell.inferred for cell in report.cells} == {True}
    assert values(report, RECEIVED) == [1, 2, 0, 0, 0, 0, 3]
    assert {cell.value for cell in broken.cells} == {None}


def test_a_row_of_figures_without_a_label_is_told():
    page = table(HEAD_3, row("", 1, 2, 0, 0, 0, 0, 3), row("二、上年结转政府信息公开申请数量", 0, 0, 4, 0, 0, 0, 4))
    (doubt,) = [doubt for doubt in read(page).unsure if doubt.table]

    assert (doubt.table, doubt.row, doubt.printed) == ("table3", "", "1 2 0 0 0 0 3")
    assert "认不出这是哪一行" in doubt.why


PDF_STYLE = "<style>@page{size:A4;margin:5cm 1cm 6cm}body{font:9pt sans-serif}table{border-collapse:collapse}td{border:1px solid}</style>"


@pytest.mark.parametrize("year", [2020, 2023])
def test_tables_in_a_pdf_go_on_over_pages_and_rows_without_a_lower_border(year):
    from weasyprint import HTML

    figures = figures_of(year, random.Random(year))
    page = as_html(draw(year, figures)).replace("<head>", f"<head>{PDF_STYLE}")
    report = read(HTML(string=page).write_pdf(), "a.pdf")
    found = {(cell.table, cell.cell): cell.printed for cell in report.cells}

    assert len(found) >= len(figures) - 7
    assert {key: value for key, value in found.items() if value != figures[FORMS[key[0]], key[1]]} == {}


FORMS = {name: key for key, name in TABLES.items()}


def test_markdown_has_tables_as_on_a_page_between_its_lines():
    text = (
        "# 示例局2023年政府信息公开工作年度报告\n\n## 一、总体情况\n\n开展<!--[if !supportLists]-->培训3次。\n\n"
        "## 二、主动公开政府信息情况\n\n"
        + table(BLOCK.format("五"), "<tr><td>行政许可</td><td colspan=3>550</td></tr>")
        + "\n\n## 三、收到和处理政府信息公开申请情况\n\n"
        + table(HEAD_3, row(RECEIVED, 1, 2, 0, 0, 0, 0, 3))
        + "\n\n## 五、存在的主要问题及改进情况\n\n无。\n"
    )
    report = read(text, "a.md")

    assert (values(report, "行政许可"), values(report, RECEIVED)) == ([550], [1, 2, 0, 0, 0, 0, 3])
    assert (report.unit, report.text["一"], report.text["五"]) == ("示例局", "开展培训3次。", "无。")


def test_a_cell_of_markdown_has_breaks_and_blanks_by_name():
    text = "| 信息内容 | 本年<br>制发件数 | 本年废止<br/>件数 | **现行有效件数** |\n|---|---|---|---|\n| 规章 | &nbsp; | 2 | **9** |\n"

    assert values(read(text, "a.md"), "规章") == ["", 2, 9]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("总计", "合计"),
        ("结果维持", "维持"),
        ("申请人情况", ""),
        ("信息内容", "项目"),
        ("第二十条第（一）项", ""),
        ("<tbody>", "<tbody><form action='#'>"),
        ("行政许可</td>", "<b>行政许可</b>：</td>"),
        ("<td", "<th"),
    ],
)
def test_another_wording_of_a_label_changes_no_figure(old, new):
    figures = figures_of(2023, random.Random(6))
    page = as_html(draw(2023, figures)).replace(old, new)
    report = read(page)

    assert {(cell.table, cell.cell): cell.printed for cell in report.cells} == {
        (TABLES[table], cell): printed for (table, cell), printed in figures.items()
    }
    assert not [doubt for doubt in report.unsure if doubt.table]
