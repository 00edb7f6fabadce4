"""Words that say a row does not count, or is of another kind: asked about once for each, wherever they stand."""

from __future__ import annotations

from decimal import Decimal

import pytest

from registers_cases.desk import CHARGES, HEAD, KINDS, REQUESTS, cover, request

FEES = ["项目名称", "收缴日期", "票据号", "金额（元）"]
FEE = ["证照费", "2024-03-05", "A1", "100"]
MATTERS = ["事项类别", "平台或渠道", "办理日期", "编号", "数量", "备注"]
NEWS = ["信息标题", "发布渠道", "发布日期", "条数"]
HELD = ["类型", "日期", "名称", "参加人数", "结果"]
DECIDED = ["决定文书号", "类别", "决定日期", "是否公开", "决定文书名称"]


def words(desk, path):
    """The rule and the word of every question about a file."""
    asked = desk.asked(path)
    assert {question["code"] for question in asked} == {"row.meaning"}
    return {question["subject"] for question in asked}


def fee(name, amount="5000", *more):
    return [name, "2024-03-06", f"B{name}", amount, *more]


def answers(desk, path, key):
    """Load a file, every question answered by the same key."""
    said = [f"row.meaning:{question['subject']}={key}" for question in desk.asked(path)]
    desk.loaded(path, *(part for one in said for part in ("--answer", one)))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("罚没收入", "not-a-fee"),
        ("国有资源有偿使用收入", "not-a-fee"),
        ("土地出让金", "not-a-fee"),
        ("门面房租金", "not-a-fee"),
        ("行政罚款", "not-a-fee"),
        ("利息收入", "not-a-fee"),
        ("残疾人就业保障金", "not-a-fee"),
        ("水利建设基金", "not-a-fee"),
        ("国有资产处置收入", "not-a-fee"),
        ("投标保证金", "not-a-fee"),
        ("契税", "not-a-fee"),
        ("社会保险费", "not-a-fee"),
        ("证照费退费", "refund"),
        ("退付 证照费", "refund"),
        ("证照费（退）", "refund"),
        ("红冲证照费", "refund"),
        ("证照费(作废)", "void-charge"),
        ("政府信息公开信息处理费", "information-fee"),
    ],
)
def test_what_is_no_fee_is_asked_about(desk, name, code, kind):
    path = desk.file([*CHARGES, FEES, FEE, fee(name)], kind)
    (question,) = desk.asked(path)

    assert (question["code"], question["subject"].partition("/")[0]) == ("row.meaning", code)
    assert question["place"]["rows"] == [6]
    answers(desk, path, "leave_out")
    assert desk.wan() == Decimal("0.01")


def test_one_word_is_asked_about_once_and_may_be_a_fee(desk):
    path = desk.file([*CHARGES, FEES, FEE, fee("罚没收入"), fee("交通罚没收入"), fee("土地出让金")])
    assert words(desk, path) == {"not-a-fee/mmj/2024/罚没", "not-a-fee/mmj/2024/出让金"}
    answers(desk, path, "keep")

    assert desk.wan() == Decimal("1.51")


@pytest.mark.parametrize("kind", KINDS)
def test_the_names_of_fees_are_not_asked_about(desk, kind):
    names = [
        "证照费",
        "诉讼费",
        "考试费",
        "考试考务费",
        "土地复垦费",
        "土地闲置费",
        "不动产登记费",
        "耕地开垦费",
        "城镇垃圾处理费",
        "污水处理费",
        "城市道路占用",
        "挖掘修复费",
        "水土保持补偿费",
        "防空地下室易地建设费",
        "特种设备检验检测费",
        "商标注册收费",
        "药品注册费",
        "居民身份证工本费",
        "机动车号牌工本费",
        "公办幼儿园保教费",
        "普通高中学费",
        "住宿费",
        "预防接种服务费",
        "非免疫规划疫苗储存运输费",
        "无线电频率占用费",
        "车辆通行费",
        "渔业资源增殖保护费",
        "鉴定费",
        "仲裁收费",
        "水资源费",
        "社会抚养费",
        "房屋租赁手续费",
        "证券市场监管费",
        "保险业务监管费",
        "公路路产损失赔补偿费",
        "外国人签证费",
        "医疗事故鉴定费",
        "草原植被恢复费",
        "退役士兵培训费",
        "环境监测服务费",
        "停车收费",
        "培训费",
    ]
    desk.loaded(desk.file([*CHARGES, FEES, *(fee(name) for name in names)], kind))

    assert desk.wan() == Decimal(len(names)) / 2


