"""How much of an office's own words is last year's or another's, and how much work it is to tell."""

from __future__ import annotations

from time import process_time

import pytest
from twoyears import HERE, compare_years

from gktools.checks.text_similarity import (
    OfficeText,
    check_similar_offices,
    check_similar_to_last_year,
    measure_similarity,
    own_sentences,
)
from gktools.findings import Severity
from gktools.workspace.offices import Office

OLD = (
    "一是部分栏目全年没有更新，群众查不到办事结果。二是答复前与申请人沟通不够，补正的次数偏多。"
    "下一步，每月核对一次栏目，由专人负责；收到申请后先打电话，讲清要补正什么，少让群众来回跑。"
)
NEW = (
    "今年的主要不足是政策解读以文字为主，图解和视频只做了两期，许可决定上网平均用了九天。"
    "对此，三月起解读材料与文件同时起草、同时送审；许可窗口当天把决定推到网站，每季度抽查一次。"
)


def test_a_text_is_like_itself_and_not_like_another():
    assert measure_similarity(OLD, OLD).share == 1
    assert measure_similarity(NEW, OLD).share == 0


def test_a_sentence_with_another_figure_or_a_word_changed_is_alike_and_quoted():
    changed = OLD.replace("每月核对一次", "每季度核对一次").replace("全年没有", "3个月没有")

    assert measure_similarity(changed, OLD).share == 1
    assert any("每季度核对" in passage for passage in measure_similarity(changed, OLD).passages)


def test_tokens_automatic_sentences_and_stock_phrases_are_no_words_of_the_office():
    assert own_sentences(
        "{{ 自动语句 }}\n坚持以习近平新时代中国特色社会主义思想为指导。\n全年培训{{ 培训次数 }}次，都有签到记录。"
    ) == ("全年培训□次，都有签到记录。",)


def test_a_text_too_short_to_judge_is_not_like_anything():
    assert measure_similarity("没有突出的问题，继续做好。", "没有突出的问题，继续做好。").share == 0


def test_too_much_of_last_years_words_needs_an_explanation_and_the_passages_are_named():
    beside = compare_years({}, {})
    found = list(
        check_similar_to_last_year(beside, {"problems": OLD + "新的一句话说明今年的新情况。"}, {"problems": OLD})
    )

    assert [(f.code, f.section, f.severity) for f in found] == [("text.alike-last-year", "problems", Severity.EXPLAIN)]
    assert "“收到申请后先打电话，讲清要补正什么，少让群众来回跑。”" in found[0].message
    assert list(check_similar_to_last_year(beside, {"problems": NEW}, {"problems": OLD})) == []
    assert (
        list(
            check_similar_to_last_year(
                compare_years({}, {}, checks={"likeness": 1}), {"problems": OLD}, {"problems": OLD}
            )
        )
        == []
    )


def test_a_sentence_copied_with_last_years_number_is_told():
    text = "2023年，组织全体干部学习条例三次。"
    found = list(check_similar_to_last_year(compare_years({}, {}), {"overview": text}, {"overview": text}))

    assert [(f.code, f.found) for f in found] == [("text.stale-year", text)]
    assert (
        list(check_similar_to_last_year(compare_years({}, {}), {"overview": "与2023年相比更快。"}, {"overview": text}))
        == []
    )


def words(*texts):
    subject = compare_years({}, {}).subject
    return [
        OfficeText(
            type(subject)(
                Office(f"o{i}", f"示例区第{i}局", HERE.kind), 2024, subject.format, subject.official, {}, {}, ""
            ),
            {"problems": text},
        )
        for i, text in enumerate(texts)
    ]


def test_both_of_two_offices_with_the_same_words_are_told_and_each_names_the_other():
    found = list(check_similar_offices(words(OLD, NEW, OLD)))

    assert [(f.office_code, f.code, f.severity) for f in found] == [
        ("o0", "text.alike-office", Severity.EXPLAIN),
        ("o2", "text.alike-office", Severity.EXPLAIN),
    ]
    assert "与“示例区第2局”的雷同" in found[0].message


def test_the_same_offices_give_the_same_findings_however_many_are_alike():
    same = [OLD] * 120

    assert len(list(check_similar_offices(words(*same)))) == 120
    assert list(check_similar_offices(words(*same))) == list(check_similar_offices(words(*same)))


@pytest.mark.parametrize("same", [True, False])
def test_a_thousand_offices_take_no_more_than_a_few_seconds(same):
    texts = [OLD if same else f"{OLD}第{'甲乙丙丁'[i % 4]}组的第{i}条意见已经逐条答复群众。" for i in range(1000)]
    start = process_time()
    found = list(check_similar_offices(words(*texts)))

    assert len(found) == 1000
    assert process_time() - start < 10
