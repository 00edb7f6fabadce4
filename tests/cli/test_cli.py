"""The command line as a clerk uses it, with the wrong file too: Chinese messages, exit codes, no traceback."""

from __future__ import annotations

import errno
import json
import re
import shutil
import sqlite3
import subprocess
import sys
import unicodedata
import zipfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
import typer
from literal_registers import NOW
from machine import REPOSITORY, TESTS
from tampering import execute, make_index_stale

from gktools.__main__ import main as begin
from gktools.build.outcome import Outcome
from gktools.cli.main import app
from gktools.cli.options import ORDER
from gktools.cli.reports import _print_outcomes
from gktools.errors import os_reason, os_remedy
from gktools.registers.store.database import NAME
from gktools.review.entries import SignedBody
from gktools.review.log import open_log
from gktools.review.people import Step
from gktools.workspace.project import open_project

THIRD_KEY = "9b1ed1446d4a901143ac379d95de865c5175e2345a495c46754c8ff88b99b31b\n"
"""The key of the hashes in store_v3.sql."""


@pytest.fixture
def empty(run, tmp_path) -> Path:
    """A new working folder with one empty office."""
    code, _, _ = run("init", "我的目录", "--empty")
    assert code == 0
    return tmp_path / "我的目录"


class Interrupted:
    """A command line whose loading is interrupted."""

    def __getattr__(self, name: str) -> None:
        raise KeyboardInterrupt


def test_an_interrupt_while_the_command_loads_is_no_traceback(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "gktools.cli.main", Interrupted())
    monkeypatch.setenv("PYTHONSAFEPATH", "")
    with pytest.raises(SystemExit) as ended:
        begin()

    assert ended.value.code == 130
    assert capsys.readouterr().err == "已按要求停下\n"


def test_a_command_builds_no_parser_that_it_does_not_need():
    code = "import sys; sys.argv[1:] = ['-h']; from gktools.__main__ import main\ntry: main()\nexcept SystemExit: pass"
    code += "\nimport nbformat, jsonschema; print(sys.modules['rfc3987_syntax'])"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert said.splitlines()[-1] == "None"


def year_of(home: Path) -> int:
    return next(int(path.name) for path in (home / "params").iterdir() if path.is_dir())


def test_from_an_empty_folder_to_a_finished_report(run, empty):
    year = year_of(empty)
    code, out, _ = run("records", "template", "--office", "my-office", "--year", year, "--out", "登记表", home=empty)
    assert code == 0
    whole = empty / "登记表/全部登记表.xlsx"
    assert str(Path("登记表") / whole.name) in out

    book = openpyxl.load_workbook(whole)
    for sheet in book.worksheets:
        for row in sheet.iter_rows(max_row=8, max_col=1):
            if row[0].value == "本年无记录":
                sheet.cell(row[0].row, 2).value = "√"
    book.save(whole)
    code, out, err = run("records", "import", whole, home=empty)
    assert code == 0, err
    assert "本年无记录" in out

    code, out, _ = run("build", home=empty)
    assert code == 0
    assert "[1/1]" in out
    report = json.loads((empty / f"output/{year}/my-office/report.json").read_text(encoding="utf-8"))
    assert {cell["value"] for cells in report["tables"].values() for cell in cells} == {0}
    blocked = [(f["code"], f["found"]) for f in report["findings"] if f["severity"] == "block"]
    assert {code for code, _ in blocked} == {"text.problems-empty", "text.remnant"}
    assert {found for code, found in blocked if code == "text.remnant"} == {"请改成"}, "the name the starter came with"


def test_the_templates_of_all_offices_are_a_folder_for_each(run, empty):
    code, out, _ = run("records", "template", "--all", "--year", 2024, "--out", "各机关", home=empty)
    assert code == 0
    assert [path.name for path in (empty / "各机关").iterdir()] == [Path(out.splitlines()[0]).parent.name]
    assert len(out.splitlines()) == 2

    code, _, err = run("records", "template", "--all", "--office", "my-office", home=empty)
    assert (code, "只能写一个" in err) == (1, True)


