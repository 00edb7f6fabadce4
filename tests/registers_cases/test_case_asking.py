"""At a terminal the import asks its questions one by one; an answer is kept where it belongs, and the import goes on."""

from __future__ import annotations

import builtins
import re

import pytest
import yaml

from gktools.cli import asking
from registers_cases.desk import CHARGES, HEAD, REQUESTS, request


@pytest.fixture
def terminal(desk, monkeypatch):
    """Run an import at a terminal where a person types these lines; returns exit status, output and errors."""

    def run(typed: list[str], *words: object) -> tuple[int, str, str]:
        lines = iter(typed)

        def read(prompt: str) -> str:
            print(prompt)
            return next(lines)

        monkeypatch.setattr(asking, "at_terminal", lambda: True)
        monkeypatch.setattr(builtins, "input", read)
        monkeypatch.setattr(asking.run_and_ask, "__defaults__", (read,))
        found = desk.command("records", "import", *words)
        assert next(lines, None) is None, "fewer questions than answers"
        return found

    return run


def columns(desk) -> dict:
    return yaml.safe_load((desk.home / "params/columns.yaml").read_text(encoding="utf-8"))


def test_a_word_is_asked_once_and_its_answer_written_to_columns_yaml(desk, terminal):
    path = desk.file([*REQUESTS, HEAD, [*request("甲1")[:-1], "不予公开"]])
    code, out, _ = terminal(["3"], path, "--as", "王某")

    assert code == 0
    assert "（1/1）" in out
    assert "新增 1 条" in out
    assert columns(desk) == {"mmj/依申请公开登记表": {"答复类型=不予公开": "3.危及“三安全一稳定”"}}
    assert desk.figures("dispositions.refused.three_securities") == [1]
    assert not list(desk.home.glob("*标错*"))


def test_lines_that_columns_yaml_has_stay_with_their_comments(desk, terminal):
    desk.columns("# 本区的写法\nmmj/依申请公开登记表:\n  收件日: 收文日期  # 台账里这样写\n")
    terminal(["3"], desk.file([*REQUESTS, HEAD, [*request("甲1")[:-1], "不予公开"]]))
    text = (desk.home / "params/columns.yaml").read_text(encoding="utf-8")

    assert text.startswith("# 本区的写法\nmmj/依申请公开登记表:\n  收件日: 收文日期  # 台账里这样写\n")
    assert columns(desk)["mmj/依申请公开登记表"]["收件日"] == "收文日期"
    assert len(columns(desk)["mmj/依申请公开登记表"]) == 2


def test_an_answer_for_this_file_only_is_kept_with_the_import(desk, terminal):
    path = desk.file([*CHARGES, ["项目名称", "收缴日期", "金额（元）"], ["工本费", "2024-03-05", "3万元"]])
    code, _, _ = terminal(["1"], path)

    assert code == 0
    assert not (desk.home / "params/columns.yaml").exists()
    assert desk.wan() == 3


def test_a_decision_about_numbers_is_written_with_person_and_reason(desk, terminal):
    first = [*REQUESTS[:2], ["年度", "2023"], HEAD, request("1", received="2023-03-05")]
    first[-1][4] = first[-1][6] = "2023-03-20"
    desk.loaded(desk.file(first, name="2023"))
    code, _, _ = terminal(["1", "每年另起"], desk.file([*REQUESTS, HEAD, request("1")], name="2024"), "--as", "王某")
    written = yaml.safe_load((desk.home / "params/records.yaml").read_text(encoding="utf-8"))

    assert code == 0
    assert written == {
        "numbering": {"mmj": {"依申请公开登记表": {"way": "yearly", "person": "王某", "reason": "每年另起"}}}
    }
    assert desk.figures("received") == [1]


@pytest.mark.parametrize("typed", [[""], ["99", "x", ""]])
def test_without_an_answer_nothing_is_imported_and_the_question_is_listed(desk, terminal, typed):
    code, _, err = terminal(typed, desk.file([*REQUESTS, HEAD, [*request("甲1")[:-1], "不予公开"]]))

    assert code == 1
    assert "有 1 个问题要先回答，什么也没有导入" in err
    assert len(list(desk.home.glob("*标错*"))) == 1
    assert not (desk.home / "params/columns.yaml").exists()


def test_an_answer_that_has_to_be_given_in_the_file_is_told_and_the_others_are_not_lost(desk, terminal):
    fees = [*CHARGES, ["项目名称", "收缴日期", "金额（元）"], ["工本费", "2024-03-05", "3万元"]]
    words = [*REQUESTS, HEAD, [*request("甲1")[:-1], "不予公开"]]
    code, out, _ = terminal(["1", "9"], desk.file(fees), desk.file(words))

    assert code == 1
    assert "请照这一条办，再导一次" in out
    (ready,) = re.findall(r"前面答过的，再导时加上：(.+)", out)
    assert "--answer" in ready
    assert "unit.cell" in ready


def test_mistakes_are_told_once_after_the_questions(desk, terminal):
    rows = [*REQUESTS, HEAD, [*request("甲1")[:-1], "不予公开"], [*request("甲2")[:2], "昨天", *request("甲2")[3:]]]
    code, _, err = terminal(["3"], desk.file(rows))

    assert code == 1
    assert err.count("不是日期") == 1
    assert len(list(desk.home.glob("*标错*"))) == 1
