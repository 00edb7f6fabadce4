"""The words of every column hold together: each answer is a value its field takes, and no word is two things."""

from __future__ import annotations

import pytest

from gktools.registers.intake.revisions import LATER
from gktools.registers.intake.values import parse
from gktools.registers.schema import Field, registers
from gktools.registers.words import (
    COMMENT,
    ELSEWHERE,
    EMPTY,
    IGNORED,
    KEEP,
    LEAVE_OUT,
    SECTION,
    THIS_YEAR,
    UNREAD,
    YEARS_BEFORE,
    Ask,
    Never,
    Sure,
    bare,
    book,
    kept_value,
    label_of,
    looks_personal,
    plain,
    rules_of,
)

FIELDS = sorted(book().fields)


def field_of(at: str) -> Field:
    register, _, key = at.partition(".")
    return registers()[register][key]


def taken(known: Field, text: str) -> object:
    """What a field takes a text for by itself; ... if it does not."""
    try:
        return parse(known, text)
    except ValueError:
        return ...


@pytest.mark.parametrize("at", FIELDS)
def test_every_answer_is_a_value_that_its_field_takes(at):
    known, words = field_of(at), book().fields[at]
    values = [
        *words.sure,
        *(value for ask in words.ask for value in ask.answers),
        *(ask.takes for ask in words.ask if ask.takes),
    ]
    for value in {*values} - {LEAVE_OUT}:
        assert value != EMPTY or not known.required
        assert parse(known, "" if value == EMPTY else label_of(known, value)) == kept_value(known, value)
    for ask in words.ask:
        assert ask.asks
        assert len(ask.answers) + len(ask.otherwise) > 0
        assert not ask.unless or registers()[at.partition(".")[0]][ask.unless]


@pytest.mark.parametrize("at", FIELDS)
def test_no_word_of_a_column_is_two_things(at):
    written = [plain(entry.word) for entry in book().fields[at].entries()]

    assert sorted(word for word in written if written.count(word) > 1) == []


@pytest.mark.parametrize("at", FIELDS)
def test_no_sure_word_is_another_value_however_it_is_written(at):
    known, words = field_of(at), book().fields[at]
    for entry in words.entries():
        if not isinstance(entry.what, Sure):
            continue
        value = kept_value(known, entry.what.value)
        if known.type not in ("text", "date"):
            assert taken(known, entry.word) is ..., f"{entry.word} 本来就认得"
            assert taken(known, bare(entry.word)) in (..., value)
        found = words.find(bare(entry.word))
        assert found
        assert not isinstance(found.what, Never)
        assert isinstance(found.what, Ask) or found.what.value == entry.what.value


@pytest.mark.parametrize("at", FIELDS)
def test_a_word_that_is_asked_about_is_no_value_of_its_own_but_for_one(at):
    known = field_of(at)
    official = {
        e.word
        for e in book().fields[at].entries()
        if isinstance(e.what, Ask | Never) and taken(known, e.word) is not ...
    }

    assert known.type in ("text", "date") or official <= {"其他"}


def test_every_rule_is_about_columns_that_exist_and_answers_with_values_they_take():
    for register in registers().values():
        for rule in rules_of(register.key):
            known = register[rule.place[1]]
            for value in {*rule.values, *rule.besides, *rule.answers} - {
                EMPTY,
                KEEP,
                LEAVE_OUT,
                THIS_YEAR,
                YEARS_BEFORE,
            }:
                assert parse(known, label_of(known, value)) == value
            for condition in (*rule.any, *rule.all):
                own = (UNREAD, IGNORED, ELSEWHERE, COMMENT, SECTION, LATER)
                known = (*(f.key for f in register.fields), *book().beside.get(register.key, {}), *own)
                assert condition.beside in known
    assert len({rule.code for rule in book().rules}) == len(book().rules)


def test_a_word_is_never_found_by_its_beginning_or_by_likeness():
    words = book().fields["requests.disposition"]

    assert isinstance(words.find("不予公开").what, Ask)
    for text in ("公开了", "不公开吧", "信息不存", "信访件转办", "撤"):
        assert words.find(text) is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("张三", "人名"), ("欧阳修文", "人名"), ("李四海（委托）", "人名"), ("阿依古丽·买买提", "人名"), ("13800138000", "手机号"),
        ("zhang@example.cn", "邮箱"), ("幸福路12号", "地址"), ("110101199003071234", "身份证号"), ("0512-65550000", "固定电话"),
        ("金融", ""), ("社会救助", ""), ("区自然资源局", ""), ("示路政发〔2024〕12号", ""), ("张某", ""), ("2024-001", ""),
    ],
)  # fmt: skip
def test_what_looks_personal_is_known_by_its_shape(text, found):
    assert looks_personal(text) == found