def test_an_untouched_template_is_refused_with_what_to_do(run, empty):
    run("records", "template", "--office", "my-office", "--year", 2024, "--out", "登记表", home=empty)
    code, _, err = run("records", "import", "登记表/一表一个文件/依申请公开登记表.xlsx", home=empty)

    assert code == 1
    assert "本年无记录" in err


def test_every_mistake_in_a_file_is_listed_and_nothing_is_loaded(run, empty):
    (empty / "登记.csv").write_text(
        "单位,my-office\n年度,2024\n登记表,依申请公开登记表\n"
        "申请编号,收到申请之日,申请人类别,答复类型,答复日,联系方式\n"
        "1,2024-02-30,自然人,,,1\n2,2024-03-01,外星来客,予以公布,2024-03-02,2\n",
        encoding="utf-8",
    )
    code, out, err = run("records", "import", "登记.csv", home=empty)

    assert code == 1
    assert "第 5 行 “收到申请之日”列" in err
    assert "第 6 行 “申请人类别”列" in err
    assert "第 6 行 “答复类型”列" in err
    assert "条" not in out
    assert (
        "没有导入" in run("explain", "my-office", "表三", "received", "natural_person", "--year", 2024, home=empty)[1]
    )


def test_the_same_file_twice_changes_nothing(run, empty):
    (empty / "登记.csv").write_text(
        "单位,my-office\n年度,2024\n登记表,依申请公开登记表\n申请编号,收到申请之日,申请人类别\n1,2024-02-03,自然人\n",
        encoding="utf-8",
    )
    run("records", "import", "登记.csv", home=empty)
    code, out, _ = run("records", "import", "登记.csv", "登记.csv", home=empty)

    assert code == 0
    assert "没有变化 2 个" in out


def test_no_report_is_checked_or_built_of_records_that_an_index_leaves_out(run, empty):
    (empty / "登记.csv").write_text(
        "单位,my-office\n年度,2024\n登记表,依申请公开登记表\n申请编号,收到申请之日,申请人类别\n1,2024-02-03,自然人\n",
        encoding="utf-8",
    )
    run("records", "import", "登记.csv", home=empty)
    make_index_stale(empty / NAME, "register_requests_in_force", "1")

    for command in ("check", "build"):
        code, out, err = run(command, home=empty)
        assert code == 1
        assert "register_requests 表的内容和它的索引对不上" in out + err
        assert "gktools records backup" in out + err
    code, out, _ = run("records", "audit", home=empty)
    assert (code, "register_requests 表的内容和它的索引对不上" in out) == (1, True)


def test_publishing_says_what_was_signed_before_the_imports_were_sealed(run, empty):
    with closing(sqlite3.connect(empty / NAME)) as database:
        database.executescript((TESTS / "registers/store/store_v3.sql").read_text(encoding="utf-8"))
    (empty / "records.key").write_text(THIRD_KEY)
    with open_log(open_project(empty)) as log:
        log.append("my-office", 2024, "甲", SignedBody(Step.DEPUTY, "", False, "", {}, ""), now=NOW)
    execute(empty / NAME, "update review_entries set hash = substr(hash, 8)")

    _, _, err = run("publish", "--year", "2024", home=empty)
    assert "提醒：第 1–4 次导入是" in err
    assert "那以前已经签过 1 次字" in err


@pytest.mark.parametrize(
    ("option", "said"),
    [
        (("--office", "nosuch"), "--office 写得不对，文件没有读：单位表里没有“nosuch”"),
        (("--register", "依申请登计表"), "--register 写得不对，文件没有读：没有“依申请登计表”这张登记表"),
        (("--year", "1800"), "--year 写得不对，文件没有读：年度只能是 2008 到"),
    ],
)
def test_a_wrong_option_is_told_as_such_and_no_file_is_marked(run, empty, option, said):
    (empty / "登记.csv").write_text(
        "单位,my-office\n年度,2024\n登记表,依申请公开登记表\n申请编号,收到申请之日,申请人类别\n1,2024-02-03,自然人\n",
        encoding="utf-8",
    )
    code, out, err = run("records", "import", "登记.csv", *option, home=empty)

    assert (code, out) == (1, "")
    assert err.startswith(said)
    assert [path.name for path in empty.glob("登记*")] == ["登记.csv"]