def test_a_refund_that_is_negative_is_asked_about_as_such_alone(desk):
    (question,) = desk.asked(desk.file([*CHARGES, FEES, FEE, fee("证照费退费", "-50")]))

    assert question["code"] == "amount.negative"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("heading", "own", "word", "found"),
    [
        ("备注", "", "作废", "作废"),
        ("备注", "", "已退款", "退款"),
        ("备注", "", "因重复开具，作废", "作废"),
        ("备注", "", "误 登", "误登"),
        ("备注", "备注: 忽略", "已作废", "作废"),
        ("票据状态", "", "红冲", "红冲"),
        ("状态", "状态: 忽略", "待缴款", "待缴款"),
        ("办理意见", "办理意见: 忽略", "作废。", "作废"),
        ("办理意见", "办理意见: 忽略", "该笔已退费", "退费"),
        ("缴款人", "", "（作废）", "作废"),
    ],
)
def test_a_receipt_that_counts_for_nothing_is_asked_about(desk, heading, own, word, found, kind):
    if own:
        desk.columns(f"行政事业性收费登记表:\n  {own}\n")
    path = desk.file([*CHARGES, [*FEES, heading], [*FEE, ""], fee("证照费", "5000", word)], kind)
    assert words(desk, path) == {f"void-charge/mmj/2024/{found}"}
    answers(desk, path, "leave_out")

    assert desk.wan() == Decimal("0.01")


@pytest.mark.parametrize("kind", KINDS)
def test_what_stands_beside_an_honest_fee_is_not_asked_about(desk, kind):
    desk.columns("行政事业性收费登记表:\n  办理意见: 忽略\n")
    head = [*FEES, "备注", "票据状态", "办理意见", "缴款人", "说明"]
    beside = [
        ("窗口收取", "正常", "同意", "某公司", ""),
        ("/", "已开具", "通过审核", "某取消站", "无"),
        ("未作废", "", "已缴", "甲", "跨年"),
        ("补开票据，原票见A3", "有效", "无", "乙退役军人事务所", "-"),
    ]
    desk.loaded(desk.file([*CHARGES, head, *([*fee("证照费"), *each] for each in beside)], kind))

    assert desk.wan() == Decimal(2)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("heading", "own", "word", "subject"),
    [
        ("状态", "", "待审核", "void-publication/mmj/2024/待审核"),
        ("状态", "状态: 忽略", "已撤稿", "void-publication/mmj/2024/已撤稿"),
        ("备注", "", "已撤稿", "void-publication/mmj/2024/已撤稿"),
        ("作者", "", "草稿", "void-publication/mmj/2024/草稿"),
        ("公开属性", "", "依申请公开", "not-public/mmj/2024/依申请公开"),
        ("公开属性", "", "不予公开", "not-public/mmj/2024/不予公开"),
        ("公开属性", "公开属性: 忽略", "内部", "not-public/mmj/2024/内部"),
    ],
)
def test_what_was_not_published_is_asked_about(desk, heading, own, word, subject, kind):
    if own:
        desk.columns(f"主动公开发布登记表:\n  {own}\n")
    rows = [["甲", "政府网站", "2024-03-06", "1", ""], ["乙", "政府网站", "2024-03-06", "1", word]]
    path = desk.file([*cover("主动公开发布登记表"), [*NEWS, heading], *rows], kind)
    assert words(desk, path) == {subject}
    answers(desk, path, "leave_out")

    assert [record["title"] for record in desk.records("publications")] == ["甲"]


@pytest.mark.parametrize("title", ["乙（不予公开）", "[草稿]乙", "乙（作废）"])
def test_a_title_that_says_so_is_asked_about(desk, title):
    path = desk.file([*cover("主动公开发布登记表"), NEWS, [title, "政府网站", "2024-03-06", "1"]])

    assert len(words(desk, path)) == 1


def test_titles_that_speak_of_such_things_are_not_asked_about(desk):
    titles = [
        "关于取消一批行政许可事项的通知",
        "关于取消、下放行政审批事项的决定",
        "依申请公开指南",
        "关于作废一批营业执照的公告",
        "关于公开征求《某办法（征求意见稿）》意见的公告",
        "关于撤销：某公司登记的公告",
        "退役军人优待办法",
        "不动产登记作废声明汇总",
    ]
    head = [*NEWS, "公开属性", "状态", "栏目"]
    rows = [[each, "政府网站", "2024-03-06", "1", "主动公开", "已发布", "依申请公开"] for each in titles]
    desk.loaded(desk.file([*cover("主动公开发布登记表"), head, *rows]))

    assert len(desk.records("publications")) == len(titles)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("word", ["不予备案", "作废", "退件", "误登", "未受理", "材料不齐，退回", "在办"])
