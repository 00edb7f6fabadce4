"""The history of an office's registers in the browser: undo and versions as the command has them."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import lxml.html
import pytest
from clerks import CODE, OTHER, YEAR, clerks_server, hand_in, make_offices, nothing_in_force, saved, text_of
from literal_registers import sheet
from reviewing import Visitor, visiting

from gktools.cli.main import main
from gktools.registers.store.database import TABLES, reading
from gktools.registers.store.opening import open_store
from gktools.review.web.server import ReviewServer

AT = f"/{YEAR}/{CODE}/history"
FIRST = {"number": "1号", "received_on": "2024-03-05", "applicant": "自然人", "topic": "规划"}
SECOND = {**FIRST, "number": "2号"}


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[ReviewServer]:
    """A server of two offices without registers."""
    with clerks_server(tmp_path_factory.mktemp("history") / "work") as started:
        yield started


@pytest.fixture
def home(server) -> Path:
    """The working folder of the server, with nothing in force."""
    return nothing_in_force(server.context.home)


@pytest.fixture
def clerk(server, home) -> Visitor:
    """The handler of the office at a browser."""
    visitor = visiting(server, "甲经办")
    visitor.get(AT)
    return visitor


@pytest.fixture
def command(capsys, monkeypatch):
    """Run a command line in a working folder, and return what it prints."""

    def run(home: Path, *arguments: object) -> str:
        monkeypatch.chdir(home)
        monkeypatch.delenv("GKTOOLS_HOME", raising=False)
        monkeypatch.setattr(sys, "argv", ["gktools", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
            raise SystemExit(0)
        assert not ended.value.code
        return capsys.readouterr().out

    return run


def in_force(home: Path) -> list[str]:
    """What is stored of the requests in force, without numbers of versions and imports."""
    table = TABLES["requests"]
    with open_store(home) as store, reading(store.engine) as connection:
        rows = connection.execute(table.select().where(table.c.until_import.is_(None))).mappings()
        return sorted(str((row["record_key"], row["said"], row["topic"], row["file_row"])) for row in rows)


def test_an_import_taken_back_in_the_page_leaves_what_the_command_leaves(home, clerk, command, tmp_path):
    other = tmp_path / "other" / "work"
    make_offices(other)
    for folder in (home, other):
        hand_in(folder, FIRST, SECOND)
    numbers = [hand_in(folder, {**FIRST, "topic": "土地"}, replace=True) for folder in (home, other)]
    answer = clerk.post(AT, {"number": str(numbers[0]), "reason": "交错了文件"})
    said = command(other, "records", "undo", numbers[1], "--as", "甲经办", "--reason", "交错了文件")

    assert answer.status == 200
    assert f"取消了第 {numbers[0]} 次：退回 1 条，放回 2 条" in text_of(answer)
    assert "退回 1 条，放回 2 条" in said
    assert in_force(home) == in_force(other) != []
    with open_store(home) as ours, open_store(other) as theirs:
        undone, by_command = ours.imports(CODE)[0], theirs.imports(CODE)[0]
        assert (undone.person, undone.reason, undone.kind) == ("甲经办", "交错了文件", "undo")
        assert (by_command.person, by_command.reason, by_command.kind) == ("甲经办", "交错了文件", "undo")
        assert [(one.added, one.withdrawn) for one in undone.touched] == [
            (one.added, one.withdrawn) for one in by_command.touched
        ]


def test_what_a_form_entered_is_named_in_the_history(home, clerk):
    saved(clerk, f"/{YEAR}/{CODE}/cases/requests/new", **FIRST)
    with open_store(home) as store:
        version = store.load_records(CODE, YEAR).held["requests"]["record"].tolist()[0]
    sent = {"what": "withdraw", "seen": str(version), "why": "登记了两遍"}
    assert clerk.post(f"/{YEAR}/{CODE}/cases/requests/{version}", sent).status == 303
    page = lxml.html.fromstring(clerk.get(AT).body)
    heads = [" ".join(head.text_content().split()) for head in page.xpath("//section//p[1]/b")][:2]
    assert [head.partition(" 导入 ")[2] for head in heads] == ["页面填写 1号", "页面填写 1号"]


def test_an_undo_is_taken_back_by_undoing_it(home, clerk):
    number = hand_in(home, FIRST)
    before = in_force(home)
    clerk.post(AT, {"number": str(number), "reason": "交错了"})
    assert in_force(home) == []
    page = lxml.html.fromstring(clerk.get(AT).body)
    newest = page.xpath("//form[@class='stack']//input[@name='number']/@value")[0]
    assert clerk.post(AT, {"number": newest, "reason": "没有交错"}).status == 200
    assert in_force(home) == before


def test_an_undo_without_a_reason_does_nothing_and_says_so(home, clerk):
    number = hand_in(home, FIRST)
    answer = clerk.post(AT, {"number": str(number), "reason": " "})
    assert (answer.status, "理由请写" in text_of(answer)) == (409, True)
    assert in_force(home) != []


def test_what_cannot_be_taken_back_is_said_in_the_words_of_the_command(home, clerk):
    number = hand_in(home, FIRST)
    clerk.post(AT, {"number": str(number), "reason": "交错了"})
    answer = clerk.post(AT, {"number": str(number), "reason": "再来一次"})
    assert answer.status == 409
    assert f"第 {number} 次导入已经由第 {number + 1} 次取消了" in text_of(answer)
    page = lxml.html.fromstring(answer.body)
    assert page.xpath(f"//*[@id='why-{number}']") == []


def test_the_import_of_another_office_is_taken_back_by_nobody_here(home, clerk):
    with open_store(home) as store:
        store.add([sheet("requests", YEAR, [FIRST], OTHER)], person="丙经办")
        number = store.imports()[0].number
    answer = clerk.post(AT, {"number": str(number), "reason": "交错了"})
    assert (answer.status, f"没有第 {number} 次导入" in text_of(answer)) == (409, True)
    assert f"第 {number} 次" not in text_of(clerk.get(AT))


def test_an_import_of_two_offices_is_taken_back_by_no_handler_of_one(home, clerk):
    with open_store(home) as store:
        store.add([sheet("requests", YEAR, [FIRST], office) for office in (CODE, OTHER)], person="甲经办")
        number = store.imports()[0].number
    answer = clerk.post(AT, {"number": str(number), "reason": "交错了"})
    assert "这一次也改了示例区财政局的台账" in text_of(answer)
    assert len(in_force(home)) == 2


def test_a_record_has_the_versions_that_the_command_prints(home, clerk, command):
    hand_in(home, FIRST)
    hand_in(home, {**FIRST, "topic": "土地"})
    known = json.loads(command(home, "records", "history", "1号", "--office", CODE, "--json"))
    page = lxml.html.fromstring(clerk.get(f"{AT}/record?number={quote('1号')}&register=requests").body)
    cards = [" ".join(card.text_content().split()) for card in page.xpath("//section[@class='card']")]
    assert len(cards) == len(known)
    for card, version in zip(cards, known, strict=True):
        assert card.startswith(f"第 {version['number']} 次")
        for said in (version["file"], version["person"], version["reason"], f"{version['year']} 年"):
            assert said in card
        assert ("现在有效" in card) == (version["until"] is None)
        for change in version["changes"]:
            assert f"{change['heading']}：{change['old'] or '（空）'} → {change['new'] or '（空）'}" in card
    assert "主题分类：规划 → 土地" in cards[-1]


def test_a_number_that_is_nowhere_is_said_with_the_nearest(home, clerk):
    hand_in(home, FIRST)
    answer = clerk.get(f"{AT}/record?number={quote('1 号号')}")
    assert (answer.status, "台账库里没有编号是“1 号号”的记录" in text_of(answer)) == (404, True)
    assert clerk.get(f"{AT}/record").status == 404


@pytest.mark.parametrize("path", ["", "/record?number=1"])
def test_the_history_is_its_handlers_alone(server, home, path):
    for person in ("甲分管", "丙经办"):
        visitor = visiting(server, person)
        visitor.get("/")
        assert visitor.get(f"{AT}{path}").status in (403, 404)
        assert visitor.post(AT, {"number": "1", "reason": "交错了"}).status in (403, 404)
