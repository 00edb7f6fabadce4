"""Files made to do harm: each is refused or made harmless, with a message, in bounded time and memory."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest
from corpus.files import written
from corpus.hostile import HEAD, LAUGHS, LOADED, PLAIN, REFUSED, ROWS
from corpus.packages import parts, sheet_xml, xlsx, zipped
from corpus.xls import xls
from machine import REPOSITORY

from gktools.errors import RecordsError, steering_character
from gktools.registers.intake import xls_guard as binary
from gktools.registers.intake import xlsx_guard as package
from gktools.registers.intake.marking import write_marked_copy
from gktools.registers.intake.reading import read_file

pytestmark = pytest.mark.integration


READ = """
import json, resource, sys, time
from pathlib import Path
from gktools.errors import GktoolsError
from gktools.registers.intake.reading import read_file
resource.setrlimit(resource.RLIMIT_AS, (1200 * 2**20,) * 2)
said = {}
for path in sorted(Path(sys.argv[1]).iterdir()):
    begun = time.process_time()
    try:
        found = read_file(path, lambda name: name)
        sheets, problems = found.sheets, found.problems
        text = "; ".join(map(str, problems)) or f"{sum(len(sheet.lines) for sheet in sheets)} loaded"
    except GktoolsError as error:
        text = str(error)
    said[path.name] = [text, time.process_time() - begun]
