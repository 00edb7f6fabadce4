"""Format files are read strictly, and a new notice costs one of them and no code."""

from __future__ import annotations

import shutil
import sys

import pytest

from gktools.errors import FormatError, NoFormatForYear
from gktools.figures.counting.count import count_table
from gktools.forms import notices as notice_files
from gktools.forms.notices import FOLDER, load_format, read_format
from gktools.workspace.params_models import ReportParams

TEXT = (FOLDER / "2021.yaml").read_text(encoding="utf-8")


def line_of(text: str, marked: str) -> int:
    return text[: text.index(marked)].count("\n") + 1


def refused(old: str, new: str, text: str = TEXT) -> str:
    """What is said of the format of 2021 with one passage replaced."""
    assert text.count(old) >= 1
    with pytest.raises(FormatError) as caught:
        read_format(text.replace(old, new, 1), "9999.yaml")
    return str(caught.value)


def test_the_format_as_it_stands_is_accepted():
    assert read_format(TEXT, "2021.yaml") == load_format(2021)


def test_an_unknown_property_is_refused_with_file_and_line():
    said = refused("{key: legal_service, label", "{key: legal_service, labal")

    assert f"9999.yaml 第 {line_of(TEXT, '{key: legal_service')} 行" in said
    assert "没有“labal”这个项目；是不是“label”" in said


def test_a_missing_property_is_refused():
    assert "缺“number”" in refused("  number: 国办公开办函〔2021〕30号\n", "")


def test_a_key_given_twice_is_refused_with_file_and_line():
    said = refused("first_year: 2021\n", "first_year: 2021\nfirst_year: 2022\n")

    assert f"9999.yaml 第 {line_of(TEXT, 'first_year') + 1} 行 第 1 列：“first_year”写了两次" in said


def test_a_label_given_twice_on_one_level_is_refused():
    said = refused("label: 科研机构", "label: 商业企业")

    assert f"第 {line_of(TEXT, 'label: 科研机构')} 行" in said
    assert "同一级里有两个“商业企业”" in said


def test_a_heading_key_given_twice_on_one_level_is_refused():
    assert "同一级里有两个“business”" in refused("{key: research,", "{key: business,")


def test_a_block_given_twice_is_refused():
    assert "同一级里有两个“article_20_5”" in refused("- key: article_20_6", "- key: article_20_5")
    assert "同一级里有两个“第二十条第（五）项”" in refused("label: 第二十条第（六）项", "label: 第二十条第（五）项")


def test_a_form_given_twice_is_refused():
    assert "开头三个字母都是“req”" in refused("- key: reviews\n    name", "- key: requests\n    name")


def test_an_identity_that_names_no_row_is_refused_with_file_and_line():
    said = refused("left: [received, carried_in]", "left: [received, carried]")

    assert f"9999.yaml 第 {line_of(TEXT, '- label: 第一项')} 行" in said
    assert "勾稽关系里的“carried”不是表里的行" in said


def test_a_section_that_prints_no_known_form_is_refused():
    assert "没有“review”这张表" in refused("form: reviews}", "form: review}")


def test_a_form_that_no_section_prints_is_refused():
    assert "“other”不是印这张表的部分" in refused("section: reviews\n", "section: other\n")


def test_a_total_with_nothing_to_add_up_is_refused():
    assert "“licences”是合计，要有同级的行或列可加" in refused("{key: licences,", "{key: licences, is_total: true,")


def test_a_heading_without_a_label_is_refused():
    assert "“research”没有写 label" in refused("{key: research, label: 科研机构}", "{key: research}")


def test_a_cell_that_nothing_counts_is_refused():
    said = refused("label: 本年处理决定数量, counts: decisions.decided", "label: 本年处理决定数量")

    assert "“article_20_5.licences”“decisions”这一格没有写 counts" in said


def test_a_key_that_would_break_a_dotted_path_is_refused():
    assert "“a.b”只能用小写字母、数字和下划线" in refused("{key: research,", "{key: a.b,")


def test_everything_wrong_is_said_at_once():
    text = TEXT.replace("label: 科研机构", "label: 商业企业").replace("carried_in]", "carried]")

    assert len(refused("form: reviews}", "form: review}", text).splitlines()) == 4


@pytest.mark.parametrize("text", ["notice: [", "\tnotice: x", "a: 'b", "a: &x [*x]", "a: \x00", "[" * 500])
def test_a_file_that_is_no_yaml_is_refused_without_a_traceback(text):
    with pytest.raises(FormatError, match=r"9999\.yaml"):
        read_format(text, "9999.yaml")


# --- a brand-new notice ----------

ROW = "                  - {key: otherwise, label: 3.其他}\n"
NEW_ROW = "                  - {key: merged, label: 4.并入其他申请一并处理}\n"
BLOCK = "      - key: article_20_8\n"
NEW_BLOCK = """\
      - key: article_20_9
        label: 第二十条第（九）项
        corner: 信息内容
        corner_heads_rows: true
        columns:
          - {key: projects, label: 集中采购项目数量, unit: 个, counts: procurements.projects}
          - {key: amount, label: 集中采购总金额, unit: 万元, counts: procurements.amount}
        rows:
          - {key: central_procurement, label: 政府集中采购}
"""


