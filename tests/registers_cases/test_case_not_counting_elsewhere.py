"""Words that say a row does not count, in its ordinal, in any text that is kept or looked at, and in comments."""

from __future__ import annotations

from io import BytesIO

import pytest
from openpyxl import load_workbook
from openpyxl.comments import Comment

from registers_cases.desk import HEAD, KINDS, cover, request

MATTERS = ["事项类别", "办理日期", "编号", "数量"]
FEES = ["项目名称", "收缴日期", "票据号", "金额（元）"]
NEWS = ["信息标题", "发布渠道", "发布日期", "条数"]
DECIDED = ["决定文书号", "类别", "决定日期", "是否公开"]
RECONSIDERED = ["复议案号", "收到答复通知书日", "结案日", "结案方式"]

NUMBERED = {
    "依申请公开登记表": (HEAD, lambda i: request(f"甲{i}")),
    "行政事业性收费登记表": (FEES, lambda i: ["证照费", "2024-03-05", f"A{i}", 100 + i]),
    "主动公开发布登记表": (NEWS, lambda i: [f"公告{i}号", "政府网站", "2024-03-05", 1]),
    "办理事项登记表": (MATTERS, lambda i: ["物业备案", "2024-03-05", f"示备{i}", 1]),
    "行政决定登记表": (DECIDED, lambda i: [f"示罚〔2024〕{i}号", "行政处罚", "2024-03-05", "是"]),
    "行政复议登记表": (RECONSIDERED, lambda i: [f"示复〔2024〕{i}号", "2024-03-05", "2024-04-05", "维持"]),
}


def sheet(label, heading, word):
    """Three rows of a register, the second with a word in a column, which is added if the register's rows have none."""
    head, row = NUMBERED[label]
    rows = [row(1), row(2), row(3)]
    if heading in head:
        rows[1][head.index(heading)] = word
        return [*cover(label), head, *rows]
    beside = ["1", word, "3"] if heading == "序号" else ["", word, ""]
    return [*cover(label), [heading, *head], *([said, *each] for said, each in zip(beside, rows, strict=True))]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("label", NUMBERED)
@pytest.mark.parametrize("word", ["作废", "×", "2（撤销）", "2（误登）"])
def test_an_ordinal_that_says_so_is_asked_about(desk, label, word, kind):
    (question,) = desk.asked(desk.file(sheet(label, "序号", word), kind))

    assert (question["code"], question["place"]["rows"]) == ("row.meaning", [6])


SAYS_SO = [
    ("依申请公开登记表", "申请内容摘要", "误登，不计"),
    ("依申请公开登记表", "申请内容摘要", "重复登记，作废"),
    ("依申请公开登记表", "申请内容摘要", "本件登记有误，不计"),
    ("依申请公开登记表", "申请人名称", "作废"),
    ("依申请公开登记表", "申请人名称", "张三（作废）"),
    ("依申请公开登记表", "答复文号", "作废"),
    ("行政事业性收费登记表", "收费标准", "作废"),
    ("行政事业性收费登记表", "票据代码", "作废"),
    ("行政事业性收费登记表", "票据号", "PJ3 已红冲"),
    ("行政事业性收费登记表", "票据号", "PJ3作废"),
    ("主动公开发布登记表", "信息标题", "公告二（已撤稿）"),
    ("主动公开发布登记表", "主题", "作废"),
    ("主动公开发布登记表", "发布渠道", "已撤稿"),
    ("行政事业性收费登记表", "收费标准", "已退款"),
    ("主动公开发布登记表", "解读形式", "误登"),
    ("办理事项登记表", "平台或渠道", "作废"),
    ("办理事项登记表", "编号", "示备2（撤销）"),
    ("行政决定登记表", "决定文书号", "示罚〔2024〕2号（撤销）"),
    ("行政决定登记表", "决定文书号", "示罚〔2024〕2号作废"),
    ("行政决定登记表", "行政相对人名称", "作废"),
    ("行政决定登记表", "依法未公开理由", "本件撤销，不计"),
    ("行政复议登记表", "复议案号", "示复〔2024〕2号（撤回）"),
    ("行政复议登记表", "被诉行为", "误登"),
]


@pytest.mark.parametrize(("label", "heading", "word"), SAYS_SO)
def test_a_kept_text_that_says_so_is_asked_about_and_not_shown(desk, label, heading, word):
    path = desk.file(sheet(label, heading, word))
    code, out, err = desk.command("records", "import", path)
    (question,) = desk.asked(path)

    assert (code, question["code"], question["place"]["rows"]) == (1, "row.meaning", [6])
    assert "张三" not in out + err