def test_a_matter_that_was_not_done_is_asked_about(desk, word, kind):
    row = ["物业备案", "网", "2024-03-06", "1", "1"]
    path = desk.file([*cover("办理事项登记表"), MATTERS, [*row, "补正后备案"], [*row, word]], kind)
    assert len(words(desk, path)) == 1
    answers(desk, path, "leave_out")

    assert len(desk.records("matters")) == 1


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("name", "result"),
    [
        ("培训班", "取消"),
        ("培训班取消", ""),
        ("培训班", "因疫情未举办"),
        ("业务培训", "未开展"),
        ("业务培训", "延期"),
        ("本年度无责任追究情形", "无"),
        ("本年度未发生责任追究", ""),
        ("业务培训（取消）", "良好"),
    ],
)
def test_what_was_not_held_is_asked_about(desk, name, result, kind):
    path = desk.file([*cover("监督保障登记表"), HELD, ["培训", "2024-03-06", name, "", result]], kind)

    assert len(words(desk, path)) == 1


def test_results_of_what_was_held_are_not_asked_about(desk):
    said = [
        ("未成年人保护培训", "合格"),
        ("检查", "未发现问题"),
        ("检查", "两家单位未开展培训，已通报"),
        ("检查", "未发生泄密问题"),
        ("评议", "取消评优资格1家"),
        ("培训", "无"),
        ("无障碍环境建设培训", "/"),
        ("关于取消证明事项的培训", "良好"),
    ]
    rows = [["检查通报", "2024-03-06", name, "", result] for name, result in said]
    desk.loaded(desk.file([*cover("监督保障登记表"), HELD, *rows]))

    assert len(desk.records("activities")) == len(said)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "name",
    [
        "行政处罚事先告知书",
        "不予受理通知书",
        "受理通知书",
        "听证告知书",
        "责令限期改正通知书",
        "补正材料通知书",
        "履行行政处罚决定催告书",
    ],
)
def test_a_document_that_decides_nothing_is_asked_about(desk, name, kind):
    rows = [
        ["示罚〔2024〕1号", "行政处罚", "2024-03-06", "是", "行政处罚决定书"],
        ["示罚〔2024〕2号", "行政处罚", "2024-03-06", "是", name],
    ]
    path = desk.file([*cover("行政决定登记表"), DECIDED, *rows], kind)
    (subject,) = words(desk, path)
    assert subject.startswith("no-decision/mmj/2024/")
    answers(desk, path, "leave_out")

    assert len(desk.records("decisions")) == 1


def test_names_of_decisions_are_not_asked_about(desk):
    names = [
        "行政许可决定书",
        "准予行政许可决定书",
        "当场行政处罚决定书",
        "公众聚集场所投入使用、营业前消防安全检查",
        "查封决定书",
        "不予行政许可决定书",
        "某店未按规定公示案",
        "食品经营许可（告知承诺）",
        "加处罚款决定书",
    ]
    rows = [[f"示〔2024〕{i}号", "行政许可", "2024-03-06", "是", name] for i, name in enumerate(names)]
    desk.loaded(desk.file([*cover("行政决定登记表"), DECIDED, *rows]))

    assert len(desk.records("decisions")) == len(names)


@pytest.mark.parametrize(
    ("remark", "asked"),
    [
        ("误登", True),
        ("作废", True),
        ("测试数据", True),
        ("邮件退回，重新邮寄", False),
        ("重复", False),
        ("取消延期", False),
    ],
)
def test_a_request_that_was_not_one_is_asked_about_by_its_remark_too(desk, remark, asked):
    path = desk.file([*REQUESTS, [*HEAD, "备注"], request("甲1", ""), request("甲2", remark)])
    if not asked:
        desk.loaded(path)
        return

    assert len(words(desk, path)) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_two_columns_of_remarks_are_both_looked_at(desk, kind):
    rows = [[*fee(f"证照费{i}"), "窗口", ""] for i in range(3)] + [[*fee("证照费"), "窗口", "作废"]]
    path = desk.file([*CHARGES, [*FEES, "备注", "说明"], *rows], kind)
    (question,) = desk.asked(path)

    assert question["place"]["rows"] == [8]


def test_what_else_a_cell_says_is_not_shown(desk):
    rows = [
        ["培训", "2024-03-06", "业务培训", "", "因张三住院取消"],
        ["培训", "2024-03-07", "业务培训", "", "因张三住院未举办"],
    ]
    held = words(desk, desk.file([*cover("监督保障登记表"), HELD, *rows]))
    name = "拟处罚张三告知书"
    decided = words(
        desk, desk.file([*cover("行政决定登记表"), DECIDED, ["示罚〔2024〕1号", "行政处罚", "2024-03-06", "是", name]])
    )

    assert held == {"void-activity/mmj/2024/取消", "void-activity/mmj/2024/未举办"}
    assert decided == {"no-decision/mmj/2024/告知书"}
