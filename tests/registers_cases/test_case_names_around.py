"""What the titles above a table, the names of its sheet and its file say of all rows is asked about where it disagrees."""

from __future__ import annotations

from decimal import Decimal

import pytest

from gktools.registers.intake.title_words import sayings, telling_part
from registers_cases.desk import CHARGES, HEAD, REQUESTS, cover, request

FEES = ["项目名称", "收缴日期", "票据号", "金额（元）"]
FEE = ["工本费", "2024-03-05", "票1", 100]
ASKED = {
    "requests": [
        "信访投诉事项登记台账（非依申请公开）",
        "2023年依申请公开台账",
        "区长信箱办理台账",
        "上级转办申请",
        "2024年12345市民服务热线诉求办理登记表",
        "档案查阅利用登记表",
        "政民互动办理台账",
    ],
    "reconsiderations": [
        "行政复议案件登记表（非信息公开类）",
        "劳动保障监察案件台账",
        "司法局办理行政复议案件台账",
        "2024年工伤认定行政复议登记表",
        "行政裁决登记表",
        "不动产登记行政复议台账",
    ],
    "lawsuits": ["民事诉讼台账", "行政处罚类诉讼", "行政协议类", "国家赔偿案件台账"],
    "documents": [
        "征求意见稿",
        "不再执行的规范性文件清单",
        "已过有效期规范性文件目录",
        "政策性文件解读目录",
        "2024年发文登记簿",
        "宣布失效的规范性文件目录",
    ],
    "decisions": ["撤案登记", "行政处罚听证登记台账", "申请法院强制执行案件台账", "行政检查台账", "上年处罚"],
    "charges": [
        "罚没收入台账",
        "职工食堂伙食费收取登记",
        "社会保险费征缴明细",
        "补助发放台账",
        "2024年收费预算",
        "2024年代收费台账",
        "下属学校收费",
        "代区财政局收",
    ],
    "matters": ["退件", "未纳入统计的办件"],
    "publications": ["未发布（待审）", "依申请公开信息"],
    "activities": ["培训计划"],
    "items": ["取消和下放事项"],
    "procurements": ["采购意向"],
}
HONEST = {
    "requests": [
        "青山区信访局2024年政府信息公开申请登记表", "12345政务服务便民热线受理中心2024年依申请公开台账", "2023年结转申请", "不属于本机关",
        "2024年依申请公开、行政复议、行政诉讼台账", "2024年依申请公开台账（不含作废件）", "2024年1月", "2024年台账（2025年1月报送）",
    ],
    "reconsiderations": [
        "行政复议应诉案件台账", "信息公开行政复议（不含非信息公开类）", "因政府信息公开被申请行政复议情况登记表", "民政局复议台账",
        "附表3 政府信息公开行政复议情况", "示例县自然资源局政府信息公开类行政复议案件统计",
    ],
    "lawsuits": [
        "因信息公开被提起行政诉讼情况", "复议后起诉案件台账", "县人社局2024年度行政应诉统计表", "政府信息公开行政复议、行政诉讼情况表",
    ],
    "documents": ["2023年公布的规范性文件目录", "现行有效规范性文件目录（截至2024年12月31日）"],
    "decisions": ["行政许可、行政处罚、行政强制、行政检查台账", "劳动保障监察大队2024年行政处罚台账", "代理记账许可", "计划生育处罚台账"],
    "charges": ["2024年非税收入台账", "普通话测试费", "往来港澳通行证费", "现代农业管理局收费台账", "应收实收台账"],
    "publications": ["政府信息公开台账（主动公开、依申请公开）", "财政预决算"],
    "activities": ["工作计划完成情况"],
}  # fmt: skip


def test_a_name_is_asked_about_only_where_it_disagrees():
    said = {
        name: [one.word for one in sayings(register, 2024, [("title", name), ("sheet", "Sheet1"), ("file", "台账")])]
        for names in (ASKED, HONEST)
        for register, several in names.items()
        for name in several
    }

    assert [name for names in ASKED.values() for name in names if not said[name]] == []
    assert [(name, said[name]) for names in HONEST.values() for name in names if said[name]] == []


@pytest.mark.parametrize(("at", "kind"), [("title", "csv"), ("title", "xls"), ("sheet", "xlsx"), ("file", "csv")])
def test_what_a_name_says_of_all_rows_is_asked_once(desk, at, kind):
    rows = [*CHARGES, *([["2024年罚没收入台账"]] if at == "title" else []), FEES, FEE, [*FEE[:2], "票2", 200]]
    path = desk.book(("罚没", rows)) if at == "sheet" else desk.file(rows, kind, name="罚没" if at == "file" else "表")
    (question,) = desk.asked(path)
    assert question["code"] == "title.says"

    left = desk.take(path, "--answer", f"title.says:{question['subject']}=leave_out")
    assert (left["exit"], left["results"][0]["registers"]) == (0, [])
    desk.loaded(path, "--answer", f"title.says:{question['subject']}=keep")
    assert desk.wan() == Decimal("0.03")