def test_what_is_wrong_in_a_parameter_file_is_listed_by_line_and_set_in(run, empty):
    year = year_of(empty)
    (empty / f"params/{year}/my-office.yaml").write_text(
        "text: {甲: 1}\nlayout: {brackets: q}\ncontakt: {}\ncounting: {near_days: x}\n", encoding="utf-8"
    )
    for command in ("check", "build"):
        _, out, _ = run(command, home=empty)
        lines = [line for line in out.splitlines() if "my-office.yaml" in line]

        assert [re.findall(r"第 (\d) 行", line) for line in lines] == [["1"], ["2"], ["3"], ["4"]]
        assert all(line.startswith("    params/") for line in lines)


def test_check_only_checks(run, empty):
    (empty / "登记.csv").write_text(
        "单位,my-office\n年度,2024\n登记表,依申请公开登记表\n申请编号,收到申请之日,申请人类别\n1,2024-02-03,自然人\n",
        encoding="utf-8",
    )
    code, out, _ = run("records", "import", "登记.csv", "--check", home=empty)

    assert code == 0
    assert "检查通过" in out
    assert "没有导入" in run("explain", "my-office", "表三", "received", "total", "--year", 2024, home=empty)[1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("explain", "my-ofice", "表三", "总计", "总计", "--year", "2024"), "是不是“my-office”"),
        (("explain", "my-office", "表五", "总计", "总计", "--year", "2024"), "没有“表五”这张表"),
        (("explain", "my-office", "表三", "不予公布", "总计", "--year", "2024"), "没有“不予公布”这一行"),
        (("explain", "my-office", "表三", "received", "个人", "--year", "2024"), "没有“个人”这一列"),
        (("explain", "my-office", "表三", "总记", "total", "--year", "2024"), "是不是“（七）总计”"),
        (("explain", "my-office", "表三", "received", "总记", "--year", "2024"), "是不是“总计”"),
        (
            ("explain", "my-office", "表三", "not_held", "total", "--year", "2024"),
            "“dispositions.unavailable.not_held”",
        ),
        (
            ("explain", "my-office", "表三", "三、本年度办理结果", "总计", "--year", "2024"),
            "“三、本年度办理结果”是几行合在一起的标题，没有自己的数，请写其中一行：（一）予以公开；",
        ),
        (
            ("explain", "my-office", "表三", "dispositions.refused", "总计", "--year", "2024"),
            "请写其中一行：1.属于国家秘密；",
        ),
        (
            ("explain", "my-office", "表三", "received", "法人或其他组织", "--year", "2024"),
            "“法人或其他组织”是几列合在一起的标题，没有自己的数，请写其中一列：商业企业；科研机构；",
        ),
        (("build", "--year", "2007"), "没有可用的报告格式"),
        (("build", "--office", "nobody"), "单位表里没有“nobody”"),
        (("records", "import", "没有.xlsx"), "找不到文件"),
        (("records", "import"), "没有写要导入的文件"),
        (("check", "--figures", "没有.json"), "没有.json"),
        (("check", "--html", "核对.html"), "和报告的文件一起用"),
        (("records", "import", "."), "我的目录 是文件夹，请写里面的文件，例如 ./*.xlsx"),
        (("build", "--year", "2023"), "gktools year new 2023"),
        (("year", "new", "2007"), "没有可用的报告格式"),
    ],
)
def test_what_does_not_exist_is_said_with_what_does(run, empty, arguments, said):
    code, out, err = run(*arguments, home=empty)

    assert code == 1
    assert said in out + err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("buidl",), "没有“buidl”这个命令；是不是“build”。写法见 gktools --help"),
        (("records", "imprt"), "没有“imprt”这个命令；是不是“import”。写法见 gktools records --help"),
        (("build", "--ofice", "x"), "没有“--ofice”这个选项；是不是“--force”“--office”。写法见 gktools build --help"),
        (("build", "--year"), "“--year”后面要写值"),
        (("build", "--force=1"), "“--force”后面不写值"),
        (("build", "--year", "x"), "“--year”（报告年度）写得不对，要填整数"),
        (("build", "--workers", "0"), "“--workers”（同时做几个）写得不对，不能小于 1"),
        (("year", "new", "abc"), "“新的报告年度”写得不对，要填整数"),
        (("year", "new", "2024", "3"), "多写了“3”"),
        (("explain", "a"), "缺“表”"),
        (("explain", "a", "b", "c", "d"), "缺“--year”（报告年度）"),
    ],
)
def test_a_mistyped_command_is_told_in_chinese(run, arguments, said):
    code, out, err = run(*arguments)

    assert (code, out) == (2, "")
    assert err.startswith("命令写得不对：")
    assert said in err
    assert not re.search(r"[A-Z][a-z]+ |usage|invalid|╭", err)


