"""Columns that say what a review or lawsuit is about, and which office a row is of: another matter or office is asked about."""

from __future__ import annotations

from datetime import date

import pytest
from corpus.files import as_csv

from gktools.errors import NotFoundError
from gktools.registers.intake.reading import read_file
from gktools.registers.questions import Answers
from registers_cases.desk import NAME, OFFICE, cover, request

REVIEW = ["复议案号", "收到答复通知书日", "结案日", "结案方式"]
SUIT = ["案号", "审级", "本机关身份", "收到应诉通知日", "裁判方式"]
DECISION = ["决定文书号", "类别", "决定日期"]
DOCUMENT = ["文件名", "文号", "类别", "公布日期"]
ASKED = ["申请编号", "申请方式", "收到申请之日", "申请人类别"]


def find(name: str) -> str:
    """The code of the one office there is."""
    if name not in (NAME, OFFICE):
        raise NotFoundError(name)
    return OFFICE


def rows_of(label: str, heading: str, texts: list[str]) -> list[list[object]]:
    """A register with a further column, one record for each of its texts."""
    heads = {
        "行政复议登记表": (REVIEW, ["2024-02-01", "2024-03-20", "维持"]),
        "行政诉讼登记表": (SUIT, ["一审", "原行为主体", "2024-06-01", "驳回诉讼请求"]),
        "行政决定登记表": (DECISION, ["行政处罚", "2024-06-01"]),
        "规范性文件登记表": (DOCUMENT, ["示规1号", "行政规范性文件", "2024-06-01"]),
        "依申请公开登记表": (ASKED, request("")[1:4]),
    }
    head, record = heads[label]
    return [*cover(label), [*head, heading], *([f"示{i}号", *record, text] for i, text in enumerate(texts, 1))]


def read(folder, label: str, heading: str, texts: list[str], answer: str = ""):
    """A file as read; every question answered alike, if an answer is given."""
    path = folder / "a.csv"
    path.write_bytes(as_csv(rows_of(label, heading, texts)))
    found = read_file(path, find, today=date(2025, 1, 31))
    if answer:
        given = {(one.code, one.subject): answer for one in found.questions}
        found = read_file(path, find, today=date(2025, 1, 31), answers=Answers(given))
    return found


REVIEWS, SUITS = "行政复议登记表", "行政诉讼登记表"
OTHER_MATTERS = [
    (REVIEWS, "案由", ["行政处罚", "工伤认定", "政府信息公开"], ["other-matter-reconsideration/mmj/2024"], 1),
    (REVIEWS, "案件类型", ["信息公开", "不履行法定职责"], ["matter-reconsideration/mmj/2024/不履行法定职责"], 1),
    (REVIEWS, "被申请行政行为", [f"作出第{i}种行为" for i in "甲乙丙丁戊己"], ["matter-reconsideration/mmj/2024"], 0),
    (SUITS, "案由", ["不服行政处罚", "非信息公开", "政府信息公开"], ["other-matter-lawsuit/mmj/2024"], 1),
]


@pytest.mark.parametrize(("label", "heading", "texts", "subjects", "left"), OTHER_MATTERS)
def test_a_case_about_another_matter_is_asked_about(tmp_path, label, heading, texts, subjects, left):
    assert [one.subject for one in read(tmp_path, label, heading, texts).questions] == subjects

    kept = read(tmp_path, label, heading, texts, "keep")
    assert [len(sheet.lines) for sheet in kept.sheets] == [len(texts)]
    out = read(tmp_path, label, heading, texts, "leave_out")
    assert [len(sheet.lines) for sheet in out.sheets] == ([left] if left else [])


OTHER_OFFICES = [
    (REVIEWS, "被申请人", [NAME, "本局", "示例区公安分局"], ["respondent/mmj/2024/示例区公安分局"]),
    (SUITS, "被告", [f"{NAME}、示例区人民政府", "我局", "临江市某某局"], ["defendant/mmj/2024/临江市某某局"]),
    ("行政决定登记表", "处罚机关", [NAME, *(f"示例区{i}局" for i in "甲乙丙丁戊己")], ["decided-by/mmj/2024"]),
    ("规范性文件登记表", "制定机关", [NAME, "示例区人民政府"], ["issued-by/mmj/2024/示例区人民政府"]),
    ("依申请公开登记表", "承办单位", ["办公室", "法规科", "转区城管局"], ["handled-by/mmj/2024/转区城管局"]),
]


@pytest.mark.parametrize(("label", "heading", "texts", "subjects"), OTHER_OFFICES)
def test_a_row_of_another_office_is_asked_about_by_its_name(tmp_path, label, heading, texts, subjects):
    assert [one.subject for one in read(tmp_path, label, heading, texts).questions] == subjects


@pytest.mark.parametrize(
    ("label", "heading", "texts"),
    [
        (REVIEWS, "案由", ["政府信息公开", "征收补偿信息公开", "不予公开", "信息不存在告知", "无", ""]),
        (SUITS, "类型", ["行政诉讼", "一审", "行政案件", "政府信息公开"]),
        (REVIEWS, "被申请人", [NAME, NAME[2:], "某某局", "我局（原行为机关）", "本机关"]),
    ],
)
def test_cases_about_information_of_the_office_itself_are_not_asked_about(tmp_path, label, heading, texts):
    found = read(tmp_path, label, heading, texts)

    assert (found.questions, found.problems) == ((), ())
    assert not [one for one in found.sheets[0].warnings if "不看的栏目" in str(one)]


def test_a_review_that_names_its_request_is_about_it_whatever_else_it_says(tmp_path):
    rows = [[*REVIEW, "案由", "申请编号"], ["示1号", "2024-02-01", "2024-03-20", "维持", "不履行法定职责", "示申1号"]]
    (tmp_path / "a.csv").write_bytes(as_csv([*cover(REVIEWS), *rows]))

    assert read_file(tmp_path / "a.csv", find, today=date(2025, 1, 31)).questions == ()
