"""What looks alike is one: identities and choices are compared without invisible characters; messages name them."""

from __future__ import annotations

import pytest

from gktools.errors import visible
from gktools.forms.characters import fold, fold_number, strip_invisible
from registers_cases.desk import HEAD, KINDS, REQUESTS, cover, request

UNSEEN = ["\u200b", "\u200c", "\u200d", "\u200e", "\u2060", "\ufeff", "\u00ad", "\u202a", "\ufe0f", "\u3164"]


def test_four_spellings_of_one_number_are_one_request(desk, shared):
    told = desk.warnings(desk.case(shared, "registers/c03b-零宽字符编号.xlsx"))

    assert desk.figures("received", "dispositions.granted") == [1, 1]
    assert sum("只计一次" in text for text in told) == 1
    assert "第 7 行和第 6 行、第 8 行和第 6 行、第 9 行和第 6 行" in told[0]


def test_days_and_choices_with_unseen_characters_are_read(desk, shared):
    desk.loaded(desk.case(shared, "registers/c03-零宽字符编号.xlsx"))

    assert desk.figures("received", "dispositions.granted") == [3, 3]
    assert desk.figure("requests", "received", "natural_person") == 3


OTHERS = ["示依申﹝2024﹞1号", "示依申(2024)1号", "示依申［２０２４］１号", "示依申『2024』1 号"]


@pytest.mark.parametrize("kind", KINDS)
def test_another_spelling_of_a_number_with_another_answer_is_told_with_both_rows(desk, kind):
    spelt = [*(f"示{sign}依申〔2024〕1号" for sign in UNSEEN), *OTHERS]
    rows = [[*request(number)[:7], "部分公开"] for number in spelt]
    messages = desk.refused(desk.file([*REQUESTS, HEAD, request("示依申〔2024〕1号"), *rows], kind))

    assert messages == ["与第 5 行重复"] * len(spelt)


def test_a_message_names_what_nobody_sees(desk):
    rows = [*REQUESTS, HEAD, request("甲1"), [*request("甲\u200b1")[:7], "部分公开"]]
    found = desk.take(desk.file(rows))

    assert found["problems"][0]["value"] == "甲【零宽空格】1"


@pytest.mark.parametrize("kind", KINDS)
def test_an_unseen_character_spoils_no_cell(desk, kind):
    head = [f"{word}{sign}" for word, sign in zip(HEAD, UNSEEN, strict=False)]
    rows = [[f"{sign}{value}{sign}" for value in request(f"甲{i}")] for i, sign in enumerate(UNSEEN)]
    desk.loaded(desk.file([*REQUESTS, head, *rows], kind))

    assert desk.figures("received", "dispositions.granted") == [len(UNSEEN)] * 2


FIRST = ["（2024）示01行初1号", "（2024）示01行初1号\u200b", "(2024)示01行初1号", "〔2024〕示01行初1号"]


@pytest.mark.parametrize("number", [*FIRST, "（２０２４）示０１行初１号"])
def test_the_second_instance_joins_its_first_however_it_spells_it(desk, number):
    head = ["案号", "一审案号", "审级", "本机关身份", "收到应诉通知日", "裁判送达日", "生效日", "裁判方式"]
    first = ["（2024）示01行初1号", "", "一审", "原行为主体", "2024-01-05", "2024-02-25", "", "撤销"]
    second = [
        "（2024）示行终2号",
        number,
        "二审",
        "原行为主体",
        "2024-04-05",
        "2024-06-25",
        "2024-06-25",
        "驳回诉讼请求",
    ]
    desk.loaded(desk.file([*cover("行政诉讼登记表"), head, first, second]))

    assert desk.figure("reviews", "cases", "litigation.direct.upheld") == 1
    assert desk.figure("reviews", "cases", "litigation.direct.total") == 1


def test_a_case_redone_replaces_its_first_answer_however_that_is_spelt(desk):
    head = [*HEAD, "重作原申请编号"]
    again = [*request("甲2")[:7], "部分公开", "甲（1）\u200b"]
    desk.loaded(desk.file([*REQUESTS, head, request("甲〔1〕", ""), again]))

    assert desk.figures("received", "dispositions.granted", "dispositions.partly_granted") == [1, 0, 1]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("示〔2024〕1号", "示【2024】1号", True), ("3－8号", "3—8号", True), ("Ⅱ类", "II类", True), ("ﬁ", "fi", True),
        ("一号", "—号", False), ("1号", "l号", False), ("甲", "申", False),
    ],
)  # fmt: skip
def test_what_is_one_number_and_what_is_not(one, other, same):
    assert (fold_number(one) == fold_number(other)) is same


def test_one_function_names_and_one_takes_away_what_nobody_sees():
    assert [strip_invisible(f"甲{sign}乙").replace(" ", "") for sign in UNSEEN] == ["甲乙"] * len(UNSEEN)
    assert [fold(f"甲{sign}乙") for sign in UNSEEN] == ["甲乙"] * len(UNSEEN)
    assert all(visible(f"甲{sign}乙").startswith("甲【") for sign in UNSEEN)
    assert visible("\U000e0041") == "【看不见的字符 U+E0041】"
    assert visible("甲 乙\n") == "甲 乙\n"


def test_nothing_unseen_is_kept(desk):
    desk.loaded(desk.file([*REQUESTS, [*HEAD, "主题分类"], request("甲1", "土\u200b地")]))

    assert desk.records("requests")[0]["topic"] == "土地"


@pytest.mark.parametrize("kind", KINDS)
def test_equal_rows_of_a_register_without_numbers_are_counted_and_named_once(desk, kind):
    rows = [
        *cover("行政事业性收费登记表"),
        ["项目名称", "收缴日期", "金额（元）"],
        *[["工本费", "2024-03-05", "100"]] * 3,
    ]
    told = desk.warnings(desk.file(rows, kind))

    assert [text for text in told if "完全一样" in text and "共 2 行：第 6、7 行" in text]
    assert str(desk.wan()) == "0.03"