@pytest.mark.parametrize(
    ("state", "answer", "repealed"), [("", "this_year_end", "2024-12-31"), ("", "last_year_end", "2023-12-31"), ("有效", "", "")]
)  # fmt: skip
def test_a_list_of_repealed_documents_is_asked_when_they_were(desk, state, answer, repealed):
    rows = [
        ["文件名", "文号", "类别", "公布日期", "状态"],
        ["甲办法", "示规〔2020〕1号", "行政规范性文件", "2020-03-05", state],
    ]
    path = desk.file([*cover("规范性文件登记表"), ["废止和宣布失效的规范性文件目录"], *rows])
    if answer:
        (question,) = desk.asked(path)
        desk.loaded(path, "--answer", f"title.says:{question['subject']}={answer}")
    else:
        desk.loaded(path)

    assert [str(one.get("repealed_on", ""))[:10] for one in desk.records("documents")] == [repealed]


@pytest.mark.parametrize(
    ("names", "question", "key", "count"),
    [
        (("甲", "乙"), "sheets.named:{}/行政事业性收费登记表", "all", 2),
        (("甲", "乙"), "sheets.named:{}/行政事业性收费登记表", "only2", 1),
        (("2024", "2024 (2)"), "sheet.doubtful:2024 (2)", "leave", 1),
        (("本单位", "代区财政局收"), "title.says:{}/代区财政局收/代区财政局收", "leave_out", 1),
        (("一季度", "2季度"), "", "", 2),
        (("实收", "示例区某某局"), "", "", 2),
    ],
)
def test_sheets_of_one_register_with_other_names_are_asked_about_once(desk, names, question, key, count):
    pages = [(name, [*CHARGES, FEES, [*FEE[:2], f"票{i}", 100 + i]]) for i, name in enumerate(names)]
    path = desk.book(*pages)
    if question:
        (asked,) = desk.asked(path)
        assert f"{asked['code']}:{asked['subject']}" == question.format(path.stem)
    (result,) = desk.loaded(path, *(["--answer", f"{question.format(path.stem)}={key}"] if question else []))["results"]

    assert [one["rows"] for one in result["registers"]] == [count]


def test_what_names_of_sheets_say_beside_time_and_register():
    plain = {
        "requests": ["1月", "12月", "Q1", "上年结转", "法规科", "窗口一", "1-3月", "2024.1"], "documents": ["2024年制发", "历年有效"],
        "decisions": ["行政许可", "处罚公示", "执法一科"], "charges": ["不动产登记费", "本单位", "收费明细"], "lawsuits": ["一审"],
    }  # fmt: skip

    assert [name for key, names in plain.items() for name in names if telling_part(name, key)] == []


@pytest.mark.parametrize(
    ("label", "line", "head", "row", "names"),
    [
        (
            "行政诉讼登记表", "本机关身份: =原行为主体", ["案号", "收到应诉通知日"], ["（2024）示01行初{}号", "2024-03-05"],
            ("诉讼", "共同被告"),
        ),
        (
            "政府采购登记表", "是否集中采购: =是", ["项目编号", "合同日期", "合同金额（元）"], ["采{}", "2024-03-05", "100"],
            ("集中采购", "分散采购"),
        ),
    ],
)  # fmt: skip
def test_a_value_for_all_rows_is_asked_about_where_a_sheet_is_called_by_another(desk, label, line, head, row, names):
    desk.columns(f"{label}:\n  {line}\n")
    pages = [(name, [*cover(label), head, [cell.format(i) for cell in row]]) for i, name in enumerate(names, start=1)]

    assert [(one["code"], one["place"]["sheet"]) for one in desk.asked(desk.book(*pages))] == [
        ("constant.other", names[1])
    ]


def test_one_line_is_offered_for_a_heading_of_several_sheets(desk):
    head = ["序号", "决定文书号", "申请单位", "决定日期"]
    rows = {"二季度": [["无", None, None, None]], "一季度": [[1, "示许〔2024〕1号", "甲公司", "2024-03-05"]]}
    pages = [(name, [*cover("行政决定登记表"), head, *several]) for name, several in rows.items()]

    problems = desk.take(desk.book(*pages))["problems"]
    offered = {one["message"] for one in problems if "不认得" in one["message"]}
    assert len(offered) == 1


def test_requests_named_after_their_register_are_taken(desk):
    desk.loaded(desk.book(("依申请公开", [*REQUESTS, ["某某局2024年依申请公开台账"], HEAD, request("甲1")])))