def test_outside_a_working_folder_the_way_in_is_said(run, tmp_path):
    code, _, err = run("build", home=tmp_path)

    assert code == 1
    assert "gktools init" in err


@pytest.mark.parametrize("command", [("check",), ("build", "--office", "ju"), ("records", "audit")])
def test_in_one_working_folder_it_is_told_that_another_is_meant(run, empty, tmp_path, monkeypatch, command):
    run("init", "别的", home=tmp_path)
    monkeypatch.setenv("GKTOOLS_HOME", str(empty))

    told = f"提醒：办的是 GKTOOLS_HOME 指的 {empty}，不是现在所在的工作目录 {tmp_path / '别的'}"
    assert run(*command, home=tmp_path / "别的")[2].count(told) == 1
    assert not any("GKTOOLS_HOME" in run(*command, home=home)[2] for home in (empty, empty / "params", tmp_path))


def test_a_folder_in_use_is_not_taken(run, tmp_path):
    (tmp_path / "用过").mkdir()
    (tmp_path / "用过/文件").touch()

    assert run("init", "用过")[0] == 1


def test_a_new_year_takes_over_parameters_and_not_texts(run, empty):
    year = year_of(empty)
    path = empty / f"params/{year}/my-office.yaml"
    path.write_text(
        "# yaml-language-server: $schema=../report.schema.json\n# 本机关的说明\n"
        "contact:\n  phone: +8659110\n  postcode: 010010\n"
        "layout:\n  numbering: arabic  # 老写法\n  signed_on: 2024-01-05\ntext:\n  problems: 去年的话\n",
        encoding="utf-8",
    )
    code, out, _ = run("year", "new", str(year + 1), home=empty)
    made = (empty / f"params/{year + 1}/my-office.yaml").read_text(encoding="utf-8")

    assert code == 0
    assert "没有照抄" in out
    assert "# 本机关的说明" in made
    assert "numbering: arabic  # 老写法" in made
    contact = open_project(empty).params("my-office", year + 1).contact
    assert (contact.phone, contact.postcode) == ("+8659110", "010010")
    assert "去年的话" not in made
    assert "signed_on" not in made
    assert run("year", "new", str(year + 1), home=empty)[0] == 1


@pytest.mark.parametrize("command", ["init", "year"])
def test_a_full_disk_leaves_no_half_of_a_folder_or_a_year(run, tmp_path, empty, monkeypatch, command):
    year = year_of(empty) + 1
    write = Path.write_text

    def fill(path: Path, text: str, **options: str) -> int:
        write(path, "", **options)
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    (empty / "params/parameters.schema.json").unlink()
    arguments = ("init", str(tmp_path / "另一个"), "--empty") if command == "init" else ("year", "new", str(year))
    with monkeypatch.context() as full:
        full.setattr(Path, "write_text", fill)
        code, _, err = run(*arguments, home=empty)

    assert code == 1
    assert "磁盘满了" in err
    assert not list(tmp_path.rglob("*.part"))
    assert not (empty / f"params/{year}").exists()
    assert run(*arguments, home=empty)[0] == 0
    assert (empty / "params/parameters.schema.json").stat().st_size if command == "year" else True


