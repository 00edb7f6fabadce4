"""Real published reports, as they stand on the web, against their true figures: none is read wrong."""

from __future__ import annotations

import io
import json
from decimal import Decimal
from pathlib import Path

import pytest

from gktools.reading.files import read_files
from gktools.reading.published import PrintedReport, to_json

INFERRED = {"pingtan_2025.txt": 196, "pt2021_czj.txt": 196, "shuyang_2025.txt": 175, "taiping_2022.txt": 7}
"""How many figures of a file may be inferred at most: of texts without cells, and of a table without its columns."""
UNREAD = {"pingtan_2025.txt": 10}
"""How many figures of a file cannot be read: digits run together that the sums do not tell apart."""
RAW = [
    "changchun_tyjr_2023.txt",
    "huangpi_2020.txt",
    "nanyuan_2020.txt",
    "pingtan_2025.html",
    "pingtan_2025.txt",
    "pt2021_czj.txt",
    "shanghai_office_2019.html",
    "shuyang_2025.txt",
    "taiping_2022.txt",
    "tongzhou_2019.txt",
    "xuwen_sfj_2023.txt",
    "zhanjiang_dfz_2023.txt",
]


def read(path: Path) -> PrintedReport:
    (report,) = read_files([path], io.BytesIO())
    assert isinstance(report, PrintedReport), report
    return report


def leaves(tree: object, above: tuple[str, ...] = ()) -> dict[tuple[str, ...], object]:
    if not isinstance(tree, dict):
        return {above: tree}
    return {path: value for key, below in tree.items() for path, value in leaves(below, (*above, key)).items()}


def against(report: PrintedReport, truth: dict[str, object]) -> tuple[list[str], int, int]:
    """The wrong figures, and the number of those unread and inferred, over the cells that the truth has."""
    (got,) = json.loads(to_json([report]), parse_float=Decimal)
    inferred = {(one["table"], one["row"], one["column"]) for one in got["unsure"] if one["inferred"]}
    wrong, unread, guessed = [], 0, 0
    for table in ("table2", "table3", "table4"):
        found = leaves(got[table])
        for path, value in leaves(truth[table]).items():
            if value is None or isinstance(value, dict):
                continue
            if found.get(path) is None:
                unread += 1
            elif found[path] != value:
                wrong.append(f"{path}: {found[path]!r} instead of {value!r}")
            guessed += (table, "/".join(path[:-1]), path[-1]) in inferred
    return wrong, unread, guessed


@pytest.mark.parametrize("name", RAW)
def test_no_figure_of_a_published_page_is_read_wrong(shared, name):
    file = shared / "published_raw" / name
    truth = json.loads(file.with_suffix(".json").read_text("utf-8"), parse_float=Decimal)

    wrong, unread, inferred = against(read(file), truth)

    assert wrong == []
    assert unread <= UNREAD.get(name, 0)
    assert inferred <= INFERRED.get(name, 0)


def test_every_published_page_is_among_them(shared):
    files = {path.name for path in (shared / "published_raw").iterdir() if path.suffix in (".html", ".txt")}

    assert files == set(RAW)


def test_a_published_pdf_is_read_whole_over_its_pages(shared):
    truth = json.loads((shared / "published/hongze_2023.json").read_text("utf-8"), parse_float=Decimal)
    report = read(shared / "published/hongze_2023.pdf")

    assert against(report, truth) == ([], 0, 0)
    assert len(report.cells) == 186
    assert report.text["六"].replace(" ", "") == truth["text"]["六"].replace(" ", "")


def test_the_published_figures_in_json_are_read_as_they_stand(shared):
    for path in sorted((shared / "published").glob("*.json")):
        truth = json.loads(path.read_text("utf-8"), parse_float=Decimal)
        report = read(path)
        (got,) = json.loads(to_json([report]), parse_float=Decimal)

        assert [got[table] for table in ("table2", "table3", "table4")] == [
            truth[table] for table in ("table2", "table3", "table4")
        ]
        assert report.form_found == truth["format"]


def test_the_text_of_the_reference_report_is_read_with_its_sections(shared):
    report = read(shared / "reference_report/annual_report_2020.txt")

    assert (report.unit, report.year, report.form_found) == ("社区治理和服务创新办公室", 2020, "2019")
    assert len(report.by_cell) == 198
    assert report.unsure == ()
    assert report.text["六"] == "无其他需要报告的事项。"
    assert report.text["一"].startswith("2020年")
    assert [report.text[number] for number in "二三四"] == ["", "", ""]
