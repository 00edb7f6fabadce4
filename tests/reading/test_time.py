"""A text takes time in proportion to its length, whatever is repeated in it: reading, and the checks of what was read."""

from __future__ import annotations

import time

import pytest

from gktools.checks.finished.files import audit_found, read_given
from gktools.reading.files import GivenFile, read_file

HEAD = "示例市民政局2024年政府信息公开工作年度报告\n一、总体情况\n2024年，我局。\n"
TAIL = "\n二、主动公开政府信息情况\n三、收到和处理政府信息公开申请情况\n"
REPEATED = {
    "tab": "\t", "space": " ", "full-width space": "\u3000", "em space": "\u2003", "pipe": "|", "new line": "\n", "digit": "1",
    "bracket": "（", "quote": '"', "quoted cell": '"a",', "comma": "1,", "semicolon": "；", "rule": "---|", "year": "2024年",
    "ordinal": "（一）", "comment": "<!--", "blank by its name": "&nbsp;", "figures": "1 ", "tab and figure": "1\t",
    "title": "《", "share": "增长1%，", "full stop": "。",
}  # fmt: skip
AROUND = [("", ""), ("2024", "年"), (",", "x"), ("一、", "1")]


def seconds(name: str, data: bytes) -> float:
    start = time.process_time()
    found = read_given(((name, data),))
    audit_found(found, (), unit="", year=None)
    return time.process_time() - start


def text(unit: str, length: int, before: str = "", behind: str = "", ending: str = "txt") -> bytes:
    head, tail = (
        (HEAD, TAIL) if ending != "html" else (f"<p>{part.replace(chr(10), '</p><p>')}" for part in (HEAD, TAIL))
    )
    return f"{head}{before}{unit * (length // len(unit))}{behind}{tail}".encode()


@pytest.mark.parametrize("repeated", REPEATED)
def test_a_long_run_of_one_sign_is_read_at_once(repeated):
    for before, behind in (("", ""), ("2024", "x")):
        assert seconds("a.txt", text(REPEATED[repeated], 12_000, before, behind)) < 1


@pytest.mark.soak
@pytest.mark.parametrize("ending", ["txt", "csv", "html", "md"])
@pytest.mark.parametrize(("before", "behind"), AROUND)
@pytest.mark.parametrize("repeated", REPEATED)
def test_a_run_twice_as_long_takes_about_twice_as_long(repeated, before, behind, ending):
    short, long = (
        min(seconds(f"a.{ending}", text(REPEATED[repeated], length, before, behind, ending)) for _ in range(2))
        for length in (40_000, 80_000)
    )

    assert long < max(3 * short, 0.3)


def test_a_line_longer_than_any_report_is_not_read():
    found = next(iter(read_file(GivenFile("a.txt", (HEAD + "一" * 200_001).encode()))))

    assert "有一行超过" in found.why
