"""Days that leave a record out of the year of its file: told at import, and found when the report is checked."""

from __future__ import annotations

import pytest

from registers_cases.desk import KINDS, NAME, YEAR, cover

ROWS = {
    "行政决定登记表": (["决定文书号", "类别", "决定日期"], ["示罚〔2024〕1号", "行政处罚"]),
    "行政事业性收费登记表": (["项目名称", "金额（元）", "收缴日期"], ["某费", "100"]),
    "政府采购登记表": (["项目编号", "是否集中采购", "合同金额（元）", "合同日期"], ["采〔2024〕1号", "是", "100"]),
    "主动公开发布登记表": (["信息标题", "发布渠道", "发布日期"], ["甲", "网站"]),
    "办理事项登记表": (["事项类别", "办理日期"], ["备案"]),
    "监督保障登记表": (["类型", "名称", "日期"], ["会议", "例会"]),
}
BEFORE = f"在 {YEAR} 年以前，不计入 {YEAR} 年"


def told(desk, label, kind, day):
    head, row = ROWS[label]
    return desk.warnings(desk.file([*cover(label), head, [*row, day]], kind))


@pytest.mark.parametrize("label", ROWS)
def test_an_event_of_before_the_year_of_its_file_is_told(desk, label):
    (text,) = told(desk, label, "csv", "2023-12-31")

    assert BEFORE in text
    assert told(desk, label, "csv", "2024-01-01") == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_mistyped_year_comes_back_when_the_report_is_checked(desk, kind):
    told(desk, "行政决定登记表", kind, "2023-01-05")
    _, out, _ = desk.command("check", "--year", "2024", "--office", "mmj", "--json")

    assert BEFORE in out
    assert desk.figure("disclosures", "article_20_6.penalties", "decisions") == 0


@pytest.mark.parametrize("label", ["依申请公开登记表", "规范性文件登记表", "行政复议登记表"])
def test_what_is_carried_over_from_before_is_not_told(desk, label):
    head, row = {
        "依申请公开登记表": (["申请编号", "收到申请之日", "申请人类别"], ["甲1", "2023-12-20", "自然人"]),
        "规范性文件登记表": (["文件名", "类别", "公布日期"], ["甲", "规范性文件", "2020-03-01"]),
        "行政复议登记表": (["复议案号", "收到答复通知书日"], ["复1", "2023-12-20"]),
    }[label]

    assert desk.warnings(desk.file([*cover(label), head, row])) == []


@pytest.mark.parametrize("heading", ["有效期至", "废止日期"])
def test_a_document_that_ends_before_it_is_published_is_told(desk, heading):
    head = ["文件名", "类别", "公布日期", heading]
    day = {"早": "2024-02-28", "同": "2024-03-01"}
    told = {
        name: desk.warnings(desk.file([*cover("规范性文件登记表"), head, [name, "规范性文件", "2024-03-01", ended]]))
        for name, ended in day.items()
    }

    assert "早于公布日期" in told["早"][0]
    assert told["同"] == []


OVER = {
    "依申请公开登记表": (
        ["申请编号", "收到申请之日", "申请人类别", "答复日", "送达方式", "签收日", "答复类型"],
        ["依申请〔2024〕2号", "{}-03-04", "自然人", "{}-08-20", "当面", "{}-08-20", "予以公开"],
    ),
    "行政复议登记表": (
        ["复议案号", "收到答复通知书日", "结案日", "结案方式"],
        ["云复〔2024〕2号", "{}-03-04", "{}-08-20", "维持"],
    ),
    "行政诉讼登记表": (
        ["案号", "本机关身份", "收到应诉通知日", "裁判送达日", "生效日", "裁判方式"],
        ["（2024）示01行初2号", "原行为主体", "{}-03-04", "{}-08-20", "{}-09-10", "驳回诉讼请求"],
    ),
    "规范性文件登记表": (
        ["文件名", "文号", "类别", "公布日期", "废止日期"],
        ["甲", "示规〔2024〕2号", "规范性文件", "{}-03-04", "{}-08-20"],
    ),
}


def handed_in(desk, label, kind, year):
    head, row = OVER[label]
    return desk.loaded(desk.file([*cover(label), head, [cell.format(year) for cell in row]], kind))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("label", OVER)
