"""What is said beside a record: remarks, brackets, what was decided; and headings and names that agree."""

from __future__ import annotations

from pathlib import Path

import pytest

from gktools.errors import NotFoundError
from gktools.registers.intake.cover import ImportOptions
from gktools.registers.intake.files import FileSheet
from gktools.registers.intake.reading import read_file
from gktools.registers.questions import Answers
from gktools.registers.sheet import FileReading
from gktools.registers.word_warnings import tells_meanings

OFFICE, YEAR, NAME = "mmj", 2024, "示例区某某局"
ISSUED = {"文件名称": "甲办法", "文号": "示规〔2015〕1号", "类别": "行政规范性文件", "公布日期": "2015-03-01"}
ASKED = {
    "申请编号": "1", "收到申请之日": "2024-03-01", "申请人类别": "自然人", "申请方式": "当面", "答复类型": "予以公开",
    "答复日": "2024-03-10", "送达方式": "当面", "送达日": "2024-03-10",
}  # fmt: skip
DECIDED = {"决定文书号": "罚1号", "类别": "行政处罚", "决定日期": "2024-01-03"}
PENALTY = {"处罚决定书文号": "罚1号", "当事人": "某店", "处罚日期": "2024-01-03"}
SUIT = {"案号": "行初1号", "一审案号": "", "审级": "一审", "本机关身份": "原行为主体", "收到应诉通知日": "2024-03-01"}


def find(name: str) -> str:
    if name in (OFFICE, NAME):
        return OFFICE
    raise NotFoundError(name)


def read(
    *records: dict, file: str = "台账", sheet: str = "", titles: tuple = (), given: dict | None = None
) -> FileReading:
    head = list(dict.fromkeys(heading for record in records for heading in record))
    rows = [
        *([title] for title in titles),
        head,
        *([record.get(heading, "") for heading in head] for record in records),
    ]
    pages = [FileSheet(sheet, iter(rows))]
    answers = Answers(given or {})
    return read_file(
        Path(f"{file}.xlsx"), find, ImportOptions(None, OFFICE, YEAR), None, None, answers, lambda _: pages
    )


def codes(found: FileReading) -> list[str]:
    """The codes of what is asked, of a question about a row with its rule."""
    assert not found.problems, found.problems
    return [one.subject.partition("/")[0] if one.code == "row.meaning" else one.code for one in found.questions]


@pytest.mark.parametrize(
    ("heading", "text", "ends"),
    [
        ("备注", "已废止", None),
        ("备注", "被示规〔2024〕1号替代", None),
        ("备注", "2015年3月公布，现已废止", None),
        ("备注", "拟2025年废止", None),
        ("备注", "2024年6月废止", "2024-12-31"),
        ("文件名称", "甲办法（已废止）", None),
        ("文件名称", "甲办法（2023年12月31日失效）", "2023-12-31"),
    ],
)
def test_a_document_whose_end_stands_beside_it_is_asked_about_or_ends_in_the_year_it_says(heading, text, ends):
    found = read(ISSUED | {heading: text})

    assert codes(found) == ([] if ends else ["repealed"])
    if ends:
        assert str(found.sheets[0].columns["repealed_on"][0]) == ends


@pytest.mark.parametrize(
    ("heading", "text"),
    [
        ("备注", "自2024年4月1日起施行，《旧办法》（示规〔2010〕1号）同时废止"),
        ("备注", "替代示规〔2010〕1号；2022年修订"),
        ("备注", "继续有效，未被废止"),
        ("文件名称", "关于废止部分文件的通知（附废止文件目录）"),
    ],
)
def test_a_document_that_ends_another_is_in_force(heading, text):
    assert codes(read(ISSUED | {heading: text})) == []


@pytest.mark.parametrize(
    ("record", "beside", "code"),
    [
        (ASKED, {"备注": "与1号为同一申请"}, "same-request"),
        (ASKED, {"备注": "系区政府办件，我局协办"}, "other-office-request"),
        (ASKED, {"备注": "答复书未寄出"}, "not-sent"),
        (ASKED, {"备注": "上年申请，补录"}, "other-year-request"),
        (DECIDED, {"备注": "公安局案件"}, "other-office-decision"),
        (DECIDED, {"备注": "系市局作出，我局代录"}, "other-office-decision"),
        (DECIDED, {"备注": "上年案件，补录"}, "other-year-decision"),
        (DECIDED, {"处罚内容": "不予行政处罚"}, "no-penalty"),
        (DECIDED, {"处罚种类": "移送公安机关"}, "no-penalty"),
    ],
)
def test_what_says_that_a_record_is_not_one_of_ours_or_of_this_year_is_asked_once(record, beside, code):
    found = read(record | beside, {**record, **beside, next(iter(record)): "2号"})
    (question,) = found.questions
    keys = [answer.key for answer in question.answers]
    left = next(key for key in ("leave_out", "empty") if key in keys)
    plain = {**record, next(iter(record)): "3号"}
    taken = read(record | beside, plain, given={(question.code, question.subject): left})

    assert codes(found) == [code]
    (sheet,) = taken.sheets
    assert sheet.lines == ((2, 3) if left == "empty" else (3,))
    assert left != "empty" or sheet.columns["disposition"] == (None, "granted")