HONEST = [
    ("依申请公开登记表", "申请内容摘要", "申请公开房产证作废的材料"),
    ("依申请公开登记表", "申请内容摘要", "关于取消某某资格的文件，以及撤销登记的依据"),
    ("依申请公开登记表", "申请内容摘要", "某地块重复征收、退费的情况"),
    ("依申请公开登记表", "申请人名称", "某废旧物资公司"),
    ("主动公开发布登记表", "信息标题", "关于废止一批文件的通知"),
    ("主动公开发布登记表", "信息标题", "不动产权证书作废公告"),
    ("主动公开发布登记表", "信息标题", "关于撤销某某公司登记的公告"),
    ("主动公开发布登记表", "信息标题", "2024年退费公告"),
    ("主动公开发布登记表", "信息标题", "关于某地不计入限购的说明"),
    ("行政决定登记表", "依法未公开理由", "涉及撤销许可的第三方信息"),
    ("行政决定登记表", "行政相对人名称", "某废品回收站"),
    ("办理事项登记表", "事项类别", "注销登记"),
    ("办理事项登记表", "备注", "补正后备案"),
    ("行政复议登记表", "被诉行为", "撤销公开答复"),
    ("行政事业性收费登记表", "收费依据", "发改价格〔2019〕1号（作废文件除外）"),
]


@pytest.mark.parametrize(("label", "heading", "word"), HONEST)
def test_a_text_that_speaks_of_such_things_is_not_asked_about(desk, label, heading, word):
    desk.loaded(desk.file(sheet(label, heading, word)))


WORDS = [
    *(
        "废",
        "（废）",
        "已废",
        "作费",
        "误操作",
        "登记有误",
        "应删",
        "待删除",
        "取消办理",
        "撤件",
        "与上条重复",
        "同上条",
    ),
    *("已合并到第3条", "重复发布", "不计入本年", "不统计在内", "不在统计范围", "暂不计", "属上年", "计入上年"),
    *("见上条", "失败", "未成功", "转下年", "已终止"),
]


@pytest.mark.parametrize("label", ["行政事业性收费登记表", "主动公开发布登记表", "办理事项登记表"])
@pytest.mark.parametrize("word", WORDS)
def test_a_remark_that_says_so_is_asked_about(desk, label, word):
    (question,) = desk.asked(desk.file(sheet(label, "备注", word)))

    assert question["subject"].startswith("void-")


@pytest.mark.parametrize(
    ("label", "word"),
    [
        *(
            ("行政事业性收费登记表", word)
            for word in ["已退", "应退", "多收退回", "红字", "红票", "冲账", "换开", "重开", "未交"]
        ),
        *(("主动公开发布登记表", word) for word in ["内网发布", "仅内网", "隐藏", "依申请"]),
        *(("办理事项登记表", word) for word in ["备案失败", "备案被撤销", "已注销备案"]),
        *(("行政决定登记表", word) for word in ["撤销决定", "已撤", "拟处罚", "误操作", "不计入本年"]),
    ],
)
def test_a_remark_of_one_register_is_asked_about(desk, label, word):
    assert len(desk.asked(desk.file(sheet(label, "备注", word)))) == 1


@pytest.mark.parametrize(
    ("cell", "text", "asked"), [("C4", "第6、7行不计入", [4]), ("A1", "第2条作废", [1]), ("C4", "必填\n不计", [])]
)
def test_a_comment_on_a_heading_or_above_it_is_asked_about_as_a_note_but_for_those_of_our_forms(
    desk, cell, text, asked
):
    path = desk.file(sheet("依申请公开登记表", "序号", "2"), "xlsx")
    book = load_workbook(path)
    book.worksheets[0][cell].comment = Comment(text, "张三")
    out = BytesIO()
    book.save(out)
    path.write_bytes(out.getvalue())

    said = [one for one in desk.take(path)["questions"] if one["code"] == "row.note"]
    assert [line for one in said for line in one["place"]["rows"]] == asked


@pytest.mark.parametrize("label", NUMBERED)
def test_a_comment_that_says_so_is_asked_about(desk, label):
    path = desk.file(sheet(label, "序号", "2"), "xlsx")
    book = load_workbook(path)
    book.worksheets[0]["B6"].comment = Comment("张三：\n此件作废，不计", "张三")
    book.worksheets[0]["B7"].comment = Comment("已和张三核对过日期", "张三")
    out = BytesIO()
    book.save(out)
    path.write_bytes(out.getvalue())
    _, printed, _ = desk.command("records", "import", path)
    (question,) = desk.asked(path)

    assert (question["code"], question["place"]["rows"]) == ("row.meaning", [6])
    assert "张三" not in printed
