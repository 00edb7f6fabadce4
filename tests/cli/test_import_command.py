"""gktools records import as a clerk uses it: what is said, what is kept, what is written beside the file."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import openpyxl
import pytest
from corpus.files import HEAD, NAMED, ONE, TWO, YEAR, as_csv, as_xlsx

from gktools.cli.main import main
from gktools.registers.store.opening import open_store
from gktools.workspace.project import open_project

COVER = [["单位", "my-office"], YEAR, NAMED]
GOOD = [*COVER, [*HEAD, "送达方式", "电子发送日"], [*ONE, "电子", "2024-03-20"], TWO]


@pytest.fixture
def run(capsys, monkeypatch, tmp_path):
    """Run a command line in an empty working folder; returns exit code, standard output and standard error."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GKTOOLS_HOME", raising=False)
    monkeypatch.setenv("LOGNAME", "经办甲")

    def command(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["gktools", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
            raise SystemExit(0)
        said = capsys.readouterr()
        assert "Traceback" not in said.out + said.err
        return int(ended.value.code or 0), said.out, said.err

    assert command("init", "工作", "--empty")[0] == 0
    monkeypatch.chdir(tmp_path / "工作")
    return command


def written(rows, name: str = "登记.csv") -> Path:
    Path(name).write_bytes(as_xlsx(rows) if name.endswith("xlsx") else as_csv(rows))
    return Path(name)


def coverage():
    with open_store(Path()) as store:
        return store.coverage()


def test_a_good_file_is_kept_and_said_with_its_number(run):
    code, out, err = run("records", "import", written(GOOD))

    assert (code, err) == (0, "")
    assert out == "登记.csv：my-office 2024 年 依申请公开登记表 2 条（新增 2 条），导入编号 1\n"
    assert [kept.person for kept in coverage()] == ["经办甲"]


def test_a_key_that_lay_there_before_the_first_import_is_told_once_with_its_time_and_owner(run):
    Path("records.key").write_text("11" * 32 + "\n", encoding="utf-8")
    Path("records.key").chmod(0o600)
    code, _, err = run("records", "import", written(GOOD))

    assert code == 0
    assert "records.key 原来就在，不是这一次造的，从此用它：标识 " in err
    assert f"写的，主人 {Path('records.key').owner()}。" in err
    assert run("records", "import", written(GOOD))[2] == ""


def test_the_same_file_again_changes_nothing(run):
    run("records", "import", written(GOOD))
    code, out, _ = run("records", "import", written(GOOD))

    assert code == 0
    assert out == "登记.csv：my-office 2024 年 依申请公开登记表 2 条，没有变化\n"


def test_a_corrected_file_says_what_it_changed_and_what_it_no_longer_holds(run):
    run("records", "import", written(GOOD))
    code, out, _ = run(
        "records", "import", written([*COVER, HEAD, [*ONE[:4], "部分公开"]]), "--by", "王某", "--reason", "复核"
    )

    assert code == 0
    assert "1 条（改动 1 条），导入编号 2" in out
    assert "库里有 1 条，这个文件里没有：甲2" in out
    assert "--replace" in out
    assert "gktools records undo 2" in out
    assert coverage()[-1].person == "王某"


def test_an_import_and_an_undo_are_noted_in_a_log_that_somebody_has_begun(run):
    from gktools.registers.store.log_audit import LAST_IMPORT
    from gktools.review.entries import CommentBody
    from gktools.review.log import Log

    run("records", "import", written(GOOD))
    with Log(open_store(Path()), Path()) as log:
        assert log.count() == 0, "a log out of a backup may still take its place"
        log.append("my-office", 2024, "甲", CommentBody("", "看过"))
    run("records", "import", written([*COVER, HEAD, ONE]), "--replace")
    run("records", "import", written([*COVER, HEAD, ONE]))
    run("records", "undo", 2)

    with Log(open_store(Path()), Path()) as log:
        noted = [
            (one.kind, one.person, json.loads(one.content)[LAST_IMPORT].partition(" ")[0]) for one in log.entries()
        ]
        imported = log.entries()[1].body
    assert noted == [("comment", "甲", "1"), ("imported", "经办甲", "2"), ("imported", "经办甲", "3")]
    assert imported.names == open_project(Path()).names_of(["my-office"])


def test_an_import_or_restore_in_the_name_of_another_says_which_account_did_it(run):
    from gktools.review.entries import CommentBody
    from gktools.review.log import Log

    with Log(open_store(Path()), Path()) as log:
        log.append("my-office", 2024, "甲", CommentBody("", "看过"))
    run("records", "import", written(GOOD), "--as", "王某")
    with Log(open_store(Path()), Path()) as log:
        assert [(one.person, one.account) for one in log.entries("", 0)] == [("王某", "经办甲")]

    run("records", "backup", "a.backup.db")
    assert run("records", "restore", "a.backup.db", "--yes", "--as", "王某", "--reason", "换机器")[0] == 0
    assert "换机器（由账户 经办甲 运行）" in run("records", "history")[1]


def test_with_replace_what_is_gone_is_withdrawn(run):
    run("records", "import", written(GOOD))
    _, out, _ = run("records", "import", written([*COVER, HEAD, ONE]), "--replace")

    assert "撤下 1 条" in out
    assert "撤下的（以前年度的登记表里也有的，照那里的计，别的不再计入）：甲2" in out
    assert "仍然有效" not in out


def test_a_request_that_another_file_has_under_a_number_written_otherwise_is_told_at_once(run):
    assert "登记了两次" not in run("records", "import", written(GOOD))[2]
    spelt = run("records", "import", written([*COVER, HEAD, ["甲第01号", *ONE[1:]]], "乙.csv"))[2]
    short = run("records", "import", written([*COVER, HEAD, ["1", *ONE[1:]]], "丙.csv"))[2]

    assert "甲第01号：与“甲1”只差“第”“号”" in spelt
    assert "1 和 甲1（" in short
    assert "怎么办：是同一件的，删去一条" in short


def test_check_keeps_nothing_and_writes_nothing(run):
    wrong = written([*COVER, HEAD, ["甲1", "昨天", *ONE[2:]]], "错.csv")
    before = sorted(Path().iterdir())

    assert run("records", "import", written(GOOD, "错.csv"), "--check")[0] == 0
    written([*COVER, HEAD, ["甲1", "昨天", *ONE[2:]]], "错.csv")
    code, _, err = run("records", "import", wrong, "--check")

    assert code == 1
    assert "不是日期" in err
    assert sorted(Path().iterdir()) == before


def test_a_refused_file_is_told_cell_by_cell_and_comes_back_marked(run):
    path = written([*COVER, HEAD, ["甲1", "昨天", *ONE[2:]], TWO], "台账.xlsx")
    code, out, err = run("records", "import", path)

    assert code == 1
    assert out == ""
    assert "台账.xlsx 没有导入，请改好这 1 处再导：" in err
    assert "第 5 行 “收到申请之日”列：不是日期" in err
    assert "台账（标错）.xlsx 里了" in err
    assert not Path("records.db").exists() or coverage() == ()

    book = openpyxl.load_workbook("台账（标错）.xlsx")
    book["登记"]["B5"] = "2024-03-01"
    book.save("台账（标错）.xlsx")
    assert run("records", "import", "台账（标错）.xlsx")[0] == 0


def test_each_file_is_taken_by_itself(run):
    code, out, err = run(
        "records", "import", written(GOOD), written([*COVER, HEAD, ["", *ONE[1:]]], "坏.csv"), "没有.csv"
    )

    assert code == 1
    assert "导入编号 1" in out
    assert "共 3 个文件：导入 1 个，没有变化 0 个，退回 2 个" in out
    assert "没有导入。找不到文件 没有.csv" in err
    assert len(coverage()) == 1


def test_what_is_probably_wrong_is_loaded_told_and_remembered(run):
    code, _, err = run("records", "import", written([*GOOD, ["合计", "共5件"]]))

    assert code == 0
    assert "请核对：登记.csv 第 7 行 “收到申请之日”列：合计写的是 5，上面实有 2 条" in err
    assert any("合计写的是 5" in text for text in coverage()[0].warnings)


def test_headings_mapped_in_the_working_folder_are_known(run):
    Path("params/columns.yaml").write_text("依申请公开登记表:\n  收件日: 收到申请之日\n", encoding="utf-8")
    code, out, _ = run("records", "import", written([*COVER, [HEAD[0], "收件日", *HEAD[2:]], ONE]))

    assert code == 0
    assert "1 条" in out


def test_personal_texts_that_one_import_stored_as_written_are_told_by_it_and_by_every_audit_while_they_are_there(run):
    Path("params/records.yaml").write_text("keep_personal: true\n", encoding="utf-8")
    path = written([*COVER, [*HEAD, "申请人名称"], [*ONE, "欧阳某某"]])
    _, _, err = run("records", "import", path)
    Path("params/records.yaml").unlink()

    assert "原文 1 处" in err
    code, out, _ = run("records", "audit")
    assert (code, "原文 1 处" in out, "欧阳" in out + err) == (0, True, False)
    run("records", "import", path)
    assert "原文" not in run("records", "audit")[1]


def test_a_mistake_in_columns_yaml_is_told_with_its_line_before_anything_is_kept(run):
    Path("params/columns.yaml").write_text("依申请公开登记表:\n  收件日: 收到申请那天\n", encoding="utf-8")
    code, _, err = run("records", "import", written(GOOD))

    assert code == 1
    assert "params/columns.yaml 第 2 行" in err


def test_one_mistake_of_many_cells_is_told_once_and_marked_in_each(run):
    path = written([*COVER, HEAD, *([f"甲{i}", "昨天", *ONE[2:]] for i in range(60))])
    _, _, err = run("records", "import", path)

    assert err.count("不是日期") == 1
    assert "（60 格：第 5、6、" in err
    page = openpyxl.load_workbook("登记（标错）.xlsx")["登记表"]
    assert sum(cell.comment is not None for row in page.iter_rows() for cell in row) == 60


def test_the_screen_never_shows_a_personal_value(run):
    rows = [*COVER, [*HEAD[:3], "申请人名称", "证件号"], [*ONE[:2], "自燃人", "密名\x07", "1.2E+17"]]
    _, out, err = run("records", "import", written(rows))

    assert "密名" not in out + err
    assert "1.2E+17" not in out + err
    assert err.count("列：") == 3


def test_a_row_slipped_by_a_column_shows_no_name_and_no_number_on_screen_or_in_the_marked_copy(run):
    slipped = [*ONE[:2], "密名", "自然人", "11010519491231002X"]
    _, out, err = run("records", "import", written([*COVER, [*HEAD[:3], "申请人名称", "答复类型"], slipped]))
    book = openpyxl.load_workbook("登记（标错）.xlsx")
    notes = [cell.comment.text for row in book["登记表"] for cell in row if cell.comment]
    said = [out, err, *notes, *(str(row[0].value) for row in book["标错说明"])]

    assert len(notes) == 2
    assert not [text for text in said if "密名" in text or "1949" in text]


def test_what_is_doubtful_of_a_person_is_told_without_the_value_and_remembered(run):
    rows = [*COVER, [*HEAD[:3], "申请人名称", "证件号"], [*ONE[:3], "密名", "110105194912310021"]]
    code, _, err = run("records", "import", written(rows))

    assert code == 0
    assert "请核对：登记.csv 第 5 行 “证件号”列：居民身份证号的校验位不对" in err
    assert [text for text in coverage()[0].warnings if "校验位不对" in text]
    assert not [text for text in (err, *coverage()[0].warnings) if "密名" in text or "1949" in text]


def test_without_a_day_given_nothing_may_lie_after_today(run):
    _, _, err = run("records", "import", written([*COVER, HEAD, [*ONE[:3], "2099-03-20", ONE[4]]]))

    assert "“答复日”列：是今天（" in err


def test_when_personal_data_is_no_longer_kept_the_next_import_says_what_it_forgot(run):
    rows = [*COVER, [*HEAD[:3], "申请人名称"], [*ONE[:3], "密名"]]
    Path("params/records.yaml").write_text("keep_personal: true\n", encoding="utf-8")
    run("records", "import", written(rows))
    Path("params/records.yaml").unlink()
    _, out, _ = run("records", "import", written(rows))

    assert "已从台账库里删去以前存下的 1 处；以前的备份里还有" in out
    assert "删去" not in run("records", "import", written(rows))[1]