def test_an_empty_folder_of_a_year_is_no_year(run, empty):
    year = year_of(empty) + 1
    (empty / f"params/{year}").mkdir()

    assert run("year", "new", str(year), home=empty)[0] == 0
    assert (empty / f"params/{year}/my-office.yaml").stat().st_size


def test_every_parameter_file_names_a_schema_that_is_there(run, empty):
    schema = empty / "params/parameters.schema.json"
    schema.unlink()  # a folder made before the schema had this name
    run("year", "new", str(year_of(empty) + 1), home=empty)
    files = [*empty.glob("params/**/*.yaml")]

    assert len(files) == 6
    for file in files:
        named = file.read_text(encoding="utf-8").splitlines()[0].partition("$schema=")[2]
        assert (file.parent / named).is_file(), file
    assert schema.read_bytes() == (empty / "params/report.schema.json").read_bytes()


def test_doctor_says_what_is_there_and_what_is_missing(run, empty):
    code, out, _ = run("doctor", home=empty)

    assert code == 0
    assert re.search(r"^有\tpandas", out, re.MULTILINE)


def test_doctor_names_a_kernel_of_another_python_that_stands_before_ours(run, empty, tmp_path, monkeypatch):
    shadow = tmp_path / "jupyter/kernels/python3"
    shadow.mkdir(parents=True)
    argv = ["/opt/other/bin/python", "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    (shadow / "kernel.json").write_text(json.dumps({"argv": argv, "display_name": "x", "language": "python"}))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))

    code, out, _ = run("doctor", home=empty)

    assert code == 1
    assert re.search(rf"(?m)^缺\t运行笔记本的 Python\t{re.escape(str(shadow))} .*/opt/other/bin/python.*移走", out)


@pytest.mark.parametrize("content", ["", "[]", '{"argv": []}', '{"argv": [], "display_name": "x", "language": "R"}'])
def test_doctor_names_a_kernel_whose_file_is_damaged(run, empty, tmp_path, monkeypatch, content):
    shadow = tmp_path / "jupyter/kernels/python3"
    shadow.mkdir(parents=True)
    (shadow / "kernel.json").write_text(content, encoding="utf-8")
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))

    code, out, _ = run("doctor", home=empty)

    assert code == 1
    assert re.search(r"(?m)^缺\t运行笔记本的 Python\t.*kernel\.json.*移走", out)


def test_doctor_says_what_is_wrong_with_the_master_notebook(run, empty):
    (empty / "notebooks/annual_report.ipynb").write_bytes(b"")

    code, out, _ = run("doctor", home=empty)

    assert code == 1
    assert re.search(r"(?m)^缺\t总笔记本\t.*是空的", out)


def test_a_new_folder_keeps_records_users_and_keys_out_of_git(empty):
    ignored = (empty / ".gitignore").read_text(encoding="utf-8").split()

    assert {"records*.db*", "review-users.db*", "records.key", "site.key*", "review.head", "/output/*"} <= {*ignored}
    assert ".gktools-worker" in ignored


def test_a_backup_has_no_note_of_a_running_server(run, empty, tmp_path):
    (empty / ".gktools-worker").write_text("/tmp/gktools-x")
    try:
        assert run("backup", str(tmp_path / "a.zip"), home=empty)[0] == 0
    finally:
        (empty / ".gktools-worker").unlink()

    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert [name for name in archive.namelist() if "worker" in name] == []


@pytest.mark.parametrize("name", ["output", "notebooks", "site", "site/current"])
def test_a_backup_has_nothing_of_elsewhere_in_the_place_of_a_folder(run, empty, tmp_path, name):
    home, private = tmp_path / "work", tmp_path / "private"
    shutil.copytree(empty, home)
    (home / "site/current").mkdir(parents=True)
    shutil.copytree(home / "params", private)  # where it leads to
    shutil.rmtree(home / name)
    (home / name).symlink_to(private)
    code, _, told = run("backup", str(tmp_path / "a.zip"), home=home)

    assert (code, f"没有备份：{name} 是一个链接" in told) == (1, True)
    assert not (tmp_path / "a.zip").exists()