print(json.dumps(said))
"""


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    """What came of every file, read one after another by one process that may not take more than 1.2 GB."""
    folder = tmp_path_factory.mktemp("hostile")
    for name, make in {**{name: made for name, (made, _) in REFUSED.items()}, **LOADED}.items():
        (folder / name).write_bytes(make())
    asked = [sys.executable, "-c", READ, str(folder)]
    run = subprocess.run(asked, capture_output=True, text=True, timeout=100, cwd=REPOSITORY)
    assert run.returncode == 0, run.stderr[-2000:]
    return json.loads(run.stdout)


@pytest.mark.parametrize("name", REFUSED)
def test_a_hostile_file_is_refused_with_its_reason_in_bounded_time_and_memory(said, name):
    text, seconds = said[name]

    assert re.search(REFUSED[name][1], text), text
    assert name in text
    assert seconds < 10


@pytest.mark.parametrize("name", LOADED)
def test_a_strange_file_that_does_no_harm_is_read(said, name):
    text, seconds = said[name]

    assert text == "1 loaded"
    assert seconds < 10


def test_what_is_no_ordinary_file_is_refused(tmp_path):
    os.mkfifo(tmp_path / "管道.csv")
    (tmp_path / "转圈.csv").symlink_to(tmp_path / "转圈.csv")
    (tmp_path / "文件夹.xlsx").mkdir()
    for path, told in (
        (tmp_path / "管道.csv", "不是普通文件"),
        (tmp_path / "转圈.csv", "找不到文件"),
        (tmp_path / "文件夹.xlsx", "是文件夹"),
        (Path("/dev/zero"), "不是普通文件"),
    ):
        with pytest.raises(RecordsError, match=told):
            read_file(path, str)


def test_a_link_to_a_register_is_read_as_the_register(tmp_path):
    (tmp_path / "原件.xlsx").write_bytes(xlsx(ROWS))
    (tmp_path / "链接.xlsx").symlink_to(tmp_path / "原件.xlsx")

    assert len(read_file(tmp_path / "链接.xlsx", str).sheets[0].lines) == 1


def test_a_file_larger_than_any_register_is_not_opened(tmp_path):
    path = tmp_path / "大.csv"
    with path.open("wb") as file:
        file.truncate(300 * 2**20)

    with pytest.raises(RecordsError, match="有 300 MB，超过 256 MB"):
        read_file(path, str)


@pytest.mark.parametrize(
    ("value", "said"),
    [("字" * 40_000, "太长：有 40000 个字，这一栏一格最多 400 个"), ("a\x00b", "不能保存的控制字符"), ("a\x1bb", "不能保存的控制字符")],
)  # fmt: skip
def test_a_cell_that_cannot_be_kept_is_told_and_not_repeated_raw(tmp_path, value, said):
    path = tmp_path / "登记.csv"
    rows = [*ROWS[:4], [value, *ROWS[4][1:]]]
    path.write_text("\n".join(",".join(row) for row in rows), encoding="utf-8")
    (problem,) = read_file(path, str).problems

    assert said in str(problem)
    assert len(str(problem)) < 400
    assert not re.search(r"[\x00-\x08\x1b]", str(problem))


@pytest.mark.parametrize("heading", ["申请内容摘要", "援引条款", "实缴金额（元）", "别的栏"])
@pytest.mark.parametrize("text", ["1" * 120_000, "合计" * 60_000, "1(" * 60_000], ids=["digits", "sums", "brackets"])
def test_a_cell_of_very_many_signs_takes_no_longer_for_being_long(tmp_path, heading, text):
    path = tmp_path / "登记.csv"
    rows = [*ROWS[:3], [*HEAD, heading], [*ROWS[4], text]]
    path.write_text("\n".join(",".join(row) for row in rows), encoding="utf-8")
    read_file(path, str)
    begun = time.process_time()
    assert read_file(path, str).problems
    assert time.process_time() - begun < 1


def test_a_lone_surrogate_is_told_and_can_be_printed(tmp_path):
    path = tmp_path / "登记.xlsx"
    path.write_bytes(xlsx([*ROWS[:4], ["_xD800_号", *ROWS[4][1:]], ["a_x0007_b", *ROWS[4][1:]]]))
    said = read_file(path, str)
    sheets, problems = said.sheets, said.problems

    for text in [str(problem) for problem in problems] + [str(sheet.columns) for sheet in sheets]:
        text.encode("utf-8")


def test_text_that_looks_like_a_formula_never_becomes_one_in_a_marked_copy(tmp_path):
    texts = ['=HYPERLINK("http://x.example","点")', "+1+1", "-2+3", "@SUM(A1)"]
    rows = [*ROWS[:4], *([text, "昨天", "自然人"] for text in texts)]
    for name, content in (
        ("=1+1.xlsx", xlsx(rows)),
        ("乙.csv", "\n".join('"' + '","'.join(cell.replace('"', '""') for cell in row) + '"' for row in rows).encode()),
        ("=2+2.xls", xls(("=3+3", rows))),
    ):
        path = tmp_path / name
        path.write_bytes(content)
        problems = read_file(path, str).problems
        assert [(problem.line, *problem.also) for problem in problems] == [(5, 6, 7, 8)]
        copy = write_marked_copy(path, problems)
        with zipfile.ZipFile(copy) as book:
            written = {part: book.read(part) for part in book.namelist() if part.startswith("xl/")}
        assert not any(re.search(rb"<f[ >]|<hyperlink", part) for part in written.values())
        assert b"HYPERLINK" in b"".join(written.values())


def test_a_path_in_a_sheet_name_leads_nowhere(tmp_path):
    inside = tmp_path / "里面"
    inside.mkdir()
    path = inside / "登记.xls"
    path.write_bytes(xls(("../../逃出", [*ROWS[:4], ["1", "昨天", "自然人"]])))
    problems = read_file(path, str).problems

    write_marked_copy(path, problems)

    assert sorted(found.name for found in tmp_path.rglob("*")) == ["登记.xls", "登记（标错）.xlsx", "里面"]


@pytest.mark.parametrize("chunk", [7, 64, 333, 5000])
def test_a_broken_formula_is_found_wherever_the_pieces_are_cut(tmp_path, monkeypatch, chunk):
    monkeypatch.setattr(package, "_CHUNK", chunk)
    rows = [*ROWS, *([f"甲{i}", "2024-03-01", "自然人"] for i in range(200))]
    rows[3], rows[4], rows[150] = (
        [*HEAD, "答复日"],
        [*ROWS[4], "<c><f>B5+1</f></c>"],
        ["<c><f>1</f></c>", "2024-03-01", "自然人"],
    )
    path = tmp_path / "登记.xlsx"
    path.write_bytes(xlsx(rows))

    found = package.look_through(path)

    assert sorted(found.instead["登记"]) == [(4, 3), (150, 0)]


def test_a_declaration_cut_in_two_is_still_seen(tmp_path, monkeypatch):
    monkeypatch.setattr(package, "_CHUNK", 11)
    path = tmp_path / "登记.xlsx"
    path.write_bytes(zipped(parts(sheet_xml(PLAIN, LAUGHS))))

    with pytest.raises(RecordsError, match="实体声明"):
        package.look_through(path)


@pytest.mark.parametrize(("suffix", "kind"), [("xlsx", package), ("xls", binary)])
def test_far_too_many_numbers_filled_up_by_their_format_are_refused(tmp_path, monkeypatch, suffix, kind):
    name = {"xlsx": "编号靠格式补零", "xls": "XLS编号靠格式补零"}[suffix]
    monkeypatch.setattr(kind, "MOST_PADDED", 0)

    with pytest.raises(RecordsError, match="靠格式补零的数字太多"):
        read_file(written(name, tmp_path), str)


@pytest.mark.parametrize("name", ["\x1b[2J网站完整.csv", "一\n网站完整.csv", "盖章\u202evsc.csv"])
def test_a_file_whose_name_steers_the_screen_is_to_be_renamed(tmp_path, name):
    path = tmp_path / name
    path.write_text("申请编号\n1\n", encoding="utf-8")

    with pytest.raises(RecordsError, match="文件名里有“.*”，请给文件改名再导") as caught:
        read_file(path, str)
    assert steering_character(str(caught.value), lines=False) == ""