def test_a_row_written_with_the_wrong_year_throughout_is_told_after_the_import_and_when_checked(desk, kind, label):
    wrong = handed_in(desk, label, kind, "2023")
    _, out, _ = desk.command("check", "--year", "2024", "--office", "mmj", "--json")
    number = next(cell for cell in OVER[label][1] if cell.endswith("2号"))

    (note,) = (note for note in wrong["notes"] if "哪一格都没有计入" in note)
    assert number in note
    assert "records.counted-nowhere" in out
    right = handed_in(desk, label, kind, "2024")
    assert [note for note in right.get("notes", ()) if "哪一格都没有计入" in note] == []
    assert "records.counted-nowhere" not in desk.command("check", "--year", "2024", "--office", "mmj", "--json")[1]


def test_an_item_taken_out_of_the_list_before_its_year_is_told(desk):
    head = ["事项编码", "事项名称", "类别", "年初是否在列", "本年增加日", "本年取消日"]
    rows = [["1", "甲", "行政许可", "是", "2015-03-01", ""], ["2", "乙", "行政许可", "是", "", "2019-03-01"]]
    (text,) = desk.warnings(desk.file([["登记表", "权责事项登记表"], ["单位", NAME], ["年度", "2020"], head, *rows]))

    assert "本年取消日" in text
    assert "在 2020 年以前" in text


NUMBERED = {
    "依申请公开登记表": (["申请编号", "收到申请之日", "申请人类别"], ["依申请{}2号", "{}", "自然人"]),
    "行政复议登记表": (["复议案号", "收到答复通知书日"], ["云复{}2号", "{}"]),
    "行政诉讼登记表": (["案号", "本机关身份", "收到应诉通知日"], ["{}示01行初2号", "原行为主体", "{}"]),
    "规范性文件登记表": (["文件名", "文号", "类别", "公布日期"], ["甲", "示规{}2号", "规范性文件", "{}"]),
}
SAYS_THE_YEAR = "写的却是 2024 年"


@pytest.mark.parametrize(
    ("number", "day"),
    [
        ("〔2024〕", "2023-03-04"),
        ("（2024）", "2014-03-04"),
        ("[2024]", "2023-11-30"),
        ("﹝2024﹞", "2023-03-04"),
        ("2024年", "2023-03-04"),
        ("2024-", "2023-03-04"),
        ("〔二〇二四〕", "2023-03-04"),
        ("〔24〕", "2023-03-04"),
        ("【2024年】第", "2023-03-04"),
    ],
)
@pytest.mark.parametrize("label", NUMBERED)
def test_a_number_of_this_year_on_a_day_of_an_earlier_one_is_told(desk, label, number, day):
    """It would be counted as carried over, or as in force already, and not among the new ones of the year."""
    head, row = NUMBERED[label]
    given = iter((number, day))
    row = [cell.format(next(given)) if "{}" in cell else cell for cell in row]

    assert [text for text in desk.warnings(desk.file([*cover(label), head, row])) if SAYS_THE_YEAR in text]


@pytest.mark.parametrize(
    ("number", "day"),
    [
        ("〔2023〕", "2023-03-04"),
        ("〔2024〕", "2024-03-04"),
        ("〔2023〕", "2024-03-31"),
        ("2024", "2024-03-04"),
        ("〔2023〕202", "2024-03-04"),
        ("", "2023-03-04"),
    ],
)
@pytest.mark.parametrize("label", NUMBERED)
def test_a_number_of_the_year_of_its_day_or_without_a_year_is_not_told(desk, label, number, day):
    head, row = NUMBERED[label]
    given = iter((number, day))
    row = [cell.format(next(given)) if "{}" in cell else cell for cell in row]

    assert not [text for text in desk.warnings(desk.file([*cover(label), head, row])) if SAYS_THE_YEAR in text]


def doubts(desk, label, number, day):
    head, row = NUMBERED[label]
    given = iter((number, day))
    row = [cell.format(next(given)) if "{}" in cell else cell for cell in row]
    return [text for text in desk.warnings(desk.file([*cover(label), head, row])) if "里写的却是" in text]


@pytest.mark.parametrize("label", NUMBERED)
def test_a_case_of_december_may_have_a_number_of_january_but_no_document(desk, label):
    assert len(doubts(desk, label, "〔2024〕", "2023-12-20")) == (label == "规范性文件登记表")


@pytest.mark.parametrize(
    ("number", "day", "told"),
    [
        ("〔2023〕", "2024-04-01", 1),
        ("2023年", "2024-12-31", 1),
        ("〔2023〕", "2024-03-31", 0),
        ("〔2023〕", "2023-12-31", 0),
        ("〔2024〕2023", "2024-12-31", 0),
    ],
)
def test_a_document_of_an_earlier_year_published_late_in_the_year_is_told(desk, number, day, told):
    assert len(doubts(desk, "规范性文件登记表", number, day)) == told
