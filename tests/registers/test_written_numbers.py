"""Numbers as staff write them: which differ in spelling only, which leave something out, and which are others."""

from __future__ import annotations

import pytest

from gktools.registers.written_numbers import WrittenNumber

of = WrittenNumber.of
WHOLE = "依申请〔2024〕1号"


@pytest.mark.parametrize(
    "text",
    ["依申请〔2024〕第1号", "依申请[2024]01号", "依申请（2024） 1", "依申请2024-001", "依申请2024001", "依申请字〔２０２４〕第１号",
     "依申请2024年度第1号", "依申请〔二〇二四〕第一号", "依申请1号（2024年）", "依申请〔2024〕NO.1", "依申请〔2024〕一号"],
)  # fmt: skip
def test_a_number_that_is_only_spelt_otherwise_is_the_same(text):
    assert of(text) == of(WHOLE)


@pytest.mark.parametrize(
    "text",
    ["依申请〔2024〕2号", "依申请〔2024〕11号", "依申请〔2024〕10号", "依申请〔2023〕1号", "依申请〔2024〕1-1号", "依申请〔2024〕1号之一",
     "甲申请〔2024〕1号", "依申请〔2024〕1号补", "依申请〔2024〕1*"],
)  # fmt: skip
def test_another_number_is_another(text):
    assert of(text) != of(WHOLE)


@pytest.mark.parametrize("text", ["1", "第1号", "〔2024〕1号", "申请1", "24-1", "申请〔2024〕001", "1（2024年）"])
def test_a_number_may_leave_out_the_year_and_letters(text):
    assert of(text).may_be(of(WHOLE), 2024)
    assert of(WHOLE).may_be(of(text), 2024)


@pytest.mark.parametrize("text", ["", "2", "2024", "〔2023〕1号", "3-1", "甲1", "1-1", "依申请〔2024〕11号", "无"])
def test_what_says_otherwise_is_not_left_out(text):
    assert not of(text).may_be(of(WHOLE), 2024)
    assert not of(WHOLE).may_be(of(text), 2024)


def test_large_numerals_have_their_value():
    assert [of(f"第{text}号").numbers for text in ("十", "二十三", "一百零五", "二百三十")] == [
        (10,),
        (23,),
        (105,),
        (230,),
    ]