def test_a_backup_of_a_folder_with_a_per_cent_sign_is_named_after_it(run, tmp_path):
    home = tmp_path / "完成100%d"
    assert run("init", "--empty", str(home))[0] == 0
    assert run("records", "history", home=home)[0] == 0
    assert run("backup", home=home)[0] == 0
    (archive,) = tmp_path.glob("*.zip")
    assert archive.name.startswith("gktools-完成100%d-2")


def test_a_file_that_is_open_elsewhere_is_told_by_the_number_of_windows():
    error = PermissionError(errno.EACCES, "Permission denied", "report.xlsx")
    assert os_reason(error) == "没有权限"
    error.winerror = 32

    assert os_reason(error) == "正被别的程序（如 Word、Excel、WPS）打开着"
    assert os_remedy(error) == "请关掉打开它的程序，再运行一次"


def test_check_prints_one_json_document(run, empty):
    code, out, _ = run("check", "--json", home=empty)
    found = json.loads(out)

    assert code == 1
    assert {
        "code",
        "severity",
        "office",
        "year",
        "table",
        "row",
        "column",
        "found",
        "expected",
        "message",
        "fingerprint",
    } <= set(found[0])


def test_cells_unknown_for_one_reason_are_listed_in_one_line_and_one_by_one_in_json(run, empty):
    year = year_of(empty)
    _, whole, _ = run("check", "--json", home=empty)
    unknown = [f for f in json.loads(whole) if f["code"] == "requests.unknown"]
    _, out, _ = run("check", home=empty)
    lines = [line for line in out.splitlines() if "没有数" in line]

    assert len(unknown) > 100
    assert f"没有导入 {year} 年的依申请公开登记表，也没有填报数：表三 {len(unknown)} 格没有数" in out
    assert len(lines) == len(set(lines)) == 6
    assert len(out.splitlines()) < 25


def test_explain_prints_one_json_document(run, empty):
    _, out, _ = run(
        "explain", "my-office", "表四", "", "行政诉讼/复议后起诉/总计", "--year", "2024", "--json", home=empty
    )

    assert json.loads(out)["value"] is None


def test_a_zero_is_told_with_the_file_that_proves_it(run, empty):
    head = "单位,my-office\n年度,2024\n登记表,依申请公开登记表\n"
    asked = ("explain", "my-office", "表三", "１.属于国家秘密", "自然人", "--year", "2024")
    (empty / "空.csv").write_text(head + "本年无记录,√\n申请编号,收到申请之日,申请人类别\n", encoding="utf-8")
    (empty / "有.csv").write_text(head + "申请编号,收到申请之日,申请人类别\n1,2024-02-03,自然人\n", encoding="utf-8")
    run("records", "import", "空.csv", home=empty)
    _, nothing, _ = run(*asked, home=empty)
    run("records", "import", "有.csv", home=empty)
    _, one, _ = run(*asked, home=empty)

    assert "台账：依申请公开登记表（空.csv，本年无记录，导入编号 1）" in nothing
    assert "台账：依申请公开登记表（有.csv，1 条，导入编号 2）" in one
    assert one.endswith("计入 0 条记录。\n")


def test_figures_files_are_checked_without_a_working_folder(run, shared, tmp_path):
    code, out, _ = run("check", "--figures", shared / "published/pt2024_shs.json", "--json", home=tmp_path)

    assert code == 1
    assert "reviews.total" in {finding["code"] for finding in json.loads(out)}


def test_why_says_that_nothing_changed_or_what(run, empty):
    year = year_of(empty)
    run("build", home=empty)
    assert "没有变化" in run("why", "my-office", "--year", year, home=empty)[1]
    (empty / "params/defaults.yaml").write_text("contact: {phone: 0000-0000}\n", encoding="utf-8")

    assert "参数" in run("why", "my-office", "--year", year, home=empty)[1]