@pytest.mark.parametrize(
    ("record", "beside"),
    [
        (ASKED, {"备注": "征求区财政局意见后由我局答复，民政办承办；第三方未答复"}),
        (ASKED, {"备注": "与2号为同一申请人"}),
        (DECIDED, {"备注": "已移送法院强制执行"}),
        (ASKED | {"收到申请之日": "2023-12-20"}, {"备注": "上年申请，本年办结"}),
        (ASKED, {"承办部门": "民政办"}),
        (DECIDED, {"处罚内容": "罚款500元", "处罚机关": NAME}),
        (DECIDED, {"备注": "委托镇执法队以区局名义作出"}),
    ],
)
def test_what_says_nothing_of_the_kind_is_taken(record, beside):
    assert codes(read(record | beside)) == []


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        ({"sheet": "处罚"}, "penalties"),
        ({"titles": ("1月份行政处罚案件登记",), "sheet": "1月"}, "penalties"),
        ({"file": "2024年许可处罚", "sheet": "行政处罚"}, "penalties"),
        ({"sheet": "许可"}, ""),
        ({"titles": ("行政许可、行政处罚台账",), "file": "处罚"}, ""),
        ({"sheet": "处罚", "titles": ("处罚案件移送台账",)}, ""),
        ({}, ""),
    ],
)
def test_a_missing_kind_is_taken_and_told_if_heading_and_another_name_say_it(names, kind):
    found = read(PENALTY, **names)

    assert codes(found)[:1] == ([] if kind else ["constant.none"])
    if kind:
        assert found.sheets[0].columns["kind"] == (kind,)
        assert sum("都这样写" in str(one) for one in found.sheets[0].warnings) == 1
        assert all(tells_meanings(str(one)) for one in found.sheets[0].warnings)  # hints, nothing to explain


@pytest.mark.parametrize(
    ("headings", "asked", "field"),
    [
        (["发布日期"], [], "published_on"),
        (["发布日期", "成文日期"], [], "published_on"),
        (["印发日期", "成文日期"], ["published.alone"], ""),
    ],
)
def test_a_day_that_has_one_reading_is_taken_and_told(headings, asked, field):
    found = read(
        {**{key: text for key, text in ISSUED.items() if key != "公布日期"}, **dict.fromkeys(headings, "2024-03-01")},
        file="规范性文件",
    )

    assert codes(found) == asked
    if field:
        assert str(found.sheets[0].columns[field][0]) == "2024-03-01"
        assert any("发布日期 → 公布日期" in str(one) for one in found.sheets[0].warnings)


@pytest.mark.parametrize(
    ("headings", "asked"),
    [
        (["答复日期"], ["reply.alone"]),
        (["答复日期", "办结日期"], ["reply.alone"]),
        (["答复日期", "送达日"], []),
        (["答复时间", "交邮日"], []),
        (["答复日", "送达日", "申请时间", "受理时间"], ["receipt.beside"]),
        (["答复日", "送达日", "收件日期", "申请日期"], ["applied.alone"]),
    ],
)
def test_days_of_one_field_are_one_question(headings, asked):
    kept = {key: text for key, text in ASKED.items() if key not in ("答复日", "送达日")}
    if asked and not asked[0].startswith("reply"):
        del kept["收到申请之日"]

    assert codes(read({**kept, **dict.fromkeys(headings, "2024-03-10")})) == asked


def test_a_second_instance_that_upholds_is_what_the_first_was():
    first = SUIT | {"裁判方式": "撤销"}
    second = SUIT | {"案号": "行终7号", "审级": "二审", "一审案号": "行初1号", "裁判方式": "驳回上诉，维持原判"}

    assert read(first, second).sheets[0].columns["method"] == ("revoked", "revoked")
    assert codes(read(first, second | {"一审案号": ""})) == ["word.meaning"]


def test_a_counter_of_its_own_column_and_an_amount_in_words_are_read():
    news = {"信息标题": "预算", "发布渠道": "网站", "发布日期": "2024-01-05", "条数": "3条"}
    fee = {"项目名称": "工本费", "收缴日期": "2024-01-05", "票据号": "1", "金额（元）": "400"}

    assert read(news).sheets[0].columns["count"] == (3,)
    assert read(news | {"条数": "3件"}).problems
    assert read(fee, {"项目名称": "大写：肆佰元整"}).sheets[0].lines == (2,)


def test_a_masked_telephone_number_is_nothing_to_explain():
    found = read(ASKED | {"联系电话": "138****1234"}, ASKED | {"申请编号": "2", "联系电话": "有"})

    assert [one.message for one in found.sheets[0].warnings] == ["看不出是电话、邮箱或者地址"]
