"""What params/columns.yaml may not say, and what of it is told by the import that used it and kept with that."""

from __future__ import annotations

from pathlib import Path

import pytest
from handing_in import CODE, YEAR

from gktools.errors import ParamsError
from gktools.registers.file_import import read_for_import
from gktools.registers.intake.cover import ImportOptions
from gktools.registers.intake.own_words import OwnWords, read_own_words
from gktools.registers.questions import Answers
from gktools.registers.word_warnings import tells_meanings

HEAD = f"登记表,依申请公开登记表\n单位,{CODE}\n年度,{YEAR}\n申请编号,收到申请之日,申请人类别,申请人名称,答复日,答复类型,经办\n"
ROWS = "1号,2024-03-01,老百姓,欧阳某某,2024-03-11,给了,某某\n2号,2024-03-01,自然人,,2024-03-11,予以公开,某某\n"


def own_words(folder: Path, *lines: str) -> OwnWords:
    path = folder / "columns.yaml"
    path.write_text("".join(["依申请公开登记表:\n", *(f"  {line}\n" for line in lines)]), encoding="utf-8")
    return read_own_words(path)


def warnings_of(folder: Path, *lines: str) -> list[str]:
    path = folder / "依申请.csv"
    path.write_text(HEAD + ROWS, encoding="utf-8")
    options = ImportOptions(None, CODE, YEAR, assumed=True)
    read = read_for_import(path, lambda _: CODE, options, own_words(folder, *lines), Answers())
    assert read.result.outcome == "same", read.result.problems
    (sheet,) = read.sheets
    return [str(one) for one in sheet.warnings]


@pytest.mark.parametrize(
    "line",
    [
        "答复类型=予以公开: 本机关不掌握相关政府信息",
        "答复类型=（一）予以公开: 不计",
        "申请人类别=自然人: 商业企业",
        "申请人类别=自然人: 不计",
        "答复日=2024-03-11: 2024-05-11",
        "答复类型=予以公开: 空",
    ],
)
def test_a_word_that_is_a_value_of_its_column_can_never_be_given_another_meaning(tmp_path, line):
    with pytest.raises(ParamsError, match=r"第 2 行.*规定说法.*请删去这一行"):
        own_words(tmp_path, line)


@pytest.mark.parametrize("line", ["申请人类别: 忽略", "答复类型: 答复日", "收到申请之日: 申请编号"])
def test_an_official_heading_can_never_be_ignored_or_be_one_of_another_kind(tmp_path, line):
    with pytest.raises(ParamsError, match=r"第 2 行.*栏名.*请删去这一行"):
        own_words(tmp_path, line)


def test_what_a_word_means_by_itself_may_be_written_down(tmp_path):
    assert own_words(tmp_path, "申请人类别=自然人: 自然人", "答复日: 送达日").words


def test_every_replacement_is_told_with_its_cells_and_kept_with_the_import(tmp_path):
    told = warnings_of(
        tmp_path, "申请人类别=老百姓: 自然人", "答复类型=给了: 予以公开", "经办: 忽略", "申请人名称=欧阳某某: 甲"
    )

    own = [text for text in told if "params/columns.yaml" in text]
    assert any("老百姓 → 自然人，1 格" in text for text in own)
    assert any("给了 → 予以公开，1 格" in text for text in own)
    assert any("经办 → 忽略" in text for text in own)
    assert any("换了词：1 格" in text for text in own)
    assert "欧阳" not in "".join(told)
    assert all(map(tells_meanings, own))


def test_a_word_that_is_met_with_more_around_it_is_told_too(tmp_path):
    assert any(
        "，1 格" in text
        for text in warnings_of(tmp_path, "申请人类别=老百姓: 自然人", "答复类型=给了。: 予以公开", "经办: 忽略")
    )