def test_a_fault_of_the_program_is_said_in_chinese_and_its_traceback_goes_to_a_file(run, empty, monkeypatch):
    def fail(*_: object) -> None:
        raise KeyError("planted")

    monkeypatch.setattr("gktools.report.report.draft_report", fail)
    code, out, err = run("check", home=empty)

    assert (code, out) == (1, "")
    assert "程序出错，没有做完；技术细节见 output/gktools-error.log" in err
    assert "KeyError: 'planted'" in (empty / "output/gktools-error.log").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("yaml", "place"),
    [
        ("text:\n  problems: |\n    第一行\n    二{{ 新收申请 / 0 }}\n", "第 4 行 第 6 列"),
        ("text:\n  problems: 收到{{ 新收申请 / 0 }}件\n", "第 2 行 第 15 列"),
        ("text:\n  problems: '{{ 机关.__class__ }}'\n", "第 2 行 第 14 列"),
        ('text:\n  problems: "{{ 办理事项[\\"一\\"].甲 }}"\n', "第 2 行"),
        ("text:\n  problems: >\n    一{% for %}\n", "第 3 行 第 6 列"),
        ("text:\n  problems: 一{{ 新收申情 }}{{ 新收\n", "第 2 行 第 14 列"),
    ],
)
def test_braces_that_cannot_be_filled_in_are_told_with_file_and_line(run, empty, yaml, place):
    year = year_of(empty)
    (empty / f"params/{year}/my-office.yaml").write_text(yaml, encoding="utf-8")
    (empty / "登记.csv").write_text(
        f"单位,my-office\n年度,{year}\n登记表,依申请公开登记表\n申请编号,收到申请之日,申请人类别\n1,{year}-02-03,自然人\n",
        encoding="utf-8",
    )
    run("records", "import", "登记.csv", home=empty)
    code, out, _ = run("check", home=empty)

    assert code == 1
    assert f"params/{year}/my-office.yaml {place}：" in out
    assert "text.problems" not in out


def test_help_is_chinese(run):
    _, out, _ = run("--help")

    assert "从登记表做出每个机关的报告" in out
    assert "做报告" in out
    for words in (
        (),
        ("--help",),
        ("records",),
        ("records", "import", "--help"),
        ("explain", "-h"),
        ("year", "new", "-h"),
    ):
        _, out, err = run(*words)
        assert "写法：" in out
        assert "显示这段说明" in out
        assert not re.search(r"Usage|Options|Commands|Arguments|Show|required|<[a-z]+|OPTIONS|ARGS", out + err)
        assert len({_width(line) for line in out.splitlines() if line.startswith(("│", "╭", "╰"))}) == 1


def _width(line: str) -> int:
    """How many columns of a terminal a line takes."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in line)


def test_readme_and_handbook_name_only_commands_that_exist(run):
    text = "".join((REPOSITORY / name).read_text(encoding="utf-8") for name in ("README.md", "docs/handbook.md"))
    commands = set(re.findall(r"(?m)(?:^ *|`)gktools ((?:records|year|site|review user) [a-z-]+|[a-z]+)\b", text))
    assert len(commands) > 8
    for command in sorted(commands):
        assert run(*command.split(), "--help")[0] == 0, command


def test_of_a_long_batch_only_what_somebody_must_look_at_is_listed(capsys):
    fine = [Outcome(f"o{i}", f"示例区第{i}局", 2024, "unchanged") for i in range(300)]
    _print_outcomes(
        [*fine, Outcome("bad", "示例区坏局", 2024, "failed", "坏"), replace(fine[0], findings={"block": 1})]
    )
    told = capsys.readouterr().out

    assert "示例区坏局" in told
    assert told.index("示例区坏局") < told.index("示例区第0局")
    assert "示例区第198局" not in told
    assert "另有 102 份没有一一列出" in told


# --- the names of commands -----------------------------------------------------------------------------------


def groups(command, name=()):
    """Every group of commands with the words that lead to it."""
    if hasattr(command, "commands"):
        yield name, command
        for word, below in command.commands.items():
            yield from groups(below, (*name, word))


GROUPS = dict(groups(typer.main.get_command(app)))


@pytest.mark.parametrize("name", GROUPS, ids=" ".join)
def test_a_help_lists_every_command_whole_at_80_columns(run, monkeypatch, name):
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERMINAL_WIDTH", "80")
    _, out, _ = run(*name, "--help")

    assert "…" not in out
    assert max(map(columns, out.splitlines())) <= 80
    shown = [word for word, command in GROUPS[name].commands.items() if not command.hidden]
    assert all(re.search(rf"│ {re.escape(word)} +\S", out) for word in shown)


def columns(line: str) -> int:
    """How many columns of a terminal a line takes."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in line)


