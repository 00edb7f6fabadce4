"""Figures of a published report: a workbook for staff, a YAML file that is kept, everything wrong told at once."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner

from gktools.cli.main import app
from gktools.errors import ParamsError, RecordsError
from gktools.forms.notices import load_format
from gktools.inputs.published_figures import PublishedFigures, read_published, write_published
from gktools.reading.workbook import placed, read_workbook, write_template

OFFICE = "示例区民政局"
FEES = ("article_20_8.fees", "amount")


def read(tmp_path: Path, text: str, year: int = 2023) -> PublishedFigures:
    path = tmp_path / "minzheng.yaml"
    path.write_text(text, encoding="utf-8")
    return read_published(path, "params/published/2023/minzheng.yaml", year)


def wrong(tmp_path: Path, text: str) -> list[str]:
    with pytest.raises(ParamsError) as caught:
        read(tmp_path, text)
    return str(caught.value).splitlines()


def test_figures_are_typed_by_official_labels_or_by_keys(tmp_path):
    found = read(
        tmp_path,
        "source: 官网\n"
        "tables:\n"
        "  表三:\n"
        "    四、结转下年度继续办理: {自然人: 1, 商业企业: 0}\n"
        "    （三）不予公开/1.属于国家秘密: {自然人: 2}\n"
        "    carried_in: {natural_person: 3}\n"
        "  表二: {行政事业性收费: {amount: 12.5}}\n"
        "  表四: {行政复议/尚未审结: 4}\n"
        "text: {problems: 更新慢。}\n",
    )

    assert found.figures["requests"] == {
        ("carried_out", "natural_person"): 1,
        ("carried_out", "organisation.business"): 0,
        ("dispositions.refused.state_secret", "natural_person"): 2,
        ("carried_in", "natural_person"): 3,
    }
    assert found.figures["disclosures"] == {FEES: Decimal("12.5")}
    assert found.figures["reviews"] == {("cases", "reconsideration.pending"): 4}
    assert (found.text, found.source) == ({"problems": "更新慢。"}, "官网")


def test_everything_wrong_is_told_at_once_with_its_line(tmp_path):
    said = wrong(
        tmp_path,
        "tables:\n"
        "  表三:\n"
        "    四、结转下年度继续办里: {自然人: 1}\n"
        "    二、上年结转政府信息公开申请数量:\n"
        "      自然入: 1\n"
        "      商业企业: 两件\n"
        "      科研机构: 1.5\n"
        "      总计: -1\n"
        "  表五: {}\n"
        "sauce: 官网\n",
    )

    for line, message in (
        (3, "没有“四、结转下年度继续办里”这一行；是不是“四、结转下年度继续办理”"),
        (5, "没有“自然入”这一列"),
        (6, "要填数，不带单位"),
        (7, "只能是整数"),
        (8, "不能是负数"),
        (9, "没有“表五”这个项目"),
        (10, "没有“sauce”这个项目；是不是“source”"),
    ):
        assert any(f"第 {line} 行" in one and message in one for one in said), (line, said)


def test_a_cell_given_twice_or_not_clearly_is_refused(tmp_path):
    (twice,) = wrong(tmp_path, "tables:\n  表三:\n    carried_out: {自然人: 1, natural_person: 1}\n")
    (unclear,) = wrong(tmp_path, "tables:\n  表四: {总计: 1}\n")

    assert "写了两次" in twice
    assert "不止一格" in unclear


def filled_in(path: Path, year: int, change=lambda book: None) -> Path:
    write_template(path, OFFICE, year)
    book = openpyxl.load_workbook(path)
    for form in load_format(year).forms:
        for line, column, drawn in placed(form):
            if drawn.cell:
                money = form.unit(drawn.cell) == "万元"
                book[form.name].cell(line + 1, column + 1).value = 24252.311082 if money else line
    change(book)
    book.save(path)
    return path


@pytest.mark.parametrize("year", [2020, 2023])
def test_a_filled_in_workbook_gives_every_cell_and_so_does_the_file_it_is_kept_in(tmp_path, year):
    office, found = read_workbook(filled_in(tmp_path / "表.xlsx", year))
    path = tmp_path / "params/published/minzheng.yaml"
    write_published(path, found)
    again = read_published(path, "minzheng.yaml", year)

    assert office == OFFICE
    for form in load_format(year).forms:
        assert found.figures[form.key].keys() == set(form.cells)
    assert again.figures == found.figures
    assert again.digest() == found.digest()


def test_the_same_template_gives_the_same_bytes(tmp_path):
    for name in ("a.xlsx", "b.xlsx"):
        write_template(tmp_path / name, OFFICE, 2023)

    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda book: book["表三"].cell(5, 4, "3件"), "工作表“表三” 第 5 行 第 4 列：要填数"),
        (lambda book: book["表三"].cell(5, 4, 1.5), "只能是不小于 0 的整数"),
        (lambda book: book["表三"].cell(5, 4, -1), "只能是不小于 0 的整数"),
        (lambda book: book["表三"].delete_rows(5), "表样被改动了"),
        (lambda book: book.remove(book["表四"]), "工作表“表四”：缺这一张表"),
        (lambda book: book["封面"].cell(2, 2, "去年"), "没有写明年度"),
        (lambda book: book["封面"].cell(1, 2, ""), "没有写明单位"),
    ],
)
def test_what_is_wrong_in_a_workbook_is_told_with_its_place(tmp_path, change, said):
    with pytest.raises(RecordsError) as caught:
        read_workbook(filled_in(tmp_path / "表.xlsx", 2023, change))

    assert said in str(caught.value)


def test_a_workbook_is_taken_out_filled_in_and_kept(tmp_path, monkeypatch):
    (tmp_path / "params").mkdir()
    (tmp_path / "params/offices.yaml").write_text(
        f"offices:\n  minzheng: {{names: [{{name: {OFFICE}}}], kind: county_department}}\n", encoding="utf-8"
    )
    monkeypatch.setenv("GKTOOLS_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    taken = CliRunner().invoke(app, ["year", "figures", "--template", "--office", "minzheng", "--year", "2023"])
    path = tmp_path / taken.stdout.strip()
    assert path.name == f"{OFFICE}2023年已公布数.xlsx"
    kept = CliRunner().invoke(app, ["year", "figures", str(filled_in(path, 2023))])

    assert "已导入 示例区民政局 2023 年的 200 个数" in kept.stdout
    assert (tmp_path / "params/published/2023/minzheng.yaml").is_file()


@pytest.mark.parametrize("words", ["问题\u202e若干", "问题\x00"])
def test_no_file_is_written_that_could_not_be_read_again(tmp_path, words):
    published = PublishedFigures(2023, "brought-in", {}, {"problems": words})
    with pytest.raises(ParamsError, match="去年的文字里有"):
        write_published(tmp_path / "a.yaml", published)

    assert not (tmp_path / "a.yaml").exists()