def forget() -> None:
    """Clear every cache of the package."""
    modules = [module for name, module in sys.modules.items() if name.startswith("gktools")]
    for value in [value for module in modules for value in vars(module).values()]:
        if hasattr(value, "cache_clear"):
            value.cache_clear()


@pytest.fixture
def notices(tmp_path, monkeypatch):
    """A folder of notices of its own, with the real ones in it; nothing of it is remembered afterwards."""
    folder = tmp_path / "formats"
    folder.mkdir()
    for path in FOLDER.glob("*.yaml"):
        shutil.copy(path, folder)
    monkeypatch.setattr(notice_files, "FOLDER", folder)
    forget()
    yield folder
    monkeypatch.undo()
    forget()


def test_a_new_notice_is_counted_from_its_first_year_on_without_any_code(notices, records):
    assert ROW in TEXT
    assert BLOCK in TEXT
    new = TEXT.replace("first_year: 2021", "first_year: 2027").replace("〔2021〕30号", "〔2027〕9号")
    new = new.replace(ROW, ROW + NEW_ROW).replace(BLOCK, NEW_BLOCK + BLOCK)
    (notices / "2027.yaml").write_text(new, encoding="utf-8")

    held = records(
        2027,
        covers="all",
        requests=[
            {"number": "1", "received_on": "2027-02-01", "applicant": "自然人", "replied_on": "2027-02-20",
             "delivery": "电子", "sent_on": "2027-02-20",
             "disposition": "4.并入其他申请一并处理"},
        ],
        procurements=[
            {"number": "9", "central": "是", "signed_on": "2027-05-01", "amount": "12345.60"},
            {"number": "10", "central": "否", "signed_on": "2027-05-01", "amount": "99"},
        ],
    )  # fmt: skip
    requests = count_table("requests", held, load_format(2027), ReportParams())
    disclosures = count_table("disclosures", held, load_format(2027), ReportParams())

    assert str(load_format(2027).notice) == "国办公开办函〔2027〕9号"
    assert load_format(2026).notice.number == "国办公开办函〔2021〕30号"
    assert len(requests.form.cells) == 182
    assert requests["dispositions.other.merged", "natural_person"] == 1
    assert requests["dispositions.total", "total"] == 1
    assert disclosures["article_20_9.central_procurement", "projects"] == 1
    assert str(disclosures["article_20_9.central_procurement", "amount"]) == "1.23456"
    assert 'colspan="2"' in str(disclosures.to_html())


def test_before_the_new_notice_its_new_row_cannot_be_recorded(notices, records):
    new = TEXT.replace("first_year: 2021", "first_year: 2027").replace(ROW, ROW + NEW_ROW)
    (notices / "2027.yaml").write_text(new, encoding="utf-8")

    old = {"number": "1", "received_on": "2026-02-01", "applicant": "自然人", "replied_on": "2026-02-20",
           "disposition": "4.并入其他申请一并处理"}  # fmt: skip
    with pytest.raises(AssertionError, match="would be refused"):
        records(2026, requests=[old])


def test_the_first_year_decides_not_the_order_of_the_files(notices):
    (notices / "2020.yaml").write_text(TEXT.replace("first_year: 2021", "first_year: 2031"), encoding="utf-8")

    assert [load_format(year).first_year for year in (2019, 2020, 2030, 2031)] == [2019, 2019, 2021, 2031]


def test_a_measure_that_nobody_knows_is_refused_when_it_is_counted(notices, records):
    new = TEXT.replace("first_year: 2021", "first_year: 2027").replace("charges.collected", "charges.colected")
    (notices / "2027.yaml").write_text(new, encoding="utf-8")

    with pytest.raises(FormatError, match=r"没有“charges.colected”这种数法；是不是“charges.collected”"):
        count_table("disclosures", records(2027, covers="all"), load_format(2027), ReportParams())


def test_two_cells_that_would_count_the_same_records_are_refused(notices, records):
    twice = NEW_BLOCK.replace("procurements.projects", "documents.issued").replace(
        "key: central_procurement", "key: rules"
    )
    new = TEXT.replace("first_year: 2021", "first_year: 2027").replace(BLOCK, twice + BLOCK)
    (notices / "2027.yaml").write_text(new, encoding="utf-8")

    with pytest.raises(FormatError, match="数的是同样的记录"):
        count_table("disclosures", records(2027, covers="all"), load_format(2027), ReportParams())


def test_a_folder_without_a_notice_for_the_year_says_so(notices):
    for path in notices.glob("2019.yaml"):
        path.unlink()

    with pytest.raises(NoFormatForYear, match="2020 年没有可用的报告格式；最早的格式从 2021 年度起用"):
        load_format(2020)