def test_the_help_is_in_the_order_of_the_work(run):
    _, out, _ = run("--help")

    assert re.findall(r"^│ ([a-z]+) ", out, re.M)[:9] == [
        *("init", "sample", "doctor", "year", "records", "lab", "build", "read", "check"),
    ]


def test_no_command_is_left_out_of_the_order(run):
    named = {word for group in GROUPS.values() for word, command in group.commands.items() if not command.hidden}

    assert set(ORDER) <= named
    assert set(GROUPS[()].commands) - {"verify"} <= set(ORDER)


def test_the_names_that_commands_had_before_go_on_working(run, empty):
    manifest = empty / "output/2024/nobody/manifest.json"

    assert run("verify", manifest, home=empty) == run("reproduce", manifest, home=empty)
    assert run("year", "figures", home=empty) == run("year", "import-published", home=empty)


@pytest.mark.parametrize("option", ["--as", "--by", "--person"])
def test_a_person_is_named_by_as_and_by_the_options_of_before(run, empty, option):
    said = [run("publish", f"{option}=", "--year", "2024", home=empty)]
    said += [run("publish", option, "", "--year", "2024", home=empty)]

    assert [code for code, _, _ in said] == [1, 1]
    assert all("--as 后面要写名字" in err for _, _, err in said)


@pytest.mark.parametrize("year", ["-5", "0", "1999", "2100", "99999", "9" * 5000])
@pytest.mark.parametrize(
    "command", [["check"], ["explain", "a", "表三", "总计", "自然人"], ["publish"], ["why", "a"], ["build"]]
)
def test_a_year_has_four_digits(empty, run, monkeypatch, command, year):
    monkeypatch.chdir(empty)
    code, _, told = run(*command, "--year", year)

    assert code == 2
    assert "写得不对" in told


def test_the_sample_district_is_made_by_one_command(run, tmp_path, monkeypatch):
    """The two commands themselves are tested elsewhere, and by make soak from an installation archive."""
    called = []
    for name in ("GKTOOLS_RECORDS", "GKTOOLS_RECORDS_KEY", "GKTOOLS_SITE_KEY"):  # of the real working folder
        monkeypatch.setenv(name, "elsewhere")

    def note(command, cwd, env):
        assert "elsewhere" not in env.values()
        called.append((*command[3:], env["GKTOOLS_HOME"]))
        (cwd / "output/2024").mkdir(exist_ok=True)
        (cwd / "output/2024/index.html").touch()
        return 0

    monkeypatch.setattr("gktools.cli.setup.subprocess.call", note)
    code, out, _ = run("sample", "示例")

    home = str(tmp_path / "示例")
    assert code == 0
    assert called == [("records", "import", "--sample", home), ("build", home)]
    assert out.splitlines()[-1] == f"用浏览器打开：{tmp_path / '示例/output/2024/index.html'}"
    assert run("sample", "示例")[0] == 1


def test_sample_ends_as_the_first_of_its_commands_that_fails(run, tmp_path, monkeypatch):
    monkeypatch.setattr("gktools.cli.setup.subprocess.call", lambda command, **_: 3)

    assert run("sample", "示例")[0] == 3
