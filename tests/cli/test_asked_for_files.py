"""Every command with a name to write to: what staff filled in, edited or mistook for an input stays as it is."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest
from printed_layouts import as_html, draw, figures_of
from projects import keep, make_project

from gktools.build.batch import build
from gktools.workspace.project import open_project

OFFICE = "minzheng"
TEXT = {"text": {"problems": "一是问题。二是问题。改进：一是措施。二是措施。" * 4}}
PAGE = as_html(draw(2023, figures_of(2023, random.Random(4)), "示例市某局"))
OWN = "填好的台账".encode()


@pytest.fixture(scope="module")
def _finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("asked") / "work"
    offices = {OFFICE: {"names": [{"name": "示例区民政局"}], "kind": "county_department"}}
    project = make_project(home, offices, {(2024, OFFICE): TEXT})
    keep(project, OFFICE, 2024, {})
    assert [outcome.message for outcome in build(project, [2024])] == [""]
    return home


@pytest.fixture
def home(_finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder of its own with a finished report; commands run in it."""
    shutil.copytree(_finished, tmp_path / "work")
    (tmp_path / "work/报告.html").write_text(PAGE, encoding="utf-8")
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path / "work"


WRITTEN = [
    (("review", "log", "记录.jsonl"), "记录.jsonl"),
    (("records", "template", "--office", OFFICE, "--year", 2024, "--out", "登记表"), "登记表/全部登记表.xlsx"),
    (("records", "template", "--all", "--year", 2024, "--out", "各局"), "各局/示例区民政局/全部登记表.xlsx"),
    (("deadlines", "--on", "2024-07-20", "--out", "期限.xlsx"), "期限.xlsx"),
    (("check", "报告.html", "--html", "核对.html"), "核对.html"),
    (("read", "报告.html", "--out", "读回"), "读回/报告.html.json"),
    (("read", "报告.html", "--show"), "报告.html（读法）.html"),
    (
        ("year", "import-published", "--template", "--office", OFFICE, "--year", 2023),
        "示例区民政局2023年已公布数.xlsx",
    ),
    (
        ("export", OFFICE, "--year", 2024, "--to", "docx", "--out", "材料"),
        "材料/示例区民政局2024年政府信息公开工作年度报告.docx",
    ),
    (("export", OFFICE, "--year", 2024, "--to", "json", "--out", "材料"), "材料/report.schema.json"),
    (("export", "--year", 2024, "--to", "package", "--out", "数据"), "数据/figures.csv"),
    (("backup", "../备份.zip"), "../备份.zip"),
    (("records", "backup", "台账.db"), "台账.db"),
]


@pytest.mark.parametrize(("command", "name"), WRITTEN)
def test_what_a_command_did_not_write_stays(run, home, command, name):
    path = home / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(OWN)

    code, out, err = run(*command, home=home)

    assert (code, path.read_bytes()) == (1, OWN), out + err
    assert path.name in out + err
    assert "请换一个名字" in out + err


@pytest.mark.parametrize(("command", "name"), WRITTEN[:-2])
def test_what_it_wrote_is_written_again_until_somebody_fills_it_in(run, home, command, name):
    first, again = run(*command, home=home), run(*command, home=home)
    (home / name).write_bytes(OWN)
    third = run(*command, home=home)

    assert first[0] == again[0] == int(command[0] == "check"), first[1] + first[2]
    assert (third[0], (home / name).read_bytes()) == (1, OWN)


@pytest.mark.parametrize(
    ("command", "name"),
    [
        (("review", "log"), "records.db"),
        (("review", "log"), "params/offices.yaml"),
        (("check", "报告.html", "--html"), "报告.html"),
        (("check", "报告.html", "--html"), "params/offices.yaml"),
    ],
)
def test_a_file_of_the_folder_given_by_a_slip_stays(run, home, command, name):
    before = (home / name).read_bytes()

    code, _, err = run(*command, name, home=home)

    assert code == 1
    assert f"{name} 已经有了" in err
    assert (home / name).read_bytes() == before


def test_a_link_in_the_place_of_a_backup_stays(run, home):
    for command, name in WRITTEN[-2:]:
        (home / name).symlink_to("nowhere")
        code, out, err = run(*command, home=home)

        assert code == 1, out + err
        assert (home / name).is_symlink()


def test_of_figures_brought_in_nothing_is_lost_by_importing_again(run, home):
    import openpyxl

    target = home / f"params/published/2023/{OFFICE}.yaml"
    target.parent.mkdir(parents=True)
    _, name, _ = run("year", "import-published", "--template", "--office", OFFICE, "--year", 2023, home=home)
    sheet = home / name.strip()

    def fill(**cells: int) -> None:
        book = openpyxl.load_workbook(sheet)
        for place, value in cells.items():
            book["表三"][place] = value
        book.save(sheet)

    def bring_in() -> tuple[int, str]:
        code, out, err = run("year", "import-published", sheet, home=home)
        return code, out + err

    assert (bring_in()[0], "一个数也没有填" in bring_in()[1], target.exists()) == (1, True, False)
    fill(D5=3)
    assert bring_in()[0] == 0
    target.write_text(target.read_text("utf-8") + "text:\n  problems: 上年的话\n", encoding="utf-8")
    fill(D5=4)
    assert bring_in()[0] == 0
    kept = target.read_text("utf-8")
    assert "上年的话" in kept
    fill(D5=None, D6=1)
    assert "有 1 格的数，这张表里空着" in bring_in()[1]
    fill(D5=4)
    target.write_text(f"{kept}# 局长核过\n", encoding="utf-8")
    assert "有手工写的 # 后面的话" in bring_in()[1]
    assert target.read_text("utf-8") == f"{kept}# 局长核过\n"
    assert open_project(home)
