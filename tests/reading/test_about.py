"""What a report says of itself: the heading and the period before the page's title and lists of links."""

from __future__ import annotations

import pytest

from gktools.reading.files import GivenFile, read_file
from gktools.reading.published import PrintedReport

TABLE = "<table><tr><td>信息内容</td><td>本年处理决定数量</td></tr><tr><td>行政许可</td><td>5</td></tr></table>"
TITLE = "某县民政局2023年政府信息公开工作年度报告"
PERIOD = "<p>所列数据的统计期限自2023年1月1日起至2023年12月31日止。</p>"


def read(body: str, title: str = "") -> PrintedReport:
    page = f"<html><head><meta charset='utf-8'><title>{title}</title></head><body>{body}{TABLE}</body></html>"
    (found,) = read_file(GivenFile("a.html", page.encode()))
    assert isinstance(found, PrintedReport), found
    return found


@pytest.mark.parametrize(
    "heading",
    [
        TITLE,
        "某县民政局二〇二三年政府信息公开工作年度报告",
        "某县民政局２０２３年政府信息公开工作年度报告",
        "某县民政局二０二三年度政府信息公开年报",
        "某县民政局政府信息公开工作年度报告（2023年度）",
        "某县民政局关于2023年度政府信息公开工作情况的报告",
        "关于印发某县民政局2023年政府信息公开工作年度报告的通知",
        "2024年1月某县民政局发布2023年政府信息公开工作年度报告",
        "2023年某县民政局政府信息公开工作年度报告",
    ],
)
def test_office_and_year_of_a_title(heading):
    report = read(f"<h1>{heading}</h1>")

    assert (report.unit, report.year) == ("某县民政局", 2023)
    assert report.title is not None


def test_an_office_may_be_named_after_the_disclosure_of_information():
    report = read("<h1>某县政府信息公开办公室2023年政府信息公开工作年度报告</h1>")

    assert report.unit == "某县政府信息公开办公室"


@pytest.mark.parametrize(
    "before",
    [
        "<ul><li><a href='#'>某县民政局2022年政府信息公开工作年度报告</a></li></ul>",
        "<p>上一篇：某县教育局2022年政府信息公开工作年度报告</p>",
        "<p><a href='#'>某县教育局2023年政府信息公开工作年度报告</a></p>",
    ],
)
def test_links_to_other_reports_do_not_name_this_one(before):
    assert read(f"{before}<h1>{TITLE}</h1>{PERIOD}").title == TITLE
    assert read(f"{before}<p>{TITLE}</p>{PERIOD}").title == TITLE


def test_the_heading_counts_before_the_title_of_the_page():
    report = read(f"<h1>{TITLE}</h1>{PERIOD}", "2024年某县人民政府门户网站 政府信息公开年报")

    assert (report.unit, report.year) == ("某县民政局", 2023)


def test_a_year_that_contradicts_the_period_is_not_taken():
    report = read("<h1>某县民政局2022年政府信息公开工作年度报告</h1>" + PERIOD)

    assert report.year is None
    assert any("2022" in doubt.why and "2023" in doubt.why for doubt in report.unsure)


def test_the_end_of_the_period_is_no_day_of_publication():
    report = read(f"<h1>{TITLE}</h1><p>统计期限自2023年1月1日起至</p><p>2023年12月31日</p>")

    assert report.published_on is None


SECTIONS = (
    "一、总体情况", "二、主动公开政府信息情况", "三、收到和处理政府信息公开申请情况", "四、政府信息公开行政复议、行政诉讼情况",
    "五、存在的主要问题及改进情况", "六、其他需要报告的事项",
)  # fmt: skip


def test_a_table_of_contents_is_no_section():
    contents = "".join(f"<p>{title}</p>" for title in SECTIONS)
    body = "".join(f"<p>{title}</p><p>正文{number}。</p>" for number, title in enumerate(SECTIONS))
    report = read(f"<h1>{TITLE}</h1><p>目录</p>{contents}{body}")

    assert [report.text[one] for one in "一五六"] == ["正文0。", "正文4。", "正文5。"]


def test_sections_in_another_order_keep_their_text():
    five, six = f"<p>{SECTIONS[4]}</p><p>有问题。</p>", f"<p>{SECTIONS[5]}</p><p>无。</p>"
    report = read(f"<h1>{TITLE}</h1><p>{SECTIONS[0]}</p><p>好。</p>{six}{five}")

    assert (report.text["五"], report.text["六"]) == ("有问题。", "无。")


def test_the_foot_of_the_page_is_not_in_the_last_section():
    foot = "<p>某县民政局</p><p>2024年1月5日</p><p>上一篇：某县</p><div>版权所有：某县人民政府 ICP备123号</div>"
    report = read(f"<h1>{TITLE}</h1><p>六、其他需要报告的事项：无。</p>{foot}")

    assert report.text.get("六") == "无。"
