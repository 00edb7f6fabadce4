"""Whatever a message quotes, it neither clears the screen nor adds a line of its own."""

from __future__ import annotations

import json
import sys

import pytest
from rich.table import Table

from gktools.cli.options import plain_line, print_json, print_table, visible_output
from gktools.cli.site import print_site
from gktools.errors import GktoolsError, Problem, in_one_line, steering_character, visible
from gktools.publication.site_verification import SiteCheck
from gktools.review.actions import _require_reason

CLEARS = "\x1b[2J\x1b[H网站完整.xlsx"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("一\n二\t三\r\n四 é 😀", "一\n二\t三\r\n四 é 😀"),
        ("\x1b[2J", "【控制字符 U+001B】[2J"),
        ("\x9b2J\x7f\x00", "【控制字符 U+009B】2J【控制字符 U+007F】【控制字符 U+0000】"),
        ("盖章\u202efdp", "盖章【强制从右到左】fdp"),
        ("甲\u200b乙\ufeff", "甲【零宽空格】乙【零宽不换行空格】"),
        ("一\r二\u2028三", "一【回车】二【行分隔符】三"),
        ("a\udc80", "a【控制字符 U+DC80】"),
    ],
)
def test_what_cannot_be_seen_is_shown_by_name(text, shown):
    assert visible(text) == shown


def test_a_name_stays_in_its_line():
    assert in_one_line("a\n网站完整\t") == "a【换行】网站完整【制表符】"
    assert "\n" not in str(Problem("不对", "a\nb.xlsx", "甲\n乙", 1, "列\n", "值\n网站完整"))


def test_an_error_is_visible_wherever_it_is_shown():
    assert str(GktoolsError(f"{CLEARS} 打不开")) == "【控制字符 U+001B】[2J【控制字符 U+001B】[H网站完整.xlsx 打不开"


def test_everything_a_command_prints_is_visible(capsys):
    with visible_output():
        print(CLEARS)
        print(CLEARS, file=sys.stderr)

    assert "\x1b" not in "".join(capsys.readouterr())


def test_json_says_exactly_what_there_is(capsys):
    data = {"file": CLEARS, "names": ["\u202e", "\x7f\x9b", "中文 é \u200b"]}
    with visible_output():
        print_json(data)

    printed = capsys.readouterr().out
    assert json.loads(printed) == data
    assert visible(printed) == printed
    assert "中文 é" in printed


def test_brackets_in_a_table_are_no_markup(capsys):
    grid = Table("机关")
    grid.add_row("[bold]民政局[/bold] :smile: [link=x]")
    with visible_output():
        print_table(grid, 80)

    assert "[bold]民政局[/bold] :smile: [link=x]" in capsys.readouterr().out


def test_a_file_of_a_site_prints_no_line_of_its_own(monkeypatch, capsys, tmp_path):
    check = SiteCheck("abc", signed=True, added=(f"a\n网站完整，每个文件都是公布的那一个\n{CLEARS}",))
    monkeypatch.setattr("gktools.publication.site_verification.verify_site", lambda *_: check)
    with visible_output(), pytest.raises(SystemExit) as ended:
        print_site(tmp_path, None, False)

    printed = capsys.readouterr().out
    assert ended.value.code == 1
    assert "\x1b" not in printed
    assert not any(line.startswith("网站完整") for line in printed.splitlines())


@pytest.mark.parametrize("text", ["一\n二", "一\t二", CLEARS, "\u202e", "\udc80"])
def test_a_name_or_reason_of_a_command_is_one_visible_line(text):
    with pytest.raises(GktoolsError, match="--as、--reason 里有“"):
        plain_line(text)


@pytest.mark.parametrize("text", [CLEARS, "理由\u202e充分", "理由\u2029充分"])
def test_a_reason_in_the_review_is_visible(text):
    with pytest.raises(GktoolsError, match="里面有看不见的“"):
        _require_reason(text)
    _require_reason("第一行\r\n第二行\u200b")


def test_ordinary_text_steers_nothing():
    assert steering_character("第一行\r\n第二行\t（三）é😀\u200d") == ""
