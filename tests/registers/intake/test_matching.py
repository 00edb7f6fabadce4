"""Every sheet, heading and word says what it was taken for and why; nothing personal is shown."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from corpus.files import as_csv, as_xlsx

from gktools.registers.intake.own_words import read_own_words
from gktools.registers.intake.reading import read_file

COVER = [["登记表", "依申请公开登记表"], ["单位", "minzheng"], ["年度", "2024"]]
HEAD = [
    "序号",
    "编号",
    "收到申请之日",
    "申请人类别",
    "申请人名称",
    "联系电话",
    "申请内容摘要",
    "承办人",
    "来源地",
    "实缴金额（万元）",
]
NAME, PHONE = "欧阳示例", "13800000000"
ROW = ["1", "甲1", "2024-03-01", "公民", NAME, PHONE, "低保名单", "上官示例", "王小二", "0.5"]


def matched(tmp_path: Path, rows, own: str = "", **given):
    path = tmp_path / "a.csv"
    path.write_bytes(as_csv(rows))
    (tmp_path / "columns.yaml").write_text(own, encoding="utf-8")
    words = read_own_words(tmp_path / "columns.yaml") if own else None
    return read_file(path, str, own=words, today=date(2025, 1, 31), **given).matched


def columns(tmp_path: Path, rows, own: str = "") -> dict[str, tuple[str, str]]:
    (sheet,) = matched(tmp_path, rows, own)
    return {one.heading: (one.field, one.why) for one in sheet.columns}


def test_every_heading_says_its_field_and_why(tmp_path):
    found = columns(tmp_path, [*COVER, HEAD, ROW], '"minzheng/依申请公开登记表":\n  来源地: 主题分类\n')

    assert found == {
        "序号": ("", "passed_over"),
        "编号": ("number", "alias"),
        "收到申请之日": ("received_on", "heading"),
        "申请人类别": ("applicant", "heading"),
        "申请人名称": ("applicant_name", "heading"),
        "联系电话": ("applicant_contact", "alias"),
        "申请内容摘要": ("subject", "heading"),
        "承办人": ("", "passed_over"),
        "来源地": ("topic", "own"),
        "实缴金额（万元）": ("fee_paid", "unit"),
    }


def test_what_is_not_read_says_why(tmp_path):
    head = ["申请编号", "受理日期", "申请人类别", "摸不着", "姓名", "申请人姓名"]
    found = columns(tmp_path, [*COVER, head, ["甲1", "2024-03-01", "自然人", "1", "甲", "乙"]])

    assert found["受理日期"] == ("", "asked")
    assert found["摸不着"] == ("", "unknown")
    assert found["申请人姓名"] == ("", "second")


def test_up_to_three_different_contents_are_samples_and_none_that_may_be_personal(tmp_path):
    rows = [
        [str(i), f"甲{i}", f"2024-03-0{i}", "公民", NAME, PHONE, "低保名单", "上官示例", "王小二", "0.5"]
        for i in range(1, 6)
    ]
    (sheet,) = matched(tmp_path, [*COVER, HEAD, *rows])
    samples = {one.heading: one.samples for one in sheet.columns}

    assert samples["编号"] == ("甲1", "甲2", "甲3")
    assert samples["申请人类别"] == ("公民",)
    assert samples["实缴金额（万元）"] == ("0.5",)
    for heading in ("申请人名称", "联系电话", "申请内容摘要", "承办人", "来源地"):
        assert samples[heading] == ()
    assert all(one.filled for one in sheet.columns)


def test_a_shifted_row_shows_no_name_in_another_column(tmp_path):
    head = ["申请编号", "收到申请之日", "申请人类别", "申请人名称", "主题分类"]
    (sheet,) = matched(tmp_path, [*COVER, head, ["2024-03-01", "自然人", NAME, "110101199003070011", "张三"]])

    assert not {NAME, "110101199003070011", "张三"} & {text for one in sheet.columns for text in one.samples}


def test_every_word_is_there_once_with_its_count_and_what_it_was_taken_for(tmp_path):
    head = ["申请编号", "收到申请之日", "申请人类别"]
    rows = [[f"甲{i}", "2024-03-01", word] for i, word in enumerate(["公民", "公民", "自然人", "群众", "群众", "群众"])]
    (sheet,) = matched(tmp_path, [*COVER, head, *rows], '"minzheng/依申请公开登记表":\n  申请人类别=群众: 自然人\n')

    found = {(one.field, one.word, one.value, one.cells, one.own) for one in sheet.words}
    assert found == {("applicant", "公民", "自然人", 2, False), ("applicant", "群众", "自然人", 3, True)}


def test_every_sheet_is_there_also_one_that_is_left_out_or_wrong(tmp_path):
    path = tmp_path / "a.xlsx"
    path.write_bytes(
        as_xlsx(
            [*COVER, ["申请编号", "收到申请之日", "申请人类别"], ["甲1", "2024-02-30", "自然人"]],
            ("说明", [["请照实填写"]], None),
            ("空", [], None),
        )
    )

    found = [(one.sheet, one.register, one.left_out) for one in read_file(path, str).matched]

    assert found == [("登记", "requests", ""), ("说明", "", "instructions"), ("空", "", "empty")]
