"""Empty registers, filled registers, and what reading makes of both."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from machine import examples
from openpyxl import load_workbook
from random_registers import filled as filled_rows

from gktools.errors import GktoolsError
from gktools.forms.notices import load_format
from gktools.registers.intake.contradictions import contradictions
from gktools.registers.intake.reading import read_file
from gktools.registers.intake.templates import (
    INSTRUCTIONS,
    OPTIONS,
    WHOLE,
    TemplateSheet,
    short_sheets,
    template_sheets,
    write_templates,
    write_templates_of_all,
    write_workbook,
)
from gktools.registers.intake.values import parse
from gktools.registers.schema import Field, registers

OFFICE = "示例市云溪区民政局"
WORDS: dict[str, Any] = {
    "text": "＝甲&<乙>1号",
    "date": date(2024, 12, 31),
    "count": 7,
    "number": Decimal("-3"),
    "yuan": Decimal("12345678.09"),
    "yes_no": "否",
}


def as_named(name: str) -> str:
    return name


def filled(known: Field) -> Any:
    return known.allowed[-1] if known.allowed else WORDS[known.type]


def written(folder: Path, *sheets: TemplateSheet, notes: bool = True) -> Path:
    path = folder / "registers.xlsx"
    write_workbook(path, sheets, notes=notes)
    return path


@pytest.mark.parametrize("notes", [True, False])
@pytest.mark.parametrize("register", registers().values(), ids=registers())
def test_a_filled_register_is_read_back_as_it_was_written(tmp_path, register, notes):
    row = {known.key: filled(known) for known in register.fields}
    row |= {"table": "表三"} if register.key == "declared" else {}
    path = written(tmp_path, TemplateSheet(register, OFFICE, 2024, [row]), notes=notes)

    said = read_file(path, as_named)
    (sheet,), problems = said.sheets, said.problems

    assert problems == ()
    assert (sheet.register, sheet.code, sheet.year) == (register.key, OFFICE, 2024)
    ((_, record),) = sheet.records
    assert record == {known.key: parse(known, row[known.key]) for known in register.kept}


def test_an_untouched_template_is_refused_and_asks_for_the_tick(tmp_path):
    said = read_file(written(tmp_path, *template_sheets(OFFICE, 2024)), as_named)
    sheets, problems = said.sheets, said.problems

    assert sheets == ()
    assert {problem.sheet for problem in problems} == {sheet.register.label for sheet in template_sheets(OFFICE, 2024)}
    assert all("本年无记录" in problem.message and "√" in problem.message for problem in problems)


@pytest.mark.parametrize("office", [OFFICE, ""])
def test_of_the_whole_workbook_only_the_registers_filled_in_are_handed_in(tmp_path, office):
    rows = [{"number": "1", "received_on": date(2024, 3, 5), "applicant": "自然人"}]
    first, *rest = template_sheets(office, 2024 if office else None)
    path = written(tmp_path, TemplateSheet(first.register, OFFICE, 2024, rows), *rest)

    said = read_file(path, as_named)
    sheets, problems = said.sheets, said.problems

    assert problems == ()
    assert [sheet.register for sheet in sheets] == [first.register.key]
    told = {warning.sheet for warning in sheets[0].warnings if "当作没有交这张表" in warning.message}
    assert told == {sheet.register.label for sheet in rest}


def test_a_mistake_in_the_one_register_filled_in_is_the_only_one_told(tmp_path):
    rows = [{"number": "1", "received_on": date(2024, 3, 5), "applicant": "自燃人"}]
    first, *rest = template_sheets(OFFICE, 2024)
    problems = read_file(written(tmp_path, TemplateSheet(first.register, OFFICE, 2024, rows), *rest), as_named).problems

    assert [problem.column for problem in problems] == ["申请人类别"]


def test_an_empty_register_without_an_example_row_is_refused_beside_a_full_one(tmp_path):
    rows = [{"number": "1", "received_on": date(2024, 3, 5), "applicant": "自然人"}]
    first, second, *_ = template_sheets(OFFICE, 2024)
    path = written(tmp_path, TemplateSheet(first.register, OFFICE, 2024, rows), second, notes=False)

    assert "确实没有的" in read_file(path, as_named).problems[0].message


def test_with_the_tick_an_empty_register_is_handed_in(tmp_path):
    ticked = [TemplateSheet(sheet.register, OFFICE, 2024, ticked=True) for sheet in template_sheets(OFFICE, 2024)]

    said = read_file(written(tmp_path, *ticked), as_named)
    sheets, problems = said.sheets, said.problems

    assert problems == ()
    assert {sheet.register: len(sheet.records) for sheet in sheets} == {sheet.register.key: 0 for sheet in ticked}


def test_the_pages_of_instructions_and_options_are_passed_over(tmp_path):
    path = written(tmp_path, *(TemplateSheet(register, OFFICE, 2020, ticked=True) for register in registers().values()))

    sheets = read_file(path, as_named).sheets

    assert {INSTRUCTIONS, OPTIONS} <= set(load_workbook(path).sheetnames)
    assert load_workbook(path)[OPTIONS].sheet_state == "hidden"
    assert len(sheets) == len(registers())


def test_a_register_is_in_the_template_up_to_the_last_year_that_needs_it():
    in_2020 = {sheet.register.key for sheet in template_sheets(OFFICE, 2020)}
    in_2021 = {sheet.register.key for sheet in template_sheets(OFFICE, 2021)}

    assert in_2020 == set(registers())
    assert in_2020 - in_2021 == {"items", "procurements"}
    assert len(template_sheets()) == len(registers())


def test_every_register_has_an_example_that_could_be_loaded(tmp_path):
    sheets = template_sheets(OFFICE, 2020)
    workbook = load_workbook(written(tmp_path, *sheets))

    for sheet in sheets:
        headings, example = list(workbook[sheet.register.label].iter_rows(min_row=5, max_row=6, values_only=True))
        assert example[0] == "示例"
        cells = dict(zip(headings, example, strict=True))
        record = {known.key: parse(known, cells[known.heading]) for known in sheet.register.fields}
        assert [known.key for known in sheet.register.fields if known.required and record[known.key] is None] == []
        assert list(contradictions(sheet.register.key, record)) == []


@pytest.mark.parametrize("year", [2019, 2024])
def test_the_example_of_a_declared_figure_names_its_cell_as_the_form_prints_it(tmp_path, year):
    declared = registers()["declared"]
    page = load_workbook(written(tmp_path, TemplateSheet(declared, OFFICE, year)))[declared.label]
    row, column = (next(page[6][cell.column - 1].value for cell in page[5] if cell.value == name) for name in "行列")
    form = load_format(year)["disclosures"]

    assert "行政处罚" in row
    assert not re.search("[a-z]", row + column)
    assert form.find(row, column) == [("article_20_6.penalties", "decisions")]


@settings(max_examples=examples(10), deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_template_filled_in_by_anyone_is_imported_without_a_question(data):
    register = data.draw(st.sampled_from(list(registers().values())))
    rows = data.draw(filled_rows(register))
    with TemporaryDirectory() as folder:
        path = written(Path(folder), TemplateSheet(register, OFFICE, 2024, rows, ticked=not rows))
        said = read_file(path, as_named)
        sheets, problems = said.sheets, said.problems

    assert problems == ()
    assert [len(sheet.lines) for sheet in sheets] == [len(rows)]
    assert [str(told) for told in sheets[0].warnings if told.line is None] == []


def test_every_field_has_its_column_and_every_choice_its_drop_down(tmp_path):
    sheets = template_sheets(OFFICE, 2020)
    workbook = load_workbook(written(tmp_path, *sheets))

    for sheet in sheets:
        page = workbook[sheet.register.label]
        assert [cell.value for cell in page[5]] == ["序号", *(known.heading for known in sheet.register.fields)]
        offered = {
            str(rule.sqref).rstrip("0123456789").partition(":")[0]: rule
            for rule in page.data_validations.dataValidation
        }
        for cell, known in zip(page[5][1:], sheet.register.fields, strict=True):
            rule = offered.get(f"{cell.column_letter}6")
            assert (rule is not None) == bool(known.allowed or known.type in ("date", "count", "yuan"))
            if known.allowed:
                assert words_of(rule.formula1, workbook) == known.allowed


def words_of(formula: str, workbook: Any) -> tuple[str, ...]:
    if formula.startswith('"'):
        return tuple(formula.strip('"').split(","))
    _, _, cells = formula.partition("!")
    return tuple(row[0].value for row in workbook[OPTIONS][cells.replace("$", "")])


def test_the_heading_of_the_disposition_tells_the_articles_behind_each(tmp_path):
    page = load_workbook(written(tmp_path, *template_sheets(OFFICE, 2024)))[registers()["requests"].label]
    note = next(cell.comment.text for cell in page[5] if cell.value == "答复类型")

    assert "1.属于国家秘密（条例 14、36(3)）" in note
    assert "2.重复申请（条例 36(6)）" in note
    assert "5.要求行政机关确认或重新出具已获取信息" in note


def test_text_that_begins_like_a_formula_stays_text(tmp_path):
    row = {
        "number": "=A1",
        "applicant": "自然人",
        "received_on": date(2024, 3, 5),
        "reply_number": "https://gk.example",
    }
    path = written(tmp_path, TemplateSheet(registers()["requests"], OFFICE, 2024, [row]))

    (sheet,) = read_file(path, as_named).sheets

    assert sheet.records[0][1]["number"] == "=A1"
    page = load_workbook(path)[registers()["requests"].label]
    assert page["B7"].data_type == "s"
    assert all(cell.hyperlink is None for cell in page[7])


def test_the_same_registers_give_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    first, second = (written(tmp_path / name, *template_sheets(OFFICE, 2024)) for name in ("a", "b"))

    assert first.read_bytes() == second.read_bytes()


def test_office_and_year_may_be_left_for_the_clerk_to_write(tmp_path):
    page = load_workbook(written(tmp_path, *template_sheets()))[registers()["matters"].label]

    assert [[cell.value for cell in row] for row in page["A1:B4"]] == [
        ["登记表", "办理事项登记表"],
        ["单位", None],
        ["年度", None],
        ["本年无记录", None],
    ]


def test_every_register_comes_as_a_workbook_of_its_own_and_all_of_them_in_one(tmp_path):
    paths = write_templates(tmp_path / "空白登记表", OFFICE, 2024)

    labels = [sheet.register.label for sheet in template_sheets(OFFICE, 2024)]
    assert [path.stem for path in paths] == [*labels, "依申请公开登记表（简表）", "全部登记表"]
    assert load_workbook(paths[0]).sheetnames == [INSTRUCTIONS, labels[0], OPTIONS]
    assert load_workbook(paths[-1]).sheetnames == [INSTRUCTIONS, *labels, OPTIONS]


def test_where_no_template_can_be_written_it_is_told_in_chinese(tmp_path):
    (tmp_path / "文件").write_bytes(b"")
    (tmp_path / "夹" / f"{WHOLE}.xlsx").mkdir(parents=True)

    for folder, told in (("文件", "写不进去"), ("夹", "是一个文件夹")):
        with pytest.raises(GktoolsError, match=told):
            write_templates(tmp_path / folder, OFFICE, 2024)


def short_row(**more: Any) -> dict[str, object]:
    """A request as the short form has it."""
    row = {known.key: filled(known) for known in SHORT_FORM.fields}
    return row | {"delivery": "邮寄", "disposition": "予以公开", "withdrawn_on": ""} | more


SHORT_FORM = next(sheet for sheet in short_sheets(OFFICE, 2024, None) if sheet.register.key == "requests")


def test_the_short_form_has_some_fifteen_columns_on_one_page_across(tmp_path):
    write_workbook(tmp_path / "a.xlsx", [SHORT_FORM])
    page = load_workbook(tmp_path / "a.xlsx")[SHORT_FORM.register.label]

    assert len(SHORT_FORM.fields) == 15
    assert page.max_column == 16
    assert (page.page_setup.paperSize, page.page_setup.orientation) == (9, "landscape")
    assert (page.sheet_properties.pageSetUpPr.fitToPage, page.page_setup.fitToHeight) == (True, 0)
    assert sum(one.width for one in page.column_dimensions.values()) < 230, "readable on 277 mm"
    assert all(page.cell(6, column).value is not None for column in (2, 3, 4, 12, 13, 14, 15)), "the example"


@pytest.mark.parametrize("way", registers()["requests"]["delivery"].allowed)
def test_a_filled_short_form_is_imported_without_a_question_or_a_warning(tmp_path, way):
    row = short_row(delivery=way)
    path = written(tmp_path, replace(SHORT_FORM, rows=[row]))

    said = read_file(path, as_named)

    assert (said.problems, said.questions) == ((), ())
    ((_, record),) = said.sheets[0].records
    assert record["delivered_on"] == date(2024, 12, 31)
    assert said.sheets[0].warnings == ()


def test_a_short_form_without_a_subject_is_imported(tmp_path):
    said = read_file(written(tmp_path, replace(SHORT_FORM, rows=[short_row(subject="")])), as_named)

    assert (said.problems, said.questions) == ((), ())


def test_the_templates_of_all_offices_are_a_folder_for_each_with_its_name_on_the_cover(tmp_path):
    paths = list(write_templates_of_all(tmp_path, ["甲局", "乙/局"], 2024))

    assert [path.relative_to(tmp_path).as_posix() for path in paths] == [
        "甲局/依申请公开登记表（简表）.xlsx",
        "甲局/全部登记表.xlsx",
        "乙_局/依申请公开登记表（简表）.xlsx",
        "乙_局/全部登记表.xlsx",
    ]
    assert load_workbook(paths[2])["依申请公开登记表"]["B2"].value == "乙/局"
